"""Sparse constants to dense arrays.

A sparse tensor is stored as a tree in TACO's way (Kjolstad et al., OOPSLA 2017): one level a
dimension, in the traversal order; a dense level branches into each of its indices, a compressed one
into those that it lists (CSR). The leaves, left to right, are the stored values. A dimension may be
cut in blocks, whose insides are further, dense levels (schema.fbs, `SparsityParameters`).
"""

from __future__ import annotations

import math

import numpy as np

from inspector.errors import ModelError, UnsupportedError
from inspector.read.records import Dimension, Sparsity

TRUSTED_ELEMENTS = 1 << 24
LEAST_DENSITY = 1 / 4096


def densify(sparsity: Sparsity, shape: tuple[int, ...], stored: np.ndarray) -> np.ndarray:
    """The dense array of `shape` whose non-zero elements are `stored`, shape (n,), in tree order.

    Raises `ModelError` where the levels do not describe such an array, and `UnsupportedError` where
    so few values claim so large an array that it is not worth the memory.
    """
    check_order(sparsity, len(shape))
    elements = math.prod(shape)
    if elements > TRUSTED_ELEMENTS and stored.size < elements * LEAST_DENSITY:
        raise UnsupportedError(
            f"{stored.size} stored values claim a dense array of {list(shape)}, {elements} elements"
        )
    places = leaves(sparsity, shape)
    if places.size != stored.size:
        raise ModelError(f"its levels have {places.size} leaves for {stored.size} stored values")
    dense = np.zeros(elements, stored.dtype)
    dense[places] = stored
    return dense.reshape(shape)


def check_order(sparsity: Sparsity, rank: int) -> None:
    """Raise `ModelError` unless there is one level for each dimension and for each block."""
    order, blocks = sparsity.traversal_order, sparsity.block_map
    if sorted(order) != list(range(rank + len(blocks))) or len(order) != len(sparsity.dimensions):
        raise ModelError(
            f"its traversal order {list(order)} over {len(sparsity.dimensions)} levels "
            f"does not fit {rank} dimensions and {len(blocks)} blocks"
        )
    if list(blocks) != sorted(set(blocks)) or not all(0 <= block < rank for block in blocks):
        raise ModelError(f"its block map {list(blocks)} does not fit {rank} dimensions")


def leaves(sparsity: Sparsity, shape: tuple[int, ...]) -> np.ndarray:
    """The flat index in the dense array of each leaf, left to right: shape (leaves,), int64."""
    places = np.zeros(1, np.int64)
    sizes, strides = extents(sparsity, shape)
    for axis, level in zip(sparsity.traversal_order, sparsity.dimensions, strict=True):
        grow = dense_level if level.dense else compressed_level
        places = grow(places, level, sizes[axis], strides[axis])
    return places


def extents(sparsity: Sparsity, shape: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """The size and the stride, in elements, of each dimension and then of each block."""
    sizes = list(shape)
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    for block, axis in enumerate(sparsity.block_map, start=len(shape)):
        size = sparsity.dimensions[sparsity.traversal_order.index(block)].size
        if size < 1 or shape[axis] % size:
            raise ModelError(f"blocks of {size} do not divide dimension {axis} of {shape[axis]}")
        sizes.append(size)
        strides.append(strides[axis])
        sizes[axis] //= size
        strides[axis] *= size
    return sizes, strides


def dense_level(places: np.ndarray, level: Dimension, size: int, stride: int) -> np.ndarray:
    """Each node branches into all `size` indices."""
    if level.size != size:
        raise ModelError(f"a dense level has size {level.size}, and its dimension has {size}")
    return np.asarray((places[:, None] + np.arange(size) * stride).reshape(-1))


def compressed_level(places: np.ndarray, level: Dimension, size: int, stride: int) -> np.ndarray:
    """Node i branches into `indices[segments[i]:segments[i + 1]]`."""
    segments = np.array(level.segments, np.int64)
    indices = np.array(level.indices, np.int64)
    counts = np.diff(segments)
    if segments.size != places.size + 1 or segments[0] != 0 or segments[-1] != indices.size:
        raise ModelError(
            f"a compressed level has {segments.size} segments for {places.size} nodes "
            f"and {indices.size} indices"
        )
    if (counts < 0).any() or (indices < 0).any() or (indices >= size).any():
        raise ModelError(f"a compressed level's indices do not fit its dimension of {size}")
    return np.asarray(np.repeat(places, counts) + indices * stride)
