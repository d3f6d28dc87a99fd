"""The bytes of an array in C order, chunk by chunk, whatever its strides are.

A kernel in another axis order is a view with large strides. Copied whole it takes memory twice and
misses the cache at every element; in chunks it stays in the cache until it is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

CHUNK = 1 << 20
"""Bytes: what a core's own cache holds."""

RUN, PAD = 64, 16
"""Elements that are read in one go, and those left free behind them: with a stride that is no
power of two, neighbouring rows do not push each other out of the cache."""

SMALL = 1 << 15
"""Bytes that are copied as they come."""


def chunks(array: np.ndarray) -> Iterator[memoryview]:
    """The bytes of the array, its last axis running fastest; views where it is so in memory."""
    if array.flags.c_contiguous:
        data = raw_bytes(array)
        for start in range(0, len(data), CHUNK):
            yield data[start : start + CHUNK]
    else:
        for part in parts(array):
            yield raw_bytes(in_order(part))


def parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """The array in parts of at most about `CHUNK` bytes, each a view, in C order."""
    shape, size = array.shape, array.itemsize
    axis = next((k for k in range(array.ndim) if math.prod(shape[k + 1 :]) * size <= CHUNK), 0)
    rows = max(1, CHUNK // max(1, math.prod(shape[axis + 1 :]) * size))
    for lead in np.ndindex(*shape[:axis]):
        for start in range(0, shape[axis], rows):
            yield array[lead][start : start + rows]


def in_order(array: np.ndarray) -> np.ndarray:
    """The array with its last axis running fastest in memory.

    A large one is copied by way of a small scratch array: runs of what is contiguous in the source
    go in, and what is contiguous in the result comes out, both within the cache.
    """
    if array.flags.c_contiguous:
        return array
    axes = np.argsort([-abs(stride) for stride in array.strides], kind="stable")
    if array.nbytes <= SMALL or axes[-1] == array.ndim - 1:
        return array.copy(order="C")
    found = np.empty(array.shape, array.dtype)
    source, target = array.transpose(axes), found.transpose(axes)
    scratch = np.empty((*source.shape[:-1], RUN + PAD), array.dtype)
    for start in range(0, source.shape[-1], RUN):
        run = source[..., start : start + RUN]
        held = scratch[..., : run.shape[-1]]
        held[...] = run
        target[..., start : start + RUN] = held
    return found


def raw_bytes(array: np.ndarray) -> memoryview:
    """The bytes of an array that is in order, uncopied."""
    return array.reshape(-1).view(np.uint8).data
