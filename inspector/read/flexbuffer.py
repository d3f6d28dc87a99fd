"""FlexBuffers: the self-describing values in which custom operators keep their options.

Every offset and size is checked before it is followed. Vectors may share their parts, so a hundred
bytes could unfold to gigabytes; what is made may therefore not outgrow the bytes by much.

Format: https://flatbuffers.dev/internals (the section on FlexBuffers); a value's type
and the width of what it points to are packed in a byte behind the values of its parent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from inspector.errors import ModelError

NULL, INT, UINT, FLOAT, KEY, STRING = range(6)
MAP, VECTOR, BLOB, BOOL = 9, 10, 25, 26
INDIRECT = {6: INT, 7: UINT, 8: FLOAT}
TYPED = {11: INT, 12: UINT, 13: FLOAT, 14: KEY, 15: STRING, 36: BOOL}
TUPLES = {
    16 + 3 * (size - 2) + at: (kind, size)
    for size in (2, 3, 4)
    for at, kind in enumerate((INT, UINT, FLOAT))
}
"""Vectors of a fixed length: their element type and length."""

FLOATS = {2: "<e", 4: "<f", 8: "<d"}
DEEPEST = 64
GROWTH = 16
"""Values and characters that may be made of a byte: honest buffers share keys and texts only."""


def utf_8(raw: bytes) -> str:
    """A string as text; bytes that are not UTF-8 become U+FFFD."""
    return raw.decode("utf-8", "replace")


def decode(data: bytes, text: Callable[[bytes], Any] = utf_8) -> Any:
    """The value that a FlexBuffer holds: None, numbers, text, bytes, lists and dictionaries.

    `text` is what becomes of a string, in which some writers keep other things than text. Raises
    `ModelError` when the bytes are no FlexBuffer.
    """
    if len(data) < 3:
        raise ModelError(f"a FlexBuffer has at least 3 bytes, and here are {len(data)}")
    width = data[-1]
    if width not in (1, 2, 4, 8):
        raise ModelError(f"the root of a FlexBuffer is {width} bytes wide; 1, 2, 4 or 8 can be")
    return FlexBuffer(data, text).value(len(data) - 2 - width, width, data[-2], DEEPEST)


class FlexBuffer:
    """A buffer, and how many more values and characters may be made of it."""

    def __init__(self, data: bytes, text: Callable[[bytes], Any]) -> None:
        self.data, self.text = data, text
        self.left = GROWTH * len(data)

    def value(self, at: int, width: int, packed: int, depth: int) -> Any:
        """The value at byte `at` of a parent of `width`; `packed` is its type and its own width."""
        kind, own = packed >> 2, 1 << (packed & 3)
        self.spend(1)
        if kind in (NULL, INT, UINT, FLOAT, BOOL):
            return self.scalar(kind, at, width)
        at -= self.unsigned(at, width)
        if kind in INDIRECT:
            return self.scalar(INDIRECT[kind], at, own)
        if kind == KEY:
            return self.key(at)
        if kind in (STRING, BLOB):
            raw = self.cut(at, self.count(at, own, 1))
            self.spend(len(raw))
            return raw if kind == BLOB else self.text(raw)
        if not depth:
            raise ModelError(f"a FlexBuffer is nested more than {DEEPEST} deep")
        return self.collection(kind, at, own, depth - 1)

    def collection(self, kind: int, at: int, width: int, depth: int) -> Any:
        """The map or vector whose elements begin at byte `at`."""
        if kind in TUPLES:
            element, size = TUPLES[kind]
            return self.elements(element, at, width, size)
        size = self.count(at, width, width)
        if kind in TYPED:
            return self.elements(TYPED[kind], at, width, size)
        if kind not in (VECTOR, MAP):
            raise ModelError(f"a FlexBuffer holds a value of type {kind}, which is unknown")
        types = self.cut(at + size * width, size)
        values = [self.value(at + i * width, width, types[i], depth) for i in range(size)]
        return dict(zip(self.keys(at, width, size), values, strict=True)) if kind == MAP else values

    def keys(self, at: int, width: int, size: int) -> list[str]:
        """The keys of the map whose values begin at byte `at`; their place is in front of it."""
        place = at - 3 * width
        own = self.unsigned(at - 2 * width, width)
        if own not in (1, 2, 4, 8):
            raise ModelError(f"the keys of a FlexBuffer map are {own} bytes wide")
        return self.elements(KEY, place - self.unsigned(place, width), own, size)

    def elements(self, kind: int, at: int, width: int, size: int) -> list[Any]:
        """The elements of a typed vector: numbers in place, or the places of texts."""
        packed = kind << 2
        return [self.value(at + i * width, width, packed, 0) for i in range(size)]

    def scalar(self, kind: int, at: int, width: int) -> Any:
        """A number, truth value or null that lies at byte `at`."""
        raw = self.cut(at, width)
        if kind == FLOAT:
            if width not in FLOATS:
                raise ModelError("a FlexBuffer holds a float of one byte")
            return struct.unpack(FLOATS[width], raw)[0]
        number = int.from_bytes(raw, "little", signed=kind == INT)
        return {NULL: None, BOOL: bool(number)}.get(kind, number)

    def key(self, at: int) -> str:
        """The text at byte `at`, up to the zero that ends it."""
        end = self.data.find(b"\0", at) if at >= 0 else -1
        if end < 0:
            raise ModelError(f"a key at byte {at} of a FlexBuffer does not end")
        self.spend(end - at)
        return self.data[at:end].decode("utf-8", "replace")

    def spend(self, amount: int) -> None:
        """Count what is made, and stop where it outgrows the buffer."""
        self.left -= amount
        if self.left < 0:
            raise ModelError(f"a FlexBuffer of {len(self.data)} bytes unfolds to far more")

    def count(self, at: int, width: int, element: int) -> int:
        """The element count in front of byte `at`; elements of so many bytes must all be there."""
        size = self.unsigned(at - width, width)
        if at + size * element > len(self.data):
            raise ModelError(f"a FlexBuffer of {len(self.data)} bytes claims {size} elements")
        return size

    def unsigned(self, at: int, width: int) -> int:
        """The unsigned number of `width` bytes at byte `at`."""
        return int.from_bytes(self.cut(at, width), "little")

    def cut(self, at: int, size: int) -> bytes:
        """`size` bytes from byte `at`."""
        if at < 0 or at + size > len(self.data):
            raise ModelError(f"byte {at} lies outside a FlexBuffer of {len(self.data)} bytes")
        return self.data[at : at + size]
