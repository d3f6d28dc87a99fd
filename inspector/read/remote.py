"""A model on another machine, of which only the bytes that are needed are read.

Whoever reads tables finds them where a local file has them: each method of the FlatBuffer has the
bytes fetched that it is about to look at. What a listing will ask for next is known when it reads a
vector of tables, so those are fetched together.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

from inspector.errors import ModelError
from inspector.read.blocks import RemoteFile
from inspector.read.flatbuffer import I32, U16_PAIR, WIDTHS, FlatBuffer, Kind, Layout
from inspector.read.source import Source

TABLE = 256
"""Bytes of a table and what it points to nearby, fetched with it."""


def open_remote(url: str) -> Source:
    """A remote file, of which nothing but its size is read. Raises `InputError`."""
    return Source(url, RemoteFlatBuffer(RemoteFile(url)))


class RemoteFlatBuffer(FlatBuffer):
    """A FlatBuffer, or another part of a remote file, that fetches what it is asked for.

    `base` is the byte of the file at which it begins.
    """

    __slots__ = ("base", "file")
    is_remote = True

    def __init__(self, file: RemoteFile, base: int = 0, size: int | None = None) -> None:
        size = file.size - base if size is None else size
        super().__init__(memoryview(file.map)[base : base + size])
        self.file, self.base = file, base

    def need(self, start: int, length: int) -> None:
        """Have these bytes fetched; what lies outside of the buffer is not."""
        if start >= 0:
            self.file.need(self.base + start, min(length, self.size - start))

    def layout(self, kind: Kind, at: int) -> Layout:
        """As of a local file."""
        self.need_table(kind, at)
        return super().layout(kind, at)

    def table(self, kind: Kind, at: int) -> list[Any]:
        """As of a local file."""
        self.need_table(kind, at)
        return super().table(kind, at)

    def need_table(self, kind: Kind, at: int) -> None:
        """A table, after the vtable that says how long it is."""
        self.need(at, 4)
        with suppress(struct.error):  # it lies outside, which the parent says
            vtable = at - I32.unpack_from(self.data, at)[0]
            self.need(vtable, 4 + 2 * len(kind.names))
            if vtable >= 0:
                self.need(at, U16_PAIR.unpack_from(self.data, vtable)[1])

    def extent(self, at: int, width: int, what: str) -> int:
        """As of a local file; the elements themselves are not fetched."""
        self.need(at, 4)
        return super().extent(at, width, what)

    def numbers(self, at: int, code: str, what: str = "a vector") -> tuple[Any, ...]:
        """As of a local file."""
        if at:
            self.need(at + 4, WIDTHS[code] * self.extent(at, WIDTHS[code], what))
        return super().numbers(at, code, what)

    def indices(self, at: int, what: str) -> tuple[int, ...]:
        """As of a local file."""
        return self.numbers(at, "i", what)

    def string(self, at: int) -> str:
        """As of a local file."""
        if at:
            self.need(at + 4, self.extent(at, 1, "a string"))
        return super().string(at)

    def tables(self, at: int, what: str) -> list[int]:
        """As of a local file; the tables are fetched together, for they are read next."""
        found = super().tables(at, what)
        inside = [place for place in found if place < self.size]
        self.file.need_all((self.base + place, TABLE) for place in inside)
        return found

    def cut(self, start: int, length: int) -> memoryview:
        """As of a local file."""
        found = super().cut(start, length)
        self.need(start, length)
        return found

    def window(self, start: int, length: int) -> FlatBuffer:
        """A part of the same file."""
        if start < 0 or length < 0 or start + length > self.size:
            raise ModelError(f"{length} bytes from byte {start} lie outside the file")
        return RemoteFlatBuffer(self.file, self.base + start, length)

    def close(self) -> None:
        """Let go of the connection and of what was fetched."""
        self.data.release()
        self.file.close()
