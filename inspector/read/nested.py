"""A FlatBuffer inside a model's buffer as JSON-like objects, by a schema given as data.

Field names are the schema's, an absent string, vector or table is left out, an enum is its name,
and a union is the object of its table, named by the `…_type` field in front of it: what `flatc
--json` writes. A part that cannot be read is left out too, and noted.
"""

from __future__ import annotations

import struct
from functools import cache
from math import isfinite
from typing import Any

from inspector.errors import ModelError
from inspector.read.flatbuffer import SCALARS, WIDTHS, FlatBuffer, Kind
from inspector.read.metadata_schema import ENUMS, TABLES, UNION_TYPE, UNIONS

Object = dict[str, Any]

FLOAT = struct.Struct("<f")
MOST_FAULTS = 20
GROWTH = 16
LEAST = 4096
"""Values and characters that may be made of a buffer: so many a byte, and never fewer than these.

Tables may share their parts, so a hundred bytes could unfold to gigabytes.
"""


@cache
def kind_of(table: str) -> tuple[Kind, tuple[str, ...]]:
    """The compiled fields of a table, and each field's type as the schema names it."""
    fields = [part.partition(":")[::2] for part in TABLES[table].split()]
    types = tuple(declared for _, declared in fields)
    written = [f"{name}:{stored(declared)}" for name, declared in fields]
    return Kind(table, " ".join(written)), types


def stored(declared: str) -> str:
    """The type of which a declared type is stored: an enum and a union's type as integers."""
    return "ubyte" if declared == UNION_TYPE else ENUMS.get(declared, (declared,))[0]


def decode(data: Any, table: str, identifier: str, faults: list[str]) -> Object:
    """The root table of the FlatBuffer `data`, whose bytes 4 to 8 are the `identifier` if any.

    What cannot be read is left out, and told in `faults`.
    """
    found, wanted = bytes(data[4:8]), identifier.encode()
    if len(data) < 8:
        faults.append(f"{len(data)} bytes are too few for a FlatBuffer; it is empty or cut short")
    elif wanted and found != wanted:
        faults.append(f"bytes 4 to 8 are {found!r}, and should be {wanted!r}")
    else:
        nested = Nested(data)
        decoded = nested.table(table, int.from_bytes(data[:4], "little"), "")
        faults += nested.faults[:MOST_FAULTS]
        if len(nested.faults) > MOST_FAULTS:
            faults.append(f"{len(nested.faults) - MOST_FAULTS} more parts cannot be read")
        return decoded
    return {}


class Nested:
    """A buffer, how much more may be made of it, and the faults that were met."""

    def __init__(self, data: Any) -> None:
        self.buffer = FlatBuffer(data)
        self.left = max(GROWTH * len(data), LEAST)
        self.faults: list[str] = []

    def table(self, name: str, at: int, path: str) -> Object:
        """The table at byte `at`; `path` says where it belongs, for the faults."""
        kind, types = kind_of(name)
        try:
            self.spend(1 + len(types))
            values = self.buffer.table(kind, at)
        except ModelError as error:
            self.faults.append(f"{path or name}: {error}")
            return {}
        found: Object = {}
        fields = zip(kind.names, types, values, strict=True)
        for field, declared, value in fields:
            if declared == UNION_TYPE:
                field_of_union, union, place = next(fields)
                if value:
                    found[field] = member = member_of(union, value)
                    self.put(found, field_of_union, member, place, path)
            else:
                self.put(found, field, declared, value, path)
        return found

    def put(self, found: Object, field: str, declared: str, value: Any, path: str) -> None:
        """Add a field that is there and of a known type, or note why it cannot be read."""
        inside = f"{path}.{field}".lstrip(".")
        try:
            if declared in SCALARS or declared in ENUMS:
                found[field] = named(declared, value)
            elif not value:
                return
            elif declared in TABLES:
                found[field] = self.table(declared, value, inside)
            elif declared == "string":
                found[field] = self.string(value)
            elif declared.startswith("["):
                found[field] = self.vector(declared[1:-1], value, inside)
        except ModelError as error:
            self.faults.append(f"{inside}: {error}")

    def vector(self, element: str, at: int, path: str) -> list[Any] | bytes:
        """The elements of the vector at byte `at`; bytes as they are."""
        scalar = SCALARS.get(stored(element), "I")
        length = self.buffer.extent(at, WIDTHS[scalar], "a vector")
        self.spend(length)
        if element == "ubyte":
            return bytes(self.buffer.cut(at + 4, length))
        if element in SCALARS or element in ENUMS:
            return [named(element, number) for number in self.buffer.numbers(at, scalar)]
        places = self.buffer.tables(at, "a vector")
        if element == "string":
            return [self.string(place) for place in places]
        return [self.table(element, place, f"{path}[{i}]") for i, place in enumerate(places)]

    def string(self, at: int) -> str:
        """The string at byte `at`."""
        self.spend(self.buffer.extent(at, 1, "a string"))
        return self.buffer.string(at)

    def spend(self, amount: int) -> None:
        """Count what is made, and stop where it outgrows the buffer."""
        self.left -= amount
        if self.left < 0:
            raise ModelError(f"{self.buffer.size} bytes unfold to far more; the file is damaged")


def member_of(union: str, number: int) -> str:
    """The table that a union's type field names; its number where the schema has none such."""
    names = UNIONS[union]
    return names[number] if number < len(names) else str(number)


def named(declared: str, number: Any) -> Any:
    """An enum's number as its name, a float in the fewest digits that make it; else unchanged."""
    if declared == "float":
        return shortest(number)
    return ENUMS[declared][1].get(number, number) if declared in ENUMS else number


def shortest(number: float) -> float:
    """The float of the fewest digits that is the same float32: 0.3 for 0.30000001192092896."""
    if not isfinite(number):
        return number
    digits = (float(f"{number:.{count}g}") for count in range(6, 9))
    return next((short for short in digits if FLOAT.pack(short) == FLOAT.pack(number)), number)
