"""How kernels round: the layer that puts what an operator computed on the grid of its tensor."""

from __future__ import annotations

import math
from typing import Any

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from rebuild.translate.expression import Call, Operand, helpers, walk
from rebuild.translate.grids import Grid, grid_of, record, shortest

ROUNDS = {
    ("AVERAGE_POOL_2D", "int8"): "integers",
    ("AVERAGE_POOL_2D", "uint8"): "integers",
    ("RESIZE_BILINEAR", "int8"): "integers",
    ("RESIZE_BILINEAR", "uint8"): "cut",
}
"""Operators whose kernels round the integer, not its distance from the zero point."""

SUMS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})
BYTES = (TensorType.INT8, TensorType.UINT8)


def on_grid(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Any:
    """The value on the grid of its tensor."""
    kernel = summed(subgraph, operator, output, value)
    if kernel is not None:
        return rescaled(subgraph, operator, output, kernel)(value)
    return rounded(subgraph, operator, grid_of(output), value)


def summed(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Operand | None:
    """The kernel of an operator that adds products of 8-bit integers, where it is a constant."""
    if operator.name not in SUMS or output.dtype not in BYTES:
        return None
    tensor = subgraph.tensors[operator.inputs[1]]
    layers = (node for node in walk(value) if isinstance(node, Call) and node.weights)
    kernels = (k for layer in layers for k in layer.weights if k.tensor == tensor.index)
    source = subgraph.tensors[operator.inputs[0]]
    scales = tensor.quantization.scale if tensor.quantization and source.is_quantized else ()
    fits = bool(scales) and len(scales) in (1, output.shape[-1] if output.shape else 1)
    return next(kernels, None) if fits else None


def rescaled(subgraph: Subgraph, operator: Operator, output: Tensor, kernel: Operand) -> Call:
    """The layer that brings sums to their grid by multiplier and shift, as the kernel does."""
    source = subgraph.tensors[operator.inputs[0]]
    quantization = subgraph.tensors[kernel.tensor].quantization
    channels = len(quantization.scale) if quantization else 1
    grid = shortest(grid_of(output))
    made = helpers.Rescale(channels, grid_of(source).scale, *grid)
    return Call(made.function, made.arguments, made.keywords, (kernel,))


def rounded(subgraph: Subgraph, operator: Operator, grid: Grid, value: Any) -> Any:
    """The value on a grid, unless it is a tensor that is on it already."""
    if isinstance(value, Operand):
        tensor = record(subgraph, value)
        if tensor is not None and grid_of(tensor).limits == grid.limits:
            return value
    return helpers.Requantize(*shortest(grid), **manner(subgraph, operator, grid))(value)


def manner(subgraph: Subgraph, operator: Operator, grid: Grid) -> dict[str, Any]:
    """The keywords of `Requantize` for kernels that do not just round what real numbers give.

    Multiplication by 31 bits leaves some behind the point, which are rounded and then shifted out
    (common.h, `MultiplyByQuantizedMultiplier`).
    """
    if how := ROUNDS.get((operator.name, grid.stored)):
        return {"rounds": how}
    tensors = [subgraph.tensors[t] for t in operator.inputs[:2] if t >= 0]
    wide = operator.name == "MUL" and grid.stored == str(TensorType.INT16)
    if operator.name not in SHIFTED or wide:
        return {}
    if not all(t.is_quantized for t in (tensors if operator.name == "MUL" else tensors[:1])):
        return {}
    scale = grid_of(tensors[0]).scale / grid.scale
    if operator.name == "MUL":
        other = tensors[1].quantization
        scale *= other.scale[0] if other and len(other.scale) == 1 else 1.0
    exponent, divided = math.frexp(scale)[1], 0
    if operator.name == "MEAN":  # the multiplier is divided by the number of elements
        count = tensors[0].elements // max(1, subgraph.tensors[operator.outputs[0]].elements)
        divided = min(max(1, count).bit_length() - 1, 32, 31 + exponent)
    return {"bits": max(0, divided - exponent)}


SHIFTED = frozenset({"MEAN", "MUL"})
"""Operators whose kernels multiply by 31 bits and shift."""
