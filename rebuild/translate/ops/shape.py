"""Operators that move elements without changing them (kernels/reshape.cc, pad.cc, …)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op
from rebuild.translate.saturation import FUSED


@op("RESHAPE", "SQUEEZE", "EXPAND_DIMS")
def reshape(
    cx: Context,
    x: Operand,
    how: Operand | None = None,
    *,
    new_shape: Sequence[int] = (),
    squeeze_dims: Sequence[int] = (),
) -> Expression:
    """x in the output's shape, which the file states whatever operand or option it came from.

    Where that depends on what the model is given, the operand or the option says it.
    """
    if not cx.output.is_open:
        said = new_shape or (how is not None and how.rank == 1)
        if cx.operator.name == "RESHAPE" and not said and x.rank:
            raise TranslationError("neither its operands nor its options say a shape")
        if cx.output.elements != x.elements:
            raise TranslationError(
                f"it makes {list(cx.output.shape)} of {list(x.shape)}, which has other elements"
            )
        return cx.reshape(x, cx.output.shape, x.shape)
    if cx.operator.name == "SQUEEZE":
        return ops.squeeze(x, axis=tuple(squeeze_dims) or None)
    if cx.operator.name == "EXPAND_DIMS":
        return ops.expand_dims(x, cx.integer(how, "axis"))
    if how is not None and not how.is_static:
        return tensorflow("reshape", x, shape=how)
    return ops.reshape(x, cx.integers(how, "shape") if how else tuple(new_shape))


@op("TRANSPOSE")
def transpose(cx: Context, x: Operand, permutation: Operand) -> Expression:
    """The axes of x in a new order."""
    order = cx.integers(permutation, "permutation")
    if sorted(axis % max(x.rank, 1) for axis in order) != list(range(x.rank)):
        raise TranslationError(f"its permutation is {list(order)}, and x has {x.rank} axes")
    return x if order == tuple(range(x.rank)) else ops.transpose(x, order)


@op("CONCATENATION")
def concatenation(
    cx: Context, *operands: Operand, axis: int = 0, fused_activation_function: str = "NONE"
) -> Expression:
    """The operands one behind the other along an axis."""
    check_axis(axis, operands[0].rank)
    if cx.operator.options.get(FUSED, "NONE") != "NONE":
        raise TranslationError("it has a fused activation, which its kernel refuses")
    for operand in operands[1:]:
        if operand.rank != operands[0].rank:
            raise TranslationError(f"it joins {operands[0].rank} axes and {operand.rank}")
    if len(operands) == 1:
        return cx.activate(operands[0], fused_activation_function)
    along = axis % operands[0].rank
    along = -1 if along == operands[0].rank - 1 else along
    plain = cx.output.suits_layers and not any(operand.is_static for operand in operands)
    if not plain or along == 0 or operands[0].rank < 2:
        value = ops.concatenate(list(operands), axis=along)
    else:
        value = layers.Concatenate(**({} if along == -1 else {"axis": along}))(list(operands))
    return cx.activate(value, fused_activation_function)


@op("PACK")
def pack(cx: Context, *operands: Operand, axis: int = 0, values_count: int = 0) -> Expression:
    """The operands along a new axis."""
    check_axis(axis, operands[0].rank + 1)
    if values_count != len(operands):
        raise TranslationError(f"its values_count is {values_count}, and it has {len(operands)}")
    return ops.stack(list(operands), axis=axis)


@op("UNPACK")
def unpack(cx: Context, x: Operand, *, num: int = 0, axis: int = 0) -> Expression:
    """x cut along an axis that goes."""
    check_axis(axis, x.rank)
    if not num == x.shape[axis] == len(cx.outputs):
        raise TranslationError(
            f"it makes {num} of {x.shape[axis]}, and has {len(cx.outputs)} outputs"
        )
    if num == 1:
        return ops.squeeze(x, axis=axis)
    return ops.unstack(x, axis=axis) if axis else ops.unstack(x)


@op("SPLIT")
def split(cx: Context, axis: Operand, x: Operand, *, num_splits: int = 0) -> Expression:
    """x in equal parts along an axis."""
    along = cx.integer(axis, "axis")
    check_axis(along, x.rank)
    if num_splits != len(cx.outputs) or x.shape[along] % num_splits:
        raise TranslationError(
            f"it splits {x.shape[along]} into {num_splits}, and has {len(cx.outputs)} outputs"
        )
    if num_splits == 1:
        return x
    return ops.split(x, num_splits, axis=along)


@op("SPLIT_V")
def split_v(
    cx: Context, x: Operand, sizes: Operand, axis: Operand, *, num_splits: int = 0
) -> Expression:
    """x in parts of the given sizes along an axis; one may be -1."""
    along = cx.integer(axis, "axis")
    check_axis(along, x.rank)
    if num_splits != len(cx.outputs) or sizes.shape != (num_splits,):
        raise TranslationError(
            f"it splits into {num_splits}, by sizes of {list(sizes.shape)}, and has "
            f"{len(cx.outputs)} outputs"
        )
    if num_splits == 1:
        return x
    found = [output.shape[along] for output in cx.outputs]
    if sum(found) != x.shape[along]:
        raise TranslationError(f"its parts are {found}, of {x.shape[along]}")
    return ops.split(x, [int(edge) for edge in np.cumsum(found)[:-1]], axis=along)


@op("TILE")
def tile(cx: Context, x: Operand, multiples: Operand) -> Expression:
    """x repeated along each axis."""
    times = cx.integers(multiples, "multiples")
    if len(times) != x.rank:
        raise TranslationError(f"it has {len(times)} multiples for {x.rank} axes")
    if x.dtype == "uint16":  # which TensorFlow's kernel lacks
        return ops.cast(ops.tile(ops.cast(x, "int32"), times), x.dtype)
    return ops.tile(x, times)


@op("PAD", "PADV2")
def pad(cx: Context, x: Operand, paddings: Operand, value: Operand | None = None) -> Expression:
    """x with a border of zeros, or of the third operand; paddings [rank, 2]."""
    widths = pairs(cx, paddings, x.rank)
    fill = 0.0 if value is None else number(cx.static(value, "value"))
    if not any(map(any, widths)):
        return x
    if fill == 0 and x.rank == 4 and x.dtype == "float32" and not any((*widths[0], *widths[3])):
        return layers.ZeroPadding2D(symmetric(widths[1:3]))(x)
    return ops.pad(x, widths, **({} if fill == 0 else {"constant_values": fill}))


def check_axis(axis: int, rank: int) -> None:
    """Refuse an axis that there is not among `rank` ones."""
    if not -rank <= axis < rank:
        raise TranslationError(f"its axis is {axis}, and there are {rank}")


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
    widths = pairs(cx, paddings, x.rank)
    return ops.pad(x, widths, mode=mode.lower()) if widths else x


def pairs(cx: Context, operand: Operand, count: int) -> tuple[tuple[int, int], ...]:
    """An operand of shape [axes, 2] as pairs, of which there must be `count`."""
    flat = cx.integers(operand, "paddings")
    if len(flat) != 2 * count:
        raise TranslationError(f"its paddings are {list(operand.shape)} for {count} axes")
    return tuple(zip(flat[::2], flat[1::2], strict=True))


@op("REVERSE_V2")
def reverse(cx: Context, x: Operand, axes: Operand) -> Expression:
    """x backwards along some axes."""
    found = cx.integers(axes, "axes")
    placed = sorted(axis % x.rank for axis in found)
    if placed != list(range(placed[0], placed[0] + len(placed))):
        raise TranslationError(f"its axes are {list(found)}, and its kernel takes neighbours")
    return ops.flip(x, axis=found[0] if len(found) == 1 else found)


@op("BROADCAST_TO")
def broadcast_to(cx: Context, x: Operand, shape: Operand) -> Expression:
    """x repeated to the output's shape."""
    if not shape.is_static or not cx.output.is_open:
        np.broadcast_shapes(x.shape, cx.output.shape)
    if cx.output.is_open:
        return tensorflow("broadcast_to", x, shape=shape)
    return ops.broadcast_to(x, cx.output.shape)


@op("FILL")
def fill(cx: Context, shape: Operand, value: Operand) -> Expression:
    """A tensor of the output's shape that holds one value."""
    if value.is_static or cx.output.is_open:
        return tensorflow("fill", dims=shape, value=value)
    return ops.broadcast_to(value, cx.output.shape)
