"""SHA-256 of stored constants, computed by a thread of its own while others are written."""

from __future__ import annotations

import hashlib
import mmap
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple

import numpy as np

from inspector.read.model import Model
from inspector.read.records import Tensor

SMALL = 1 << 18
"""Bytes that are sooner hashed than handed over."""

LARGE = 1 << 20
"""Bytes of a constant whose pages are worth giving back."""


class Digest(NamedTuple):
    """The SHA-256 of bytes, as hexadecimal digits, and how many they are."""

    sha256: str
    size: int


class Digests:
    """The digest of each constant's bytes; those of a buffer once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._thread = ThreadPoolExecutor(1, "digests")
        self._made: dict[tuple[int, int], Future[Digest]] = {}

    def start(self, tensor: Tensor) -> Future[Digest]:
        """Begin with a constant's digest. Raises `ModelError` where it has no bytes to be read."""
        place = tensor.buffer, tensor.external_buffer
        if place not in self._made:
            data = self._model.tensor_bytes(tensor)
            if len(data) > SMALL:
                self._made[place] = self._thread.submit(digest, data)
            else:
                self._made[place] = Future()
                self._made[place].set_result(digest(data))
        return self._made[place]

    def of(self, tensor: Tensor) -> Digest:
        """A constant's digest."""
        return self.start(tensor).result()

    def __enter__(self) -> Digests:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._thread.shutdown(cancel_futures=True)


def digest(data: memoryview) -> Digest:
    """The digest of bytes."""
    return Digest(hashlib.sha256(data).hexdigest(), len(data))


def give_back(data: memoryview) -> None:
    """Let the system take the memory of mapped bytes; they are read again when they are wanted.

    Pages of a mapped file that were read count as memory of the process until then.
    """
    mapped = data.obj
    if not isinstance(mapped, mmap.mmap) or not hasattr(mapped, "madvise"):
        return
    start = address(data) - address(memoryview(mapped))
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    end = (start + len(data)) // mmap.PAGESIZE * mmap.PAGESIZE
    if first < end:
        mapped.madvise(mmap.MADV_DONTNEED, first, end - first)


def address(data: memoryview) -> int:
    """Where bytes lie in memory."""
    return int(np.frombuffer(data, np.uint8).ctypes.data)
