"""Reductions of windows, and gaps (kernels/stablehlo_reduce_window.cc, dilate.cc)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Call, Expression, Operand, helpers, layers
from rebuild.translate.ops.convolution import sized, square
from rebuild.translate.ops.stablehlo import (
    bordered,
    cropped,
    dilated,
    filled,
    of_one_grid,
    of_plain_numbers,
)
from rebuild.translate.padding import explicit_same
from rebuild.translate.registry import TranslationError, op

REDUCTIONS = {
    "ADD": "sum",
    "MUL": "prod",
    "MAXIMUM": "max",
    "MINIMUM": "min",
    "ALL": "all",
    "ANY": "any",
}
"""`reduce_function` by the name in keras.ops."""

BODIES = {
    "ADD": "sum",
    "STABLEHLO_ADD": "sum",
    "MUL": "prod",
    "STABLEHLO_MULTIPLY": "prod",
    "MAXIMUM": "max",
    "STABLEHLO_MAXIMUM": "max",
    "MINIMUM": "min",
    "STABLEHLO_MINIMUM": "min",
    "LOGICAL_AND": "all",
    "STABLEHLO_AND": "all",
    "LOGICAL_OR": "any",
    "STABLEHLO_OR": "any",
}
"""What a body of one operator reduces with (stablehlo_reduce_window.cc, GetBodyFunction)."""

TYPES = {"bool", "int8", "int16", "int32", "int64", "uint8", "float32", "float64"}
"""What the kernel reduces."""

MOST_AXES = 6
"""kMaxReduceWindowRank."""

IDENTITIES = {"sum": 0, "prod": 1}


@op("DILATE")
def dilate(cx: Context, x: Operand, dilations: Operand, value: Operand) -> Expression:
    """x with its elements apart, and `value` between them."""
    of_one_grid(cx, x, value, cx.output)
    factors = cx.integers(dilations, "dilations")
    if len(factors) != x.rank or not x.rank or min(factors) < 1:
        raise TranslationError(f"its dilations {list(factors)} do not fit shape {list(x.shape)}")
    if factors[0] > 1:
        cx.fix_batch(x)
    return dilated(cx.tensor(x), value, factors)


@op("REDUCE_WINDOW")
def reduce_window(
    cx: Context,
    x: Operand,
    initial: Operand,
    window: Operand,
    strides: Operand,
    dilations: Operand,
    *,
    reduce_function: str = "UNSUPPORTED",
) -> Expression:
    """Each window of x reduced to one element, with `initial`."""
    if reduce_function not in REDUCTIONS:
        raise TranslationError(f"its function is {reduce_function}")
    sizes = (
        cx.integers(operand, name)
        for operand, name in (
            (window, "window shape"),
            (strides, "window strides"),
            (dilations, "window dilations"),
        )
    )
    return reduced(cx, cx.tensor(x), x, initial, REDUCTIONS[reduce_function], *sizes)


@op("STABLEHLO_REDUCE_WINDOW")
def stablehlo_reduce_window(
    cx: Context,
    x: Operand,
    initial: Operand,
    *,
    window_dimensions: Sequence[int] = (),
    window_strides: Sequence[int] = (),
    base_dilations: Sequence[int] = (),
    window_dilations: Sequence[int] = (),
    padding: Sequence[int] = (),
    body_subgraph_index: int = 0,
) -> Expression:
    """x dilated, padded and cut with `initial`, then each window reduced to one element."""
    reduction = BODIES.get(computation(cx, body_subgraph_index))
    if reduction is None:
        raise TranslationError(
            f"its body, subgraph {body_subgraph_index}, is not one operator that the kernel knows"
        )
    rank = x.rank
    window, strides, factors, dilations = (
        tuple(sizes or (1,) * rank)
        for sizes in (window_dimensions, window_strides, base_dilations, window_dilations)
    )
    flat = tuple(padding or (0,) * 2 * rank)
    edges = tuple(zip(flat[::2], flat[1::2], strict=True))
    check_window(x, window, strides, factors, dilations)
    if factors[0] > 1:
        cx.fix_batch(x)
    if len(edges) != rank:
        raise TranslationError(f"its padding {list(flat)} is not for the {rank} axes that it has")
    if reduction == "max":
        of_one_grid(cx, x, initial, cx.output)
    pooled = max_pooling(x, initial, reduction, window, strides, (factors, dilations), edges)
    if pooled is not None:
        return pooled
    shape = [(n - 1) * f + 1 + sum(e) for n, f, e in zip(x.shape, factors, edges, strict=True)]
    if min(shape) <= 0:
        raise TranslationError(f"its padding {list(flat)} leaves nothing of {list(x.shape)}")
    grown = cropped(bordered(dilated(cx.tensor(x), initial, factors), initial, edges), edges)
    return reduced(cx, grown, x, initial, reduction, window, strides, dilations)


def computation(cx: Context, index: int) -> str:
    """The name of the only operator of subgraph `index`; nothing where there is none."""
    subgraphs = cx.around.subgraph.model.subgraphs
    if not 0 <= index < len(subgraphs):
        raise TranslationError(f"its body is subgraph {index}, and the model has {len(subgraphs)}")
    names = [operator.name for operator in subgraphs[index].operators]
    if len(names) > 1:
        raise TranslationError(
            f"its body, subgraph {index}, has {len(names)} operators, and the kernel takes one"
        )
    return names[0] if names else ""


def check_window(x: Operand, *sizes: tuple[int, ...]) -> None:
    """That window, steps and gaps have a number above zero for each axis (Check, Initialize)."""
    if not 0 < x.rank <= MOST_AXES or {len(part) for part in sizes} != {x.rank}:
        raise TranslationError(f"its window {list(sizes[0])} is not one of {x.rank} axes")
    if min(min(part) for part in sizes) < 1:
        raise TranslationError(f"its window {list(sizes[0])} has a size or step below one")


def reduced(
    cx: Context,
    value: Expression,
    x: Operand,
    initial: Operand,
    reduction: str,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
) -> Expression:
    """The windows of `value`, which is of the type and rank of x, reduced."""
    if reduction in ("max", "min"):
        of_one_grid(cx, x, initial, cx.output)
    else:
        of_plain_numbers(cx, x)
    if x.dtype not in TYPES or initial.dtype != x.dtype:
        raise TranslationError(f"it reduces {x.dtype}, from a value of {initial.dtype}")
    if x.dtype == "bool" and reduction == "sum":
        raise TranslationError("it adds booleans, and the kernel leaves bytes other than 0 and 1")
    check_window(x, window, strides, dilations)
    if max(window[0], strides[0]) > 1:
        cx.fix_batch(x)
    options = {
        **({} if set(strides) == {1} else {"strides": strides}),
        **({} if set(dilations) == {1} else {"dilation_rate": dilations}),
    }
    start = filled("initial", initial) or {"initial": number(initial.static)}
    if start["initial"] == IDENTITIES.get(reduction):
        start = {}
    if x.dtype == "bool":
        reduction = {"max": "any", "min": "all", "prod": "all"}.get(reduction, reduction)
    return helpers.ReduceWindow(reduction, window, **options)(value, **start)


def max_pooling(
    x: Operand,
    initial: Operand,
    reduction: str,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[tuple[int, ...], ...],
    edges: tuple[tuple[int, int], ...],
) -> Call | None:
    """A layer for the maximum of windows between batch and channels, padded by SAME or not."""
    plain = reduction == "max" and x.dtype == "float32" and 3 <= x.rank <= 5
    ones = {window[0], window[-1], strides[0], strides[-1], *(f for d in dilations for f in d)}
    if not plain or ones != {1} or initial.static is None:
        return None
    if initial.static > np.finfo("float32").min:
        return None
    inner = slice(1, -1)
    same = explicit_same(x.shape[inner], window[inner], strides[inner], (1,) * (x.rank - 2))
    padded = any(map(any, edges))
    if padded and edges != ((0, 0), *same, (0, 0)):
        return None
    options = {} if window == strides else sized("strides", strides[inner])
    options = options if window == strides or options else {"strides": 1}
    options |= {"padding": "same"} if padded else {}
    made: Call = getattr(layers, f"MaxPooling{x.rank - 2}D")(square(window[inner]), **options)
    return made(x)
