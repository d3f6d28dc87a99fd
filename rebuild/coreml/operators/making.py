"""Arrays made of numbers, and what is found in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("fill")
def fill(shape: Array, value: Any) -> Array:
    """An array of one value."""
    return np.full([int(n) for n in shape], value)


@mil("fill_like")
def fill_like(ref_tensor: Array, value: Any) -> Array:
    """An array of one value, in the shape of another."""
    return np.full(ref_tensor.shape, value)


@mil("range_1d")
def range_1d(start: Any, end: Any, step: Any) -> Array:
    """From `start` on by `step`, before `end`."""
    return np.arange(start, end, step)


@mil("one_hot")
def one_hot(
    indices: Array, one_hot_vector_size: int, axis: int, on_value: Any, off_value: Any
) -> Array:
    """A new axis, with `on_value` where its index is the one given and `off_value` elsewhere."""
    size = int(one_hot_vector_size)
    hits = np.expand_dims(indices, -1) == np.arange(size)
    return np.moveaxis(np.where(hits, on_value, off_value), -1, int(axis))


@mil("band_part")
def band_part(x: Array, lower: int, upper: int) -> Array:
    """The last two axes within `lower` below and `upper` above the diagonal, zero elsewhere."""
    rows, columns = np.indices(x.shape[-2:])
    inside = np.ones(x.shape[-2:], bool)
    if lower >= 0:
        inside &= rows - columns <= lower
    if upper >= 0:
        inside &= columns - rows <= upper
    return np.where(inside, x, np.zeros((), x.dtype))


@mil("cumsum")
def cumsum(x: Array, axis: int, exclusive: bool, reverse: bool) -> Array:
    """The sum up to each element, itself included or not, from either end."""
    axis = int(axis)
    values = np.flip(x, axis) if reverse else x
    total = np.cumsum(values, axis, dtype=x.dtype)
    total = total - values if exclusive else total
    return np.flip(total, axis) if reverse else total


@mil("non_zero")
def non_zero(x: Array) -> Array:
    """The indices of what is not 0: (n, rank)."""
    return np.argwhere(x)


@mil("argsort")
def argsort(x: Array, axis: int, ascending: bool) -> Array:
    """The indices that sort along `axis`; equals keep their order."""
    return order(x, int(axis), bool(ascending))


@mil("topk")
def topk(
    x: Array, k: int, axis: int, ascending: bool, return_indices: bool = True
) -> tuple[Array, ...]:
    """The largest (or smallest) `k` along `axis`, in order, and their indices; -1 takes all."""
    count = x.shape[int(axis)] if k == -1 else int(k)
    indices = np.take(order(x, int(axis), bool(ascending)), range(count), int(axis))
    values = np.take_along_axis(x, indices, int(axis))
    return (values, indices) if return_indices else (values,)


def order(x: Array, axis: int, ascending: bool) -> Array:
    """The indices that sort `x`; of equals the first comes first either way."""
    if ascending:
        return np.argsort(x, axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - backwards, axis)
