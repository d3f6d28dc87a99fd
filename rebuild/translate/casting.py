"""CAST of quantised tensors: integers as they are stored (kernels/cast.cc knows no scales)."""

from __future__ import annotations

from typing import Any

from inspector.read.arrays import numpy_dtype
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from rebuild.translate.expression import Expression, Operand, ops, walk
from rebuild.translate.grids import dequantize, grid_of, quantize
from rebuild.translate.integers import is_operand


def cast_integers(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Any:
    """Integers as they are stored, in another type."""
    source = subgraph.tensors[operator.inputs[0]]
    if not source.is_quantized and not output.is_quantized:
        return value
    x: Expression = operand(source, value)
    if source.is_quantized:
        x = quantize(grid_of(source), x)
    x = ops.cast(x, str(numpy_dtype(output.dtype)))
    return dequantize(grid_of(output), x) if output.is_quantized else x


def cast_steps(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Any:
    """The steps that real numbers are from the one that 0 stands for; whole ones for integers."""
    source = subgraph.tensors[operator.inputs[0]]
    if not source.is_quantized and not output.is_quantized:
        return value
    x: Expression = operand(source, value)
    if source.is_quantized:
        grid = grid_of(source)
        x = x / grid.scale
        x = x + grid.zero_point if grid.zero_point else x
    elif "float" in str(source.dtype):
        x = ops.trunc(x)
    else:
        x = ops.cast(x, "float32")
    if output.is_quantized:
        grid = grid_of(output)
        return (x - grid.zero_point if grid.zero_point else x) * grid.scale
    kind = str(numpy_dtype(output.dtype))
    if kind == "float32":
        return x
    return ops.cast(x if "float" in kind else ops.round(x), kind)


def operand(source: Tensor, value: Any) -> Operand:
    """The operand that holds a tensor in an expression."""
    found: Operand = next(node for node in walk(value) if is_operand(node, source.index))
    return found
