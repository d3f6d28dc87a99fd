"""Operators that move elements without changing them (kernels/reshape.cc, slice.cc, …)."""

from __future__ import annotations

import math

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.registry import TranslationError, op


@op("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
def reshape(cx: Context, x: Operand, *_: Operand | None) -> Expression:
    """x in the output's shape, which the file states whatever operand or option it came from."""
    return cx.reshape(x, cx.output.shape, x.shape)


@op("TRANSPOSE")
def transpose(cx: Context, x: Operand, permutation: Operand) -> Expression:
    """The axes of x in a new order."""
    order = cx.integers(permutation, "permutation")
    return x if order == tuple(range(x.rank)) else ops.transpose(x, order)


@op("CONCATENATION")
def concatenation(
    cx: Context, *operands: Operand, axis: int = 0, fused_activation_function: str = "NONE"
) -> Expression:
    """The operands one behind the other along an axis."""
    if len(operands) == 1:
        return cx.activate(operands[0], fused_activation_function)
    along = axis % cx.output.rank
    along = -1 if along == cx.output.rank - 1 else along
    if any(operand.is_static for operand in operands) or along == 0 or cx.output.rank < 2:
        value = ops.concatenate(list(operands), axis=along)
    else:
        value = layers.Concatenate(**({} if along == -1 else {"axis": along}))(list(operands))
    return cx.activate(value, fused_activation_function)


@op("PACK")
def pack(cx: Context, *operands: Operand, axis: int = 0) -> Expression:
    """The operands along a new axis."""
    return ops.stack(list(operands), axis=axis)


@op("UNPACK")
def unpack(cx: Context, x: Operand, *, num: int = 0, axis: int = 0) -> Expression:
    """x cut along an axis that goes."""
    if num == 1:
        return ops.squeeze(x, axis=axis)
    return ops.unstack(x, axis=axis) if axis else ops.unstack(x)


@op("SPLIT")
def split(cx: Context, axis: Operand, x: Operand, *, num_splits: int = 0) -> Expression:
    """x in equal parts along an axis."""
    if num_splits == 1:
        return x
    return ops.split(x, num_splits, axis=cx.integer(axis, "axis"))


@op("SPLIT_V")
def split_v(
    cx: Context, x: Operand, sizes: Operand, axis: Operand, *, num_splits: int = 0
) -> Expression:
    """x in parts of the given sizes along an axis; one may be -1."""
    along = cx.integer(axis, "axis")
    if num_splits == 1:
        return x
    found = [output.shape[along] for output in cx.outputs]
    return ops.split(x, [int(edge) for edge in np.cumsum(found)[:-1]], axis=along)


@op("SLICE")
def slice_(cx: Context, x: Operand, begin: Operand, size: Operand) -> Expression:
    """The block of x that starts at `begin`; the output's shape says its size."""
    starts = cx.integers(begin, "begin")
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
    keys: list[object] = []
    for axis, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        bit = 1 << axis
        if ellipsis_mask & bit:
            keys.append(Ellipsis)
        elif new_axis_mask & bit:
            keys.append(None)
        elif shrink_axis_mask & bit:
            keys.append(start)
        else:
            stop = start + stop if offset else stop
            keys.append(
                slice(None if begin_mask & bit else start, None if end_mask & bit else stop, step)
            )
    return indexed(x, keys)


def indexed(x: Operand, keys: list[object]) -> Expression:
    """`x[keys]`, whole axes written as `:` and left out at the end."""
    whole = not any(key is None or key is Ellipsis for key in keys)
    sizes = x.shape if whole else (None,) * len(keys)
    plain = [simplified(key, size) for key, size in zip(keys, sizes, strict=False)]
    while plain and plain[-1] == slice(None):
        plain.pop()
    if not plain:
        return x
    if len(plain) == 1 and isinstance(plain[0], slice):
        plain.append(Ellipsis)  # Keras takes no lone slice
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
    if batch_dims:
        raise TranslationError(f"it has batch_dims={batch_dims}")
    if x.is_static and x.rank == 2 and axis == 0 and x.is_float:
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
    strides = [math.prod(x.shape[axis + 1 : depth]) for axis in range(depth)]
    places: Expression = ops.squeeze(indices, axis=-1)
    if depth > 1:
        places = ops.sum(indices * ops.array(strides, dtype=indices.dtype), axis=-1)
    flat = x if depth == 1 else ops.reshape(x, (-1, *x.shape[depth:]))
    return ops.take(flat, places, axis=0)


@op("TILE")
def tile(cx: Context, x: Operand, multiples: Operand) -> Expression:
    """x repeated along each axis."""
    return ops.tile(x, cx.integers(multiples, "multiples"))


@op("PAD", "PADV2")
def pad(cx: Context, x: Operand, paddings: Operand, value: Operand | None = None) -> Expression:
    """x with a border of zeros, or of the third operand; paddings [rank, 2]."""
    widths = pairs(cx, paddings)
    fill = 0.0 if value is None else number(cx.static(value, "value"))
    if not any(map(any, widths)):
        return x
    if fill == 0 and x.rank == 4 and x.is_float and not any((*widths[0], *widths[3])):
        return layers.ZeroPadding2D(symmetric(widths[1:3]))(x)
    return ops.pad(x, widths, **({} if fill == 0 else {"constant_values": fill}))


def symmetric(
    widths: tuple[tuple[int, int], ...],
) -> int | tuple[int, int] | tuple[tuple[int, int], ...]:
    """(height, width) borders as `ZeroPadding2D` takes them, in their shortest form."""
    if any(before != after for before, after in widths):
        return widths
    height, width = widths[0][0], widths[1][0]
    return height if height == width else (height, width)


@op("MIRROR_PAD")
def mirror_pad(cx: Context, x: Operand, paddings: Operand, *, mode: str = "REFLECT") -> Expression:
    """x with a border that mirrors it, without (REFLECT) or with (SYMMETRIC) the edge."""
    return ops.pad(x, pairs(cx, paddings), mode=mode.lower())


def pairs(cx: Context, operand: Operand) -> tuple[tuple[int, int], ...]:
    """An operand of shape [axes, 2] as pairs."""
    flat = cx.integers(operand, "paddings")
    return tuple(zip(flat[::2], flat[1::2], strict=True))


@op("REVERSE_V2")
def reverse(cx: Context, x: Operand, axes: Operand) -> Expression:
    """x backwards along some axes."""
    found = cx.integers(axes, "axes")
    return ops.flip(x, axis=found[0] if len(found) == 1 else found)


@op("BROADCAST_TO")
def broadcast_to(cx: Context, x: Operand, shape: Operand) -> Expression:
    """x repeated to the output's shape."""
    return ops.broadcast_to(x, cx.output.shape)


@op("DEPTH_TO_SPACE")
def depth_to_space(cx: Context, x: Operand, *, block_size: int = 1) -> Expression:
    """[N,H,W,b*b*C] to [N,H*b,W*b,C]: blocks of channels become blocks of pixels."""
    _, h, w, _ = x.shape
    b, c = block_size, cx.output.shape[3]
    blocks = ops.transpose(ops.reshape(x, (-1, h, w, b, b, c)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(blocks, (-1, h * b, w * b, c))


@op("SPACE_TO_DEPTH")
def space_to_depth(cx: Context, x: Operand, *, block_size: int = 1) -> Expression:
    """[N,H*b,W*b,C] to [N,H,W,b*b*C]: blocks of pixels become blocks of channels."""
    _, h, w, c = x.shape
    b = block_size
    blocks = ops.reshape(x, (-1, h // b, b, w // b, b, c))
    return ops.reshape(ops.transpose(blocks, (0, 1, 3, 2, 4, 5)), (-1, h // b, w // b, b * b * c))


@op("SPACE_TO_BATCH_ND")
def space_to_batch(cx: Context, x: Operand, block: Operand, paddings: Operand) -> Expression:
    """Blocks of the axes after the batch become batches (kernels/space_to_batch_nd.cc)."""
    sizes = cx.integers(block, "block shape")
    widths = pairs(cx, paddings)
    rest = x.shape[1 + len(sizes) :]
    padded: Expression = (
        ops.pad(x, ((0, 0), *widths, *((0, 0),) * len(rest))) if any(map(any, widths)) else x
    )
    whole = [n + sum(w) for n, w in zip(x.shape[1 : 1 + len(sizes)], widths, strict=True)]
    split = [part for n, b in zip(whole, sizes, strict=True) for part in (n // b, b)]
    count = len(sizes)
    order = (
        *range(2, 2 * count + 1, 2),
        0,
        *range(1, 2 * count, 2),
        *range(2 * count + 1, 2 * count + 1 + len(rest)),
    )
    blocks = ops.transpose(ops.reshape(padded, (x.shape[0], *split, *rest)), order)
    return ops.reshape(blocks, cx.output.shape)


@op("BATCH_TO_SPACE_ND")
def batch_to_space(cx: Context, x: Operand, block: Operand, crops: Operand) -> Expression:
    """Batches become blocks of the axes after the batch, and borders are cut."""
    sizes = cx.integers(block, "block shape")
    widths = pairs(cx, crops)
    count = len(sizes)
    spatial, rest = x.shape[1 : 1 + count], x.shape[1 + count :]
    batch = x.shape[0] // int(np.prod(sizes))
    order = [count]
    for axis in range(count):
        order += [count + 1 + axis, axis]
    order += range(2 * count + 1, 2 * count + 1 + len(rest))
    blocks = ops.transpose(ops.reshape(x, (*sizes, batch, *spatial, *rest)), tuple(order))
    whole = tuple(n * b for n, b in zip(spatial, sizes, strict=True))
    joined = ops.reshape(blocks, (batch, *whole, *rest))
    if not any(map(any, widths)):
        return joined
    return joined[
        (slice(None), *(slice(a, n - b) for n, (a, b) in zip(whole, widths, strict=True)))
    ]


@op("ONE_HOT")
def one_hot(
    cx: Context, indices: Operand, depth: Operand, on: Operand, off: Operand, *, axis: int = -1
) -> Expression:
    """1 (or `on`) where the new axis' place is the index, 0 (or `off`) elsewhere."""
    high, low = number(cx.static(on, "on value")), number(cx.static(off, "off value"))
    hot = ops.one_hot(indices, cx.integer(depth, "depth"), axis=axis, dtype=cx.output.dtype)
    return hot if (high, low) == (1, 0) else hot * (high - low) + low


@op("SCATTER_ND")
def scatter_nd(cx: Context, indices: Operand, updates: Operand, shape: Operand) -> Expression:
    """Zeros with `updates` added at indices [..., k] into the first k axes."""
    return ops.scatter(indices, updates, cx.output.shape)


@op("DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(cx: Context, x: Operand, update: Operand, start: Operand) -> Expression:
    """x with the block at `start` replaced; the start is moved so that the block fits."""
    room = [n - m for n, m in zip(x.shape, update.shape, strict=True)]
    if start.is_static:
        found = [min(max(s, 0), r) for s, r in zip(cx.integers(start, "start"), room, strict=True)]
        return ops.slice_update(x, tuple(found), update)
    return ops.slice_update(x, ops.clip(start, 0, ops.array(room, dtype=start.dtype)), update)


@op("FILL")
def fill(cx: Context, shape: Operand, value: Operand) -> Expression:
    """A tensor of the output's shape that holds one value."""
    return ops.broadcast_to(value, cx.output.shape)
