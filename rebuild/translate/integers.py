"""Quantised kernels that compute something else than their operator does with real numbers.

Most kernels round what real numbers give; these take integers as they are, or read 16-bit tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from rebuild.translate.context import number
from rebuild.translate.expression import Call, Operand, helpers, ops, replace, walk
from rebuild.translate.grids import Grid, dequantize, grid_of, quantize, shortest
from rebuild.translate.registry import TranslationError


@dataclass(frozen=True, slots=True)
class Quantized:
    """An operator whose first input and output are quantised.

    `operands` are those that its value in real numbers is computed from, `grids` theirs by place.
    """

    operator: Operator
    operands: Sequence[Operand]
    grids: Sequence[Grid]
    target: Grid

    @property
    def x(self) -> Operand:
        """The first operand."""
        return self.operands[0]

    @property
    def source(self) -> Grid:
        """The grid of the first operand."""
        return self.grids[0]

    @property
    def is_tabled(self) -> bool:
        """Whether integers of 16 bits come in, for which kernels have tables of their own.

        Raises `TranslationError` where they have a zero point, as those kernels do.
        """
        if self.source.stored != str(TensorType.INT16):
            return False
        if self.source.zero_point or self.target.zero_point:
            raise TranslationError("its 16-bit tensors have a zero point, which its kernel refuses")
        return True


Form: TypeAlias = Callable[[Quantized, Any], Any]
"""The value that a kernel computes, from the value in real numbers."""


def as_kernel(subgraph: Subgraph, operator: Operator, value: Any) -> Any:
    """The value as a quantised kernel computes it, before it is rounded."""
    form = FORMS.get(operator.name)
    tensors = [subgraph.tensors[index] for index in operator.inputs if index >= 0]
    if form is None or not tensors or not tensors[0].is_quantized:
        return value
    if operator.name == "BATCH_MATMUL" and has_scales(tensors[1]):
        return ops.zeros_like(value)
    leaves = {node.tensor: node for node in walk(value) if isinstance(node, Operand)}
    found = [(leaves[t.index], t) for t in tensors if t.index in leaves and t.is_quantized]
    if not found or found[0][1] is not tensors[0]:
        return value
    grids = [grid_of(tensor) for _, tensor in found]
    target = grid_of(subgraph.tensors[operator.outputs[0]])
    return form(Quantized(operator, [leaf for leaf, _ in found], grids, target), value)


def has_scales(tensor: Tensor) -> bool:
    """Whether a tensor has several scales.

    A kernel that asks for the one that it needs is told 0 (core/subgraph.cc,
    `GetLegacyQuantization`). That of BATCH_MATMUL does so, and gives zeros.
    """
    return tensor.quantization is not None and len(tensor.quantization.scale) > 1


def is_operand(node: Any, tensor: int) -> bool:
    """Whether a node is the operand that holds a tensor."""
    return isinstance(node, Operand) and node.tensor == tensor


def negated(q: Quantized, _: Any) -> Any:
    """The negative of the integer itself (kernels/neg.cc)."""
    return dequantize(q.target, -quantize(q.source, q.x))


def logarithm(q: Quantized, value: Any) -> Any:
    """The smallest result where there is no logarithm (elementwise.cc, `LogLUTPrepare`)."""
    if q.is_tabled:
        return between_points(q, value)
    least = number((q.target.least - q.target.zero_point) * q.target.scale)
    return ops.where(ops.greater(q.x, 0), value, least)


def between_points(q: Quantized, value: Any) -> Any:
    """Lines between 513 points (common.h, `LUTPopulateInt16`)."""
    if not q.is_tabled:
        return value
    return helpers.FunctionTable(q.operator.name.lower(), q.source.scale, q.target.scale)(q.x)


def sigmoid(q: Quantized, value: Any) -> Any:
    """Lines between 256 points of the sigmoid (integer_ops/logistic.h, tanh.h)."""
    if not q.is_tabled:
        return value
    function = "tanh" if q.operator.name == "TANH" else "sigmoid"
    return helpers.SigmoidTable(function, q.source.scale)(q.x)


def softmax(q: Quantized, value: Any) -> Any:
    """Two tables, of exp and of the reciprocal (reference/softmax.h, `SoftmaxInt16`)."""
    if not q.is_tabled:
        return value
    beta = number(q.operator.options.get("beta", 1.0))
    return helpers.IntegerSoftmax(q.source.scale, *(() if beta == 1 else (beta,)))(q.x)


def as_stored(q: Quantized, value: Any) -> Any:
    """The value of the integers as they are, as if they were on the output's grid.

    Some kernels take it for granted that they are, and look at no scale (kernels/pooling.cc,
    resize_bilinear.cc).
    """
    if q.source.limits == q.target.limits:
        return value
    moved = dequantize(q.target, quantize(q.source, q.x))
    return replace(value, lambda leaf: moved if is_operand(leaf, q.x.tensor) else leaf)


def resized(q: Quantized, value: Any) -> Any:
    """Places in steps of 1/1024 (reference/resize_bilinear.h, `ResizeBilinearInteger`)."""
    signed = q.source.stored != str(TensorType.UINT8)
    if not isinstance(value, Call) or not isinstance(value.function, Call) or not signed:
        return as_stored(q, value)
    made = value.function.arguments  # Resizing(height, width) or Resize((height, width), ...)
    size, options = made if isinstance(made[0], int) else made[0], q.operator.options
    grid = {
        "align_corners": bool(options.get("align_corners")),
        "half_pixel": bool(options.get("half_pixel_centers")),
    }
    layer = helpers.IntegerResize(size, **{name: True for name, set_ in grid.items() if set_})
    return as_stored(q, layer(q.x))


def matrices(q: Quantized, value: Any) -> Any:
    """A product of matrices of 16 bits that may not fit 32 (reference/batch_matmul.h).

    The output's scale is then far too small for what comes in.
    """
    if len(q.grids) < 2 or q.source.stored != str(TensorType.INT16):
        return value
    x, y = (replace(side, partial(quantized_leaf, q)) for side in value.arguments)
    depth = q.x.shape[-2 if q.operator.options.get("adj_x") else -1]
    factor = q.grids[0].scale * q.grids[1].scale / q.target.scale
    largest = math.prod(max(map(abs, grid.limits[1:])) for grid in q.grids)
    if depth * largest * factor < 1 << 31:
        return value
    return helpers.OverflowingMatrices(factor, q.target.scale)([x, y])


def quantized_leaf(q: Quantized, leaf: Operand) -> Any:
    """The integers of one of the operands."""
    return quantize(q.grids[q.operands.index(leaf)], leaf)


def multiplied(q: Quantized, value: Any) -> Any:
    """A product that is scaled up so far that it may not fit 32 bits (mul.cc, common.h).

    The output's scale is then next to nothing: that of a state which was zero in all samples.
    """
    if len(q.grids) < 2:
        return value
    factor = q.grids[0].scale * q.grids[1].scale / q.target.scale
    largest = max(map(abs, q.grids[0].limits[1:])) * max(map(abs, q.grids[1].limits[1:]))
    if largest * factor < 1 << 31:
        return value
    x, y = (quantize(grid, leaf) for grid, leaf in zip(q.grids, q.operands, strict=True))
    zero_points = tuple(grid.zero_point for grid in q.grids)
    return helpers.OverflowingProduct(factor, zero_points, *shortest(q.target))([x, y])


def prelu(q: Quantized, value: Any) -> Any:
    """The kernel of 16-bit integers reads its slopes as 8-bit ones (activations.cc)."""
    if q.source.stored == "int16" and len(q.grids) > 1 and q.grids[1].stored != "int8":
        raise TranslationError(f"its alpha is {q.grids[1].stored}, and its kernel reads int8")
    return value


def product(q: Quantized, value: Any) -> Any:
    """A product that is rounded after each factor (reference/reduce.h, `QuantizedReduceProd`)."""
    if not isinstance(value, Call) or value.function != "ops.prod":
        return value
    grid, axis = shortest(q.target), value.keywords["axis"]
    rest = {name: kept for name, kept in value.keywords.items() if name == "keepdims"}
    return helpers.ScaledProduct(axis, q.source.scale, *grid, **rest)(q.x)


FORMS: dict[str, Form] = {
    "AVERAGE_POOL_2D": as_stored,
    "BATCH_MATMUL": matrices,
    "EXP": between_points,
    "LOG": logarithm,
    "LOGISTIC": sigmoid,
    "MUL": multiplied,
    "NEG": negated,
    "PRELU": prelu,
    "REDUCE_PROD": product,
    "RESIZE_BILINEAR": resized,
    "RSQRT": between_points,
    "SOFTMAX": softmax,
    "TANH": sigmoid,
}
