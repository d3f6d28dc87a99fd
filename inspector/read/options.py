"""An operator's options as a dictionary: builtin tables, and custom ones as FlexBuffers."""

from __future__ import annotations

from functools import cache
from typing import Any

from inspector.errors import ModelError
from inspector.read import flexbuffer
from inspector.read.flatbuffer import SCALARS, FlatBuffer, Kind
from inspector.read.option_tables import ENUMS, TABLES
from inspector.read.schema import TensorType

Options = dict[str, Any]
ATTRIBUTES = "composite_attributes"
FLEX = "Flex"  # in front of the TensorFlow operator's name (`IsFlexOp` of LiteRT's util.cc)
EDGE_TPU = "edgetpu-custom-op"


@cache
def kind_of(table: str) -> tuple[Kind, tuple[str, ...]]:
    """The compiled fields of an option table, and each field's type as the schema names it."""
    written, types = [], []
    for part in TABLES[table].split():
        name, _, rest = part.partition(":")
        declared, _, default = rest.partition("=")
        types.append(declared)
        written.append(
            name if name == "-" else f"{name}:{stored(declared)}={code(declared, default)}"
        )
    return Kind(table, " ".join(written)), tuple(types)


def stored(declared: str) -> str:
    """The type of which a declared type is stored: an enum as its integer."""
    bare = declared.strip("[]")
    scalar = {"TensorType": "byte"}.get(bare) or ENUMS.get(bare, (bare,))[0]
    return f"[{scalar}]" if declared.startswith("[") else scalar


def code(declared: str, default: str) -> str:
    """A default as it is stored: of an enum, its number."""
    if declared == "TensorType" and default:
        return str(int(TensorType[default]))
    if declared in ENUMS and default:
        return str(ENUMS[declared][1].index(default))
    return default


def decode(buffer: FlatBuffer, table: str, at: int) -> Options:
    """The fields of the option table at byte `at`, by name: enums by their names, vectors as lists.

    An enum's number that the schema does not name is kept as a number; the attributes of a
    composite are decoded. Raises `ModelError`.
    """
    kind, declared = described(table)
    fields = buffer.table(kind, at)
    found = {
        name: value(buffer, followed, fields[slot]) if followed else fields[slot]
        for name, slot, followed in declared
    }
    if ATTRIBUTES in found:
        found[ATTRIBUTES] = flexible(bytes(found[ATTRIBUTES]))
    return found


@cache
def described(table: str) -> tuple[Kind, tuple[tuple[str, int, str], ...]]:
    """The fields of an option table, each with its slot and its type; "" for a plain number."""
    kind, types = kind_of(table)
    rows = zip(kind.names, range(len(types)), types, strict=True)
    return kind, tuple(
        (name, slot, "" if declared in SCALARS else declared)
        for name, slot, declared in rows
        if name != "-"
    )


def value(buffer: FlatBuffer, declared: str, field: Any) -> Any:
    """One field: a scalar as it is, an offset followed to what it points to."""
    if declared == "string":
        return buffer.string(field)
    if declared.startswith("["):
        letter = VECTORS[stored(declared)]
        inner = declared[1:-1]
        return [named(inner, item) for item in buffer.numbers(field, letter, "an option")]
    return named(declared, field)


VECTORS = {
    "[int]": "i",
    "[uint]": "I",
    "[long]": "q",
    "[float]": "f",
    "[bool]": "?",
    "[ubyte]": "B",
}


def named(declared: str, number: Any) -> Any:
    """An enum's number as its name; anything else unchanged."""
    if declared == "TensorType":
        return str(TensorType(number)) if 0 <= number < len(TensorType) else number
    if declared in ENUMS:
        names = ENUMS[declared][1]
        return names[number] if 0 <= number < len(names) else number
    return number


def custom_options(raw: bytes, operator: str) -> Options:
    """The options of a custom operator of that name: those of a Flex operator are TensorFlow's own.

    Of an Edge TPU's, whose options are its program, what is told of that. Of others by name where
    they are a FlexBuffer map; else the bytes, in hexadecimal.
    """
    if operator.startswith(FLEX):
        from inspector.read.flex import node_options

        found = node_options(raw)
        if found is not None:
            return found
    if operator == EDGE_TPU:
        from inspector.read.edgetpu import packages

        return {"bytes": len(raw), "packages": packages(raw)}
    return flexible(raw)


def flexible(raw: bytes) -> Options:
    """What a FlexBuffer holds by name, one that is no map as `value`; else `bytes` in hexadecimal.

    Nothing where there are no bytes.
    """
    try:
        decoded = flexbuffer.decode(raw) if raw else {}
    except ModelError:
        return {"bytes": raw.hex()}
    return decoded if isinstance(decoded, dict) else {"value": decoded}
