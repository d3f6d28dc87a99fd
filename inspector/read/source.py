"""Where the bytes of a model come from: a mapped file, a part of one, bytes in memory, or far away.

A local file is mapped. A model that lies inside of something (a container, a firmware) is a window
of its map; one that is compressed there is unpacked into memory. `remote.py` stands in for a map
where the file is on another machine.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from os import fstat
from pathlib import Path
from typing import Any

from inspector.errors import InputError
from inspector.read.flatbuffer import FlatBuffer


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes, and what to call them: `name` is what `inspector.open` would be given for them.

    `file` is the local file that holds exactly these bytes, where there is one.
    """

    name: str
    buffer: FlatBuffer
    file: Path | None = None

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.buffer.size

    def cut(self, start: int, length: int) -> memoryview:
        """Bytes of the source, cut where it ends: fewer than `length`, or none, where it is short.

        For those who look what is there; `buffer.cut` is for those who were told.
        """
        start = min(start, self.size)
        return self.buffer.cut(start, min(length, self.size - start))

    def window(self, start: int, length: int, name: str) -> Source:
        """A part of it under a name of its own. Raises `ModelError` when it lies outside."""
        return Source(name, self.buffer.window(start, length))


def map_file(path: Path, name: str) -> Source:
    """A local file, mapped. Raises `InputError` when it cannot be opened."""
    if path.is_fifo():
        raise InputError(f"{name}: is a pipe, and a model is mapped; write it to a file first")
    try:
        with path.open("rb") as file:
            size = fstat(file.fileno()).st_size
            data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(f"{name}: cannot be opened: {reason}") from None
    return Source(name, FlatBuffer(data), path)
