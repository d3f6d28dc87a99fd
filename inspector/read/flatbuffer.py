"""FlatBuffers, read with every offset checked against the buffer before it is followed.

A table is read in one `struct` call. Its vtable says where each field lies, and since a file holds
few distinct vtables for many tables, each (kind of table, vtable) pair is compiled once to a
`Layout`: a `struct.Struct` with the pads between the fields, and the order to put them in.

Format: https://flatbuffers.dev/internals (tables, vtables, vectors, strings; all little-endian).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from itertools import count
from operator import itemgetter
from typing import Any

from inspector.errors import ModelError

U16_PAIR = struct.Struct("<HH")
U32 = struct.Struct("<I")
I32 = struct.Struct("<i")

KEYS = count()

MOST_TABLES = 1 << 22
MOST_NUMBERS = 1 << 26
"""Elements of the longest vectors that are made lists of; a file of 3 GB could claim 800 million.
Constants have no such limit, since their bytes stay where they are."""

SCALARS = {"bool": "?", "byte": "b", "ubyte": "B", "short": "h", "ushort": "H"}
SCALARS |= {"int": "i", "uint": "I", "float": "f", "long": "q", "ulong": "Q", "double": "d"}


class Kind:
    """A table of the schema: its fields in slot order, each a scalar type or an offset.

    `fields` is written as in the schema, `"shape:[int] type:byte buffer:uint=0"`; a lone `-` keeps
    the slot of a deprecated field. Anything that is not a scalar is stored as an offset.
    """

    __slots__ = ("defaults", "formats", "key", "name", "names", "offsets", "types")

    def __init__(self, name: str, fields: str) -> None:
        self.name = name
        self.key = next(KEYS)
        parts = [part.partition("=") for part in fields.split()]
        pairs = [part[0].partition(":") for part in parts]
        self.names = tuple(pair[0] for pair in pairs)
        self.types = tuple(pair[2] for pair in pairs)
        self.formats = tuple(SCALARS.get(kind, "I") for kind in self.types)
        self.offsets = tuple(slot for slot, kind in enumerate(self.types) if kind not in SCALARS)
        self.defaults = tuple(
            default(kind, part[2]) for kind, part in zip(self.types, parts, strict=True)
        )


def default(kind: str, written: str) -> Any:
    """The value of an absent field: the schema's own, or zero."""
    if kind == "bool":
        return written == "true"
    if kind == "float":
        return float(written or 0)
    return int(written or 0)


class Layout:
    """Where one vtable puts the fields of one kind of table."""

    __slots__ = ("order", "references", "size", "unpack")

    def __init__(self, kind: Kind, places: list[int], size: int) -> None:
        present = sorted((place, slot) for slot, place in enumerate(places) if place)
        pattern, end = "<", 0
        for place, slot in present:
            if place < end:
                raise ModelError(f"two fields of the {kind.name} table overlap")
            pattern += f"{place - end}x{kind.formats[slot]}"
            end = place + struct.calcsize("<" + kind.formats[slot])
        if end > size:
            raise ModelError(f"a field of the {kind.name} table lies {end - size} bytes outside it")
        rank = {slot: at for at, (_, slot) in enumerate(present)}
        absent = len(present)
        self.order = picker([rank.get(slot, absent + slot) for slot in range(len(places))])
        self.unpack = struct.Struct(pattern).unpack_from
        self.references = tuple((slot, places[slot]) for slot in kind.offsets if places[slot])
        self.size = size


@lru_cache(maxsize=1024)
def layout_of(kind: Kind, slots: bytes, size: int) -> Layout:
    """The layout that a vtable gives a kind of table; files of the same writer share most."""
    places = struct.unpack(f"<{len(slots) // 2}H", slots[: len(slots) // 2 * 2])
    known = [place if name != "-" else 0 for place, name in zip(places, kind.names, strict=False)]
    return Layout(kind, known + [0] * (len(kind.names) - len(known)), size)


class FlatBuffer:
    """A buffer (`mmap`, `bytes` or `memoryview`) that holds one FlatBuffer from its first byte.

    `struct` refuses to read outside the buffer, and that refusal is the check of each fixed-size
    read; vectors and strings, whose length the file states, are checked by `extent`. Bytes are
    taken by `cut` and never from `data`, which may not all be there yet (`remote.py`).
    """

    __slots__ = ("_layouts", "data", "size")
    is_remote = False

    def __init__(self, data: Any) -> None:
        self.data = data
        self.size = len(data)
        self._layouts: dict[int, Layout] = {}  # by vtable and kind, in one integer

    def table(self, kind: Kind, at: int) -> list[Any]:
        """The fields of the table at byte `at`, in slot order; offsets made absolute, 0 if absent.

        Raises `ModelError` when the table, its vtable or a field is not inside the buffer.
        """
        try:
            vtable = at - I32.unpack_from(self.data, at)[0]
            layout = self._layouts.get(vtable << 16 | kind.key) or self._compile(kind, vtable)
            found = list(layout.order(layout.unpack(self.data, at) + kind.defaults))
        except struct.error:
            raise ModelError(f"the {kind.name} table at byte {at} lies outside the file") from None
        for slot, place in layout.references:
            if found[slot]:
                found[slot] += at + place
        return found

    def layout(self, kind: Kind, at: int) -> Layout:
        """The layout of the table at byte `at`, compiled when its vtable is first met."""
        try:
            vtable = at - I32.unpack_from(self.data, at)[0]
            return self._layouts.get(vtable << 16 | kind.key) or self._compile(kind, vtable)
        except struct.error:
            raise ModelError(f"the {kind.name} table at byte {at} lies outside the file") from None

    def _compile(self, kind: Kind, vtable: int) -> Layout:
        if vtable < 0:
            raise ModelError(
                f"the vtable of the {kind.name} table lies {-vtable} bytes before the file"
            )
        length, size = U16_PAIR.unpack_from(self.data, vtable)
        end = vtable + min(length, 4 + 2 * len(kind.names))
        if end > self.size:
            raise ModelError(f"the vtable of the {kind.name} table ends outside the file")
        layout = layout_of(kind, bytes(self.data[vtable + 4 : end]), size)
        self._layouts[vtable << 16 | kind.key] = layout
        return layout

    def extent(self, at: int, width: int, what: str) -> int:
        """The element count of the vector at byte `at`, elements of `width` bytes, all inside."""
        if at + 4 > self.size:
            raise ModelError(
                f"byte {at} should hold {what}, and the file has {self.size}; it is damaged, or "
                "was cut short"
            )
        count = U32.unpack_from(self.data, at)[0]
        if at + 4 + count * width > self.size:
            raise ModelError(
                f"{what} at byte {at} claims {count} elements, {count * width} bytes; "
                f"the file ends {self.size - at - 4} bytes after its start"
            )
        return int(count)

    def numbers(self, at: int, code: str, what: str = "a vector") -> tuple[Any, ...]:
        """The vector of scalars at byte `at` (0: absent, so empty); `code` is `struct`'s letter."""
        if not at:
            return ()
        length = self.extent(at, WIDTHS[code], what)
        if length > MOST_NUMBERS:
            raise ModelError(
                f"{what} at byte {at} has {length} elements, more than any model needs"
            )
        return struct.unpack_from(f"<{length}{code}", self.data, at + 4)

    def indices(self, at: int, what: str) -> tuple[int, ...]:
        """The vector of 32-bit integers at byte `at` (0: absent, so empty): shapes and operands."""
        if not at:
            return ()
        try:
            found: tuple[int, ...] = FEW_INTS[U32.unpack_from(self.data, at)[0]](self.data, at + 4)
            return found
        except (IndexError, struct.error):  # long, or outside
            return self.numbers(at, "i", what)

    def string(self, at: int) -> str:
        """The string at byte `at` (0: absent, so empty); bytes that are not UTF-8 become U+FFFD."""
        if not at:
            return ""
        end = at + 4 + self.extent(at, 1, "a string")
        return str(self.data[at + 4 : end], "utf-8", "replace")

    def cut(self, start: int, length: int) -> memoryview:
        """The `length` bytes from byte `start`, a read-only view. Raises `ModelError` outside."""
        if start < 0 or length < 0 or start + length > self.size:
            raise ModelError(
                f"{length} bytes from byte {start} are asked for, and the file has {self.size}"
            )
        return memoryview(self.data)[start : start + length].toreadonly()

    def window(self, start: int, length: int) -> FlatBuffer:
        """A part of the buffer as one of its own, over the same bytes. Raises `ModelError`."""
        return FlatBuffer(self.cut(start, length))

    def close(self) -> None:
        """Let go of the file; views of its bytes that are still held keep the map alive."""
        data = self.data
        if isinstance(data, memoryview):
            owner = data.obj
            data.release()
            data = owner
        if isinstance(data, mmap.mmap):
            with suppress(BufferError):  # a view is still held: the map goes with the last of them
                data.close()

    def tables(self, at: int, what: str) -> list[int]:
        """The absolute positions of the tables that the vector at byte `at` points to."""
        start = at + 4
        if at and self.extent(at, 4, what) > MOST_TABLES:
            raise ModelError(f"{what} at byte {at} are over {MOST_TABLES}, more than any model has")
        return [start + 4 * i + offset for i, offset in enumerate(self.numbers(at, "I", what))]


def picker(places: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """A function that takes the elements at `places` out of a tuple, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


FEW_INTS = [struct.Struct(f"<{size}i").unpack_from for size in range(9)]
WIDTHS: dict[str, int] = {code: struct.calcsize("<" + code) for code in SCALARS.values()}
