"""Gathers and scatters. Negative indices count from the end."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("gather")
def gather(x: Array, indices: Array, axis: int, batch_dims: int = 0) -> Array:
    """Slices of `x` along `axis`, by `indices`; the first `batch_dims` axes of both go together."""
    axis, batch = int(axis) % x.ndim, int(batch_dims)
    if not batch:
        return np.take(x, indices, axis)
    flat = x.reshape(-1, *x.shape[batch:])
    chosen = indices.reshape(-1, *indices.shape[batch:])
    rows = [np.take(a, i, axis - batch) for a, i in zip(flat, chosen, strict=True)]
    return np.stack(rows).reshape(*x.shape[:batch], *rows[0].shape)


@mil("gather_along_axis")
def gather_along_axis(x: Array, indices: Array, axis: int) -> Array:
    """An element for each of `indices`, which has x's shape but along `axis`."""
    return np.take_along_axis(x, indices.astype(np.int64), int(axis))


@mil("gather_nd")
def gather_nd(x: Array, indices: Array, batch_dims: int = 0) -> Array:
    """Slices of `x` at tuples of indices, the last axis of `indices`."""
    batch = int(batch_dims)
    if not batch:
        return x[tuple(np.moveaxis(indices, -1, 0))]
    flat = x.reshape(-1, *x.shape[batch:])
    chosen = indices.reshape(-1, *indices.shape[batch:])
    rows = [a[tuple(np.moveaxis(i, -1, 0))] for a, i in zip(flat, chosen, strict=True)]
    return np.stack(rows).reshape(*x.shape[:batch], *rows[0].shape)


ACCUMULATE: dict[str, Callable[..., None]] = {
    "add": np.add.at,
    "sub": np.subtract.at,
    "mul": np.multiply.at,
    "div": np.divide.at,
    "max": np.maximum.at,
    "min": np.minimum.at,
}


def accumulate(data: Array, where: tuple[Array | slice, ...], updates: Array, mode: str) -> Array:
    """A copy of `data` with `updates` put at `where`, one after another."""
    changed = data.copy()
    if mode == "update":
        changed[where] = updates
    else:
        ACCUMULATE[mode](changed, where, updates)
    return changed


@mil("scatter")
def scatter(data: Array, indices: Array, updates: Array, axis: int, mode: str) -> Array:
    """`updates` put into slices of `data` along `axis`."""
    return accumulate(data, (slice(None),) * (int(axis) % data.ndim) + (indices,), updates, mode)


@mil("scatter_along_axis")
def scatter_along_axis(data: Array, indices: Array, updates: Array, axis: int, mode: str) -> Array:
    """Each of `updates` put where `indices`, of its shape, says along `axis`."""
    where: list[Array] = list(np.indices(indices.shape, sparse=True))
    where[int(axis)] = indices
    return accumulate(data, tuple(where), updates, mode)


@mil("scatter_nd")
def scatter_nd(data: Array, indices: Array, updates: Array, mode: str) -> Array:
    """`updates` put into slices of `data` at tuples of indices, the last axis of `indices`."""
    return accumulate(data, tuple(np.moveaxis(indices, -1, 0)), updates, mode)
