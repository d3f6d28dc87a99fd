"""Operators that take or put elements by their places (kernels/slice.cc, gather.cc, …)."""

from __future__ import annotations

import math

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.ops.shape import check_axis
from rebuild.translate.registry import TranslationError, op


@op("SLICE")
def slice_(cx: Context, x: Operand, begin: Operand, size: Operand) -> Expression:
    """The block of x that starts at `begin`; the output's shape says its size."""
    starts = cx.integers(begin, "begin")
    if len(starts) != x.rank:
        raise TranslationError(f"it begins at {len(starts)} places, and x has {x.rank} axes")
    if cx.output.is_open:
        counts = cx.integers(size, "size")
        ends = [None if n < 0 else a + n for a, n in zip(starts, counts, strict=True)]
        return indexed(x, [slice(a, b, 1) for a, b in zip(starts, ends, strict=True)])
    return indexed(x, [slice(a, a + n, 1) for a, n in zip(starts, cx.output.shape, strict=True)])


@op("STRIDED_SLICE")
def strided_slice(
    cx: Context,
    x: Operand,
    begin: Operand,
    end: Operand,
    strides: Operand,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    offset: bool = False,
) -> Expression:
    """x[begin:end:strides], axis by axis, the masks as bits (kernels/strided_slice.cc)."""
    starts, stops, steps = (
        cx.integers(operand, name)
        for operand, name in ((begin, "begin"), (end, "end"), (strides, "strides"))
    )
    spans = zip(starts, stops, steps, strict=True)
    whole = x.rank - len(starts) + (new_axis_mask & ~ellipsis_mask).bit_count() + 1
    if ellipsis_mask and whole < 1:
        raise TranslationError(
            f"its ellipsis stands for no axis of the {x.rank}, and the kernel takes it for one"
        )
    keys: list[object] = []
    place = 0  # the axis of x that is next
    for axis, (start, stop, step) in enumerate(spans):
        bit = 1 << axis
        if ellipsis_mask & bit:
            keys.append(Ellipsis)
            place += whole
        elif new_axis_mask & bit:
            keys.append(None)
        elif place == x.rank:
            break  # the kernel looks at no more than x has
        else:
            size = None if x.is_open else x.shape[place]
            place += 1
            first = None if begin_mask & bit else start
            if shrink_axis_mask & bit:
                keys.append(element(first, step, size))
                continue
            stop = beginning(first, step, size) + stop if offset else stop
            keys.append(slice(first, None if end_mask & bit else stop, step))
    if offset:
        check_lengths(cx, x, keys)
    return indexed(x, keys)


def element(start: int | None, step: int, size: int | None) -> int:
    """The place that a shrunk axis is taken at; None is its first.

    Raises `TranslationError` where the kernel writes nothing (reference/strided_slice.h).
    """
    if step < 0 or (size is not None and (start or 0) >= size):
        raise TranslationError(
            f"it takes element {start or 0} of {size or 'an axis'} by steps of {step}, and its "
            "kernel then writes nothing"
        )
    return 0 if start is None else max(start, -size) if size else start


def beginning(start: int | None, step: int, size: int | None) -> int:
    """Where a span begins, as a number that lengths can be added to."""
    if start is not None and start >= 0:
        return start
    if size is None:
        raise TranslationError("its end is counted from a beginning that is not known")
    if start is None:
        return 0 if step > 0 else size - 1
    return max(start + size, 0 if step > 0 else -1)


def check_lengths(cx: Context, x: Operand, keys: list[object]) -> None:
    """Refuse lengths that are not of all axes, or that reach beyond x.

    The kernel makes an output of the lengths themselves, axis by axis, and leaves what is beyond x
    as it was (`ResizeOutputTensor`).
    """
    if len([key for key in keys if key is not None]) < x.rank or Ellipsis in keys:
        raise TranslationError("its kernel wants a length for each axis, and reads past them")
    found = np.broadcast_to(np.int8(0), x.shape)[tuple(keys)].shape  # type: ignore[arg-type]
    if not cx.output.is_open and found != cx.output.shape:
        raise TranslationError(
            f"it makes {list(cx.output.shape)}, of which its kernel writes {list(found)}"
        )


def indexed(x: Operand, keys: list[object]) -> Expression:
    """`x[keys]`, whole axes written as `:` and left out at the end."""
    whole = not x.is_open and not any(key is None or key is Ellipsis for key in keys)
    sizes = x.shape if whole else (None,) * len(keys)
    plain = [simplified(key, size) for key, size in zip(keys, sizes, strict=False)]
    while plain and plain[-1] == slice(None):
        plain.pop()
    if plain in ([], [Ellipsis]):
        return x
    if len(plain) == 1 and (plain[0] is None or isinstance(plain[0], slice)):
        plain.append(Ellipsis)  # Keras takes no lone slice or None
    return x[tuple(plain) if len(plain) > 1 else plain[0]]


def simplified(key: object, size: int | None) -> object:
    """A slice without the edges that lie at the ends of an axis of `size` elements."""
    if not isinstance(key, slice) or size is None:
        return key
    step = None if key.step == 1 else key.step
    if step is None and key.stop is not None and key.stop >= size:
        key = slice(key.start, None)
    return slice(None if key.start == 0 and (step or 1) > 0 else key.start, key.stop, step)


@op("GATHER")
def gather(
    cx: Context, x: Operand, indices: Operand, *, axis: int = 0, batch_dims: int = 0
) -> Expression:
    """Elements of x along an axis by index; `batch_dims` leading axes are walked together."""
    check_axis(axis, x.rank)
    if x.dtype == "string" and x.rank != 1:
        raise TranslationError("it takes texts out of more than one axis (kernels/gather.cc)")
    batches = batch_dims % max(indices.rank, 1) if batch_dims < 0 else batch_dims
    if batches > axis % x.rank or x.shape[:batches] != indices.shape[:batches]:
        raise TranslationError(
            f"it walks {batch_dims} axes of {list(x.shape)} and {list(indices.shape)} together, "
            f"and takes from axis {axis}"
        )
    if batch_dims:
        return tensorflow("gather", x, indices=indices, axis=axis, batch_dims=batch_dims)
    if x.is_static and x.rank == 2 and axis == 0 and x.dtype == "float32":
        return cx.layer(layers.Embedding(*x.shape), x)(indices)
    if indices.is_static and indices.rank == 0 and indices.static is not None:
        along = axis % x.rank
        return (
            x[(*(slice(None),) * along, int(number(indices.static)))]
            if along
            else x[int(number(indices.static))]
        )
    return ops.take(x, indices, axis=axis)


@op("GATHER_ND")
def gather_nd(cx: Context, x: Operand, indices: Operand) -> Expression:
    """Elements or blocks of x at indices [..., k] into its first k axes."""
    depth = indices.shape[-1]
    if not depth:  # x itself, at each place
        return ops.broadcast_to(x, (*indices.shape[:-1], *x.shape))
    strides = [math.prod(x.shape[axis + 1 : depth]) for axis in range(depth)]
    places: Expression = ops.squeeze(indices, axis=-1)
    if depth > 1:
        places = ops.sum(indices * ops.array(strides, dtype=indices.dtype), axis=-1)
    flat = x if depth == 1 else ops.reshape(x, (-1, *x.shape[depth:]))
    return ops.take(flat, places, axis=0)


@op("ONE_HOT")
def one_hot(
    cx: Context, indices: Operand, depth: Operand, on: Operand, off: Operand, *, axis: int = -1
) -> Expression:
    """1 (or `on`) where the new axis' place is the index, 0 (or `off`) elsewhere."""
    check_axis(axis, indices.rank + 1)
    high, low = number(cx.static(on, "on value")), number(cx.static(off, "off value"))
    along = -1 if axis == indices.rank else axis  # Keras knows the last axis by -1 alone
    hot = ops.one_hot(indices, cx.integer(depth, "depth"), axis=along, dtype=cx.output.dtype)
    return hot if (high, low) == (1, 0) else hot * (high - low) + low


@op("SCATTER_ND")
def scatter_nd(cx: Context, indices: Operand, updates: Operand, shape: Operand) -> Expression:
    """Zeros with `updates` added at indices [..., k] into the first k axes."""
    depth = indices.shape[-1]
    rest = cx.output.shape[depth:]
    if updates.shape != (*indices.shape[:-1], *rest):
        raise TranslationError(
            f"its updates {list(updates.shape)} do not fit its indices {list(indices.shape)}"
        )
    return ops.scatter(indices, updates, cx.output.shape)


@op("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(cx: Context, x: Operand, update: Operand, start: Operand) -> Expression:
    """x with the block at `start` replaced; the start is moved so that the block fits."""
    room = [n - m for n, m in zip(x.shape, update.shape, strict=True)]
    if start.is_static:
        found = [min(max(s, 0), r) for s, r in zip(cx.integers(start, "start"), room, strict=True)]
        return ops.slice_update(x, tuple(found), update)
    return ops.slice_update(x, ops.clip(start, 0, ops.array(room, dtype=start.dtype)), update)
