"""Quantised kernels that compute something else than their operator does with real numbers.

Most kernels round what real numbers give; these take integers as they are, or read 16-bit tables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.read.schema import TensorType
from rebuild.translate.context import number
from rebuild.translate.expression import Operand, helpers, ops, walk
from rebuild.translate.grids import Grid, dequantize, grid_of, quantize
from rebuild.translate.registry import TranslationError

Form: TypeAlias = Callable[[Operator, Operand, Grid, Grid, Any], Any]
"""The value for an operator, its first operand, the grids of that and of the output, and its value
in real numbers."""


def as_kernel(subgraph: Subgraph, operator: Operator, value: Any) -> Any:
    """The value as a quantised kernel computes it, before it is rounded."""
    form, (source, target) = FORMS.get(operator.name), ends(subgraph, operator)
    if form is None or source is None or target is None:
        return value
    x = next((node for node in walk(value) if is_operand(node, operator.inputs[0])), None)
    return value if x is None else form(operator, x, source, target, value)


def ends(subgraph: Subgraph, operator: Operator) -> tuple[Grid | None, Grid | None]:
    """The grids of an operator's first input and output, where they are quantised."""
    indices = (operator.inputs[:1] or (-1,))[0], operator.outputs[0]
    tensors = [subgraph.tensors[index] if index >= 0 else None for index in indices]
    found = [grid_of(t) if t is not None and t.is_quantized else None for t in tensors]
    return found[0], found[1]


def is_operand(node: Any, tensor: int) -> bool:
    """Whether a node is the operand that holds a tensor."""
    return isinstance(node, Operand) and node.tensor == tensor


def negated(_: Operator, x: Operand, source: Grid, target: Grid, __: Any) -> Any:
    """The negative of the integer itself (kernels/neg.cc)."""
    return dequantize(target, -quantize(source, x))


def logarithm(operator: Operator, x: Operand, source: Grid, target: Grid, value: Any) -> Any:
    """The smallest result where there is no logarithm (elementwise.cc, `LogLUTPrepare`)."""
    if source.stored == TABLED:
        return between_points(operator, x, source, target, value)
    least = number((target.least - target.zero_point) * target.scale)
    return ops.where(ops.greater(x, 0), value, least)


def between_points(operator: Operator, x: Operand, source: Grid, target: Grid, value: Any) -> Any:
    """Lines between 513 points (common.h, `LUTPopulateInt16`)."""
    if source.stored != TABLED:
        return value
    symmetric(source, target)
    return helpers.FunctionTable(operator.name.lower(), source.scale, target.scale)(x)


def sigmoid(operator: Operator, x: Operand, source: Grid, target: Grid, value: Any) -> Any:
    """Lines between 256 points of the sigmoid (integer_ops/logistic.h, tanh.h)."""
    if source.stored != TABLED:
        return value
    symmetric(source, target)
    function = "tanh" if operator.name == "TANH" else "sigmoid"
    return helpers.SigmoidTable(function, source.scale)(x)


def softmax(operator: Operator, x: Operand, source: Grid, target: Grid, value: Any) -> Any:
    """Two tables, of exp and of the reciprocal (reference/softmax.h, `SoftmaxInt16`)."""
    if source.stored != TABLED:
        return value
    symmetric(source, target)
    beta = number(operator.options.get("beta", 1.0))
    return helpers.IntegerSoftmax(source.scale, *(() if beta == 1 else (beta,)))(x)


def resized(operator: Operator, x: Operand, source: Grid, _: Grid, value: Any) -> Any:
    """Places in steps of 1/1024 (reference/resize_bilinear.h, `ResizeBilinearInteger`)."""
    if source.stored != TABLED or value is x:
        return value
    made = value.function.arguments  # Resizing(height, width) or Resize((height, width), ...)
    size, options = made if isinstance(made[0], int) else made[0], operator.options
    grid = {
        name: True
        for name, option in (("align_corners", "align_corners"), ("half_pixel", HALF_PIXEL))
        if options.get(option)
    }
    return helpers.IntegerResize(size, **grid)(x)


def symmetric(*grids: Grid) -> None:
    """Refuse a zero point, as the kernels of 16-bit integers do."""
    if any(grid.zero_point for grid in grids):
        raise TranslationError("its 16-bit tensors have a zero point, which its kernel refuses")


TABLED = str(TensorType.INT16)
HALF_PIXEL = "half_pixel_centers"
FORMS: dict[str, Form] = {
    "EXP": between_points,
    "LOG": logarithm,
    "LOGISTIC": sigmoid,
    "NEG": negated,
    "RESIZE_BILINEAR": resized,
    "RSQRT": between_points,
    "SOFTMAX": softmax,
    "TANH": sigmoid,
}
