"""From stored integers to real numbers, bit for bit as LiteRT's DEQUANTIZE kernel computes them.

`real = scale * (stored - zero_point)`: the kernel subtracts integers and rounds once, in the
product (`reference/dequantize.h`). For 16 bits and fewer float32 does the same: the difference is
exact, so the product is rounded once. Wider integers (biases, which that kernel does not take) go
through float64.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import NamedTuple

import numpy as np

from inspector.errors import ModelError
from inspector.read.records import Quantization

EXACT = 1 << 23
"""Integers up to here, and their differences, are exact in float32."""


class Scales(NamedTuple):
    """Scales (float32) and zero points (int64) with the rank of the tensor they are of.

    Along an axis of n elements there are 1, n, or a divisor d of n: each then serves n/d
    neighbours. The zero points have the shape of the scales, or there is one.
    """

    scale: np.ndarray
    zero_point: np.ndarray


def affine(stored: np.ndarray, scales: Scales) -> np.ndarray:
    """scale * (stored - zero_point), float32, in the shape of `stored`."""
    scale, zero_point = scales
    small = stored.dtype.itemsize <= 2 and bool((abs(zero_point.astype(float)) < EXACT).all())
    kind = np.float32 if small else np.float64
    pairs = [
        (count, size // max(count, 1))
        for count, size in zip(scale.shape, stored.shape, strict=True)
    ]
    real = stored.astype(kind).reshape([*chain(*pairs)])
    with np.errstate(all="ignore"):  # a file may hold any scale; inf and NaN are then the answer
        if zero_point.any():
            real -= spread(zero_point.astype(kind))
        real *= spread(scale.astype(kind))
        return real.reshape(stored.shape).astype(np.float32, copy=False)


def spread(values: np.ndarray) -> np.ndarray:
    """Each axis of n as two, of n and 1: one value for each block of neighbours."""
    return values.reshape([*chain(*((count, 1) for count in values.shape))])


def listed(quantization: Quantization, shape: tuple[int, ...]) -> Scales:
    """The scales that the quantisation itself lists: one, or one an index of its dimension."""
    scale = np.array(quantization.scale, np.float32)
    zero_point = np.array(quantization.zero_point or (0,), np.int64)
    axis, places = quantization.axis(len(shape)), [1] * len(shape)
    if scale.size != 1:
        if not 0 <= axis < len(shape) or scale.size != shape[axis]:
            raise ModelError(f"{scale.size} scales do not fit axis {axis} of shape {list(shape)}")
        places[axis] = scale.size
    return paired(scale, zero_point, places)


def shaped(
    quantization: Quantization, shape: tuple[int, ...], scale: np.ndarray, zero_point: np.ndarray
) -> Scales:
    """Scales that are tensors of their own, brought to the rank of the tensor that they are of.

    Blockwise: one for each `block_size` neighbours along the last axis (`EvalBlockwise4Bit` of
    `fully_connected.cc`). Multi-axis: one for each index of the quantised dimensions, the last of
    them in blocks where there is a block size (schema.fbs, `MultiAxisQuantization`). A block shape
    has a size for each axis.
    """
    if quantization.block_shape:
        return paired(scale, zero_point, in_blocks(quantization.block_shape, shape, scale.size))
    axes, block = quantization.dimensions, max(1, quantization.block_size)
    counts = [1] * len(shape) if axes else list(shape)
    if not shape or not all(0 <= axis < len(shape) for axis in axes):
        raise ModelError(f"its quantised dimensions {list(axes)} do not fit shape {list(shape)}")
    for axis in axes:
        counts[axis] = shape[axis]
    blocked = axes[-1] if axes else len(shape) - 1
    counts[blocked] = shape[blocked] // block
    if shape[blocked] % block or math.prod(counts) != scale.size:
        raise ModelError(f"{scale.size} scales for blocks of {block} do not fit {list(shape)}")
    return paired(scale, zero_point, counts)


def in_blocks(sizes: tuple[int, ...], shape: tuple[int, ...], scales: int) -> list[int]:
    """How many blocks of these sizes there are along each axis; each has a scale."""
    fits = len(sizes) == len(shape) and all(
        block > 0 and size % block == 0 for block, size in zip(sizes, shape, strict=False)
    )
    counts = [size // block for block, size in zip(sizes, shape, strict=True)] if fits else []
    if not fits or math.prod(counts) != scales:
        raise ModelError(f"{scales} scales for blocks of {list(sizes)} do not fit {list(shape)}")
    return counts


def paired(scale: np.ndarray, zero_point: np.ndarray, counts: list[int]) -> Scales:
    """Both in the shape `counts`; a single zero point serves all scales."""
    if zero_point.size not in (1, scale.size):
        raise ModelError(f"it has {zero_point.size} zero points for {scale.size} scales")
    ones = [1] * len(counts)
    zeros = zero_point.reshape(ones if zero_point.size == 1 else counts)
    return Scales(scale.reshape(counts), zeros)
