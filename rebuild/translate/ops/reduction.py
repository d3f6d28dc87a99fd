"""Reductions (kernels/reduce.cc, arg_min_max.cc, topk_v2.cc, cumsum.cc)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Call, Expression, Operand, layers, ops
from rebuild.translate.ops.shape import check_axis
from rebuild.translate.registry import TranslationError, op

REDUCERS = {
    "REDUCE_ALL": "all",
    "REDUCE_ANY": "any",
    "REDUCE_MAX": "max",
    "REDUCE_MIN": "min",
    "REDUCE_PROD": "prod",
    "SUM": "sum",
}

OF_NONE = {"max", "min"}
"""Reductions that TensorFlow does not make of no elements."""

WIDENING, NARROW = {"sum", "prod"}, {"int8", "int16", "uint8"}
"""Reductions and types for which Keras gives a wider type."""


def reducer(name: str) -> Callable[..., Expression]:
    """The translation to `ops.name` over the axes that the second operand says."""

    def translate(cx: Context, x: Operand, axes: Operand, *, keep_dims: bool = False) -> Expression:
        return reduced(cx, name, x, axes, keep_dims)

    return translate


for operator, keras_name in REDUCERS.items():
    op(operator)(reducer(keras_name))


def reduced(cx: Context, name: str, x: Operand, axes: Operand, keep_dims: bool) -> Expression:
    """`ops.name(x, axis, keepdims)`, in the type of x; no axes leave x as it is."""
    chosen = axis_of(cx, x, axes)
    if not chosen or not x.rank:
        return x
    keywords: dict[str, Any] = {"axis": chosen[0] if len(chosen) == 1 else chosen}
    keywords |= {"keepdims": True} if keep_dims else {}
    if not x.elements and not x.is_open and name in OF_NONE:
        keywords["initial"] = limit(x.dtype, name)
    found = Call(f"ops.{name}", (x,), keywords)
    return ops.cast(found, x.dtype) if name in WIDENING and x.dtype in NARROW else found


def limit(dtype: str, name: str) -> float | int:
    """The least or the largest number of a type: what its maximum or minimum of nothing is."""
    kind = np.finfo(dtype) if "float" in dtype else np.iinfo(dtype)
    return number(kind.min if name == "max" else kind.max)


def axis_of(cx: Context, x: Operand, axes: Operand) -> tuple[int, ...]:
    """The axes, each once, from 0 on, the last of all as -1."""
    for axis in cx.integers(axes, "axes"):
        check_axis(axis, max(x.rank, 1))
    found = sorted({axis % max(x.rank, 1) for axis in cx.integers(axes, "axes")})
    return (-1,) if found == [x.rank - 1] else tuple(found)


@op("MEAN")
def mean(cx: Context, x: Operand, axes: Operand, *, keep_dims: bool = False) -> Expression:
    """The mean over some axes; over height and width it is a global average pooling."""
    if x.rank == 4 and x.is_float and axis_of(cx, x, axes) == (1, 2):
        return layers.GlobalAveragePooling2D(**({"keepdims": True} if keep_dims else {}))(x)
    if not x.is_float and x.dtype != "bool":  # divided towards zero, as C++ does
        count = x.elements // max(cx.output.elements, 1)
        total = reduced(cx, "sum", x, axes, keep_dims)
        return ops.sign(total) * (ops.absolute(total) // count)
    return reduced(cx, "mean", x, axes, keep_dims)


@op("ARG_MAX", "ARG_MIN")
def arg(cx: Context, x: Operand, axis: Operand) -> Expression:
    """The index of the first largest or smallest element along an axis."""
    name = "argmax" if cx.operator.name == "ARG_MAX" else "argmin"
    check_axis(cx.integer(axis, "axis"), x.rank)
    found = Call(f"ops.{name}", (x,), {"axis": cx.integer(axis, "axis")})
    return ops.cast(found, cx.output.dtype) if cx.output.dtype != "int32" else found


@op("CUMSUM")
def cumsum(
    cx: Context, x: Operand, axis: Operand, *, exclusive: bool = False, reverse: bool = False
) -> Expression:
    """Running sums along an axis; `exclusive` leaves the element itself out."""
    along = cx.integer(axis, "axis")
    total = (
        ops.flip(ops.cumsum(ops.flip(x, along), along), along) if reverse else ops.cumsum(x, along)
    )
    return total - x if exclusive else total


@op("TOPK_V2")
def top_k(cx: Context, x: Operand, k: Operand) -> Expression | tuple[Expression, Expression]:
    """The k largest of the last axis, and their indices."""
    if cx.integer(k, "k") > x.shape[-1]:
        raise TranslationError(f"its k is {cx.integer(k, 'k')}, of {x.shape[-1]} elements")
    found = ops.top_k(x, cx.integer(k, "k"))
    kind = cx.outputs[1].dtype
    return found if kind == "int32" else (found[0], ops.cast(found[1], kind))
