"""Safetensors files, written an array at a time, in one file or in shards.

The header comes first and is known last, and PyTorch wants the wider types before the narrower so
that each array is aligned: the bytes wait in temporary files, one for each width.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np

from inspector.weights.chunks import chunks
from inspector.weights.safetensors_file import INDEX, TYPES

COPIED = 1 << 20
"""Bytes that are copied together where the system does not copy by itself."""

WIDTHS = (8, 4, 2, 1)
"""Bytes of an element, in the order of the arrays in a file."""

Arrays = Iterable[tuple[str, np.ndarray]]
Metadata = Callable[[Sequence[str]], dict[str, str]]
"""What the header of a file with these keys says besides."""


class Waiting(NamedTuple):
    """An array whose bytes lie in the temporary file of its width, from byte `place`."""

    key: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    place: int


class Shard:
    """One safetensors file in the making; `size` is how many bytes of arrays it has."""

    def __init__(self, files: dict[int, IO[bytes]]) -> None:
        self._files = files
        self.arrays: list[Waiting] = []
        self.size = 0

    def add(self, key: str, array: np.ndarray) -> None:
        """Take an array."""
        file = self._files[array.dtype.itemsize]
        self.arrays.append(Waiting(key, array.dtype, array.shape, file.tell()))
        self.size += array.nbytes
        for chunk in chunks(array):
            file.write(chunk)

    def write(self, path: Path, metadata: Metadata) -> None:
        """Write the file."""
        keys = [array.key for array in self.arrays]
        with path.open("wb") as target:
            target.write(self.header(metadata(keys)))
            for file in self._files.values():
                file.flush()
                append(file, target)

    def header(self, metadata: dict[str, str]) -> bytes:
        """The length and the header, padded to 8 bytes."""
        ends = [file.tell() for file in self._files.values()]
        starts = dict(zip(self._files, accumulate(ends, initial=0), strict=False))
        entries: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
        for key, dtype, shape, place in self.arrays:
            start = starts[dtype.itemsize] + place
            end = start + math.prod(shape) * dtype.itemsize
            offsets = {"dtype": TYPES[dtype.name], "shape": list(shape)}
            entries[key] = offsets | {"data_offsets": [start, end]}
        text = json.dumps(entries, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text


@contextmanager
def new_shard(folder: Path) -> Iterator[Shard]:
    """An empty shard, whose arrays wait in `folder`."""
    with ExitStack() as stack:
        yield Shard({w: stack.enter_context(TemporaryFile(dir=folder)) for w in WIDTHS})


def append(source: IO[bytes], target: IO[bytes]) -> None:
    """Copy a file behind what another one holds; within the system, where that can."""
    if sys.platform != "linux":  # others send to sockets alone
        source.seek(0)
        shutil.copyfileobj(source, target, COPIED)
        return
    target.flush()
    size = os.fstat(source.fileno()).st_size
    done = 0
    while done < size:
        done += os.sendfile(target.fileno(), source.fileno(), done, size - done)
    target.seek(0, os.SEEK_END)


def write_safetensors(path: Path, arrays: Arrays, metadata: Metadata) -> None:
    """Write one file. Format: https://huggingface.co/docs/safetensors#format."""
    with new_shard(path.parent) as shard:
        for key, array in arrays:
            shard.add(key, array)
            del array  # before the next is made
        shard.write(path, metadata)


def write_shards(path: Path, arrays: Arrays, metadata: Metadata, limit: int) -> None:
    """Write files of at most `limit` bytes of arrays each, and the index that says what is where.

    An array that is larger has a file of its own. Names and index are those that Hugging Face's
    libraries read: `w-00001-of-00003.safetensors`, `w.safetensors.index.json`; one file that is
    enough has neither number nor index.
    """
    places: dict[str, int] = {}
    total, waiting = 0, iter(arrays)
    parts: list[Path] = []
    pending = next(waiting, None)
    while pending or not parts:
        parts.append(path.with_name(f"part-{len(parts)}"))
        with new_shard(path.parent) as shard:
            while pending and (not shard.arrays or shard.size + pending[1].nbytes <= limit):
                shard.add(*pending)
                places[pending[0]] = len(parts) - 1
                pending = None
                pending = next(waiting, None)
            shard.write(parts[-1], metadata)
            total += shard.size
    count = len(parts)
    if count == 1:
        parts[0].rename(path)
        return
    names = [f"{path.stem}-{i + 1:05}-of-{count:05}{path.suffix}" for i in range(count)]
    for part, name in zip(parts, names, strict=True):
        part.rename(path.with_name(name))
    weight_map = {key: names[place] for key, place in places.items()}
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    path.with_name(path.name + INDEX).write_text(json.dumps(index, indent=2) + "\n")
