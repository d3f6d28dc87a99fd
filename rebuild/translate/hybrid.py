"""Hybrid kernels: floats come in and go out, and are 8-bit integers in between.

The kernel puts each row of its input on a grid of its own when it runs, multiplies integers, and
scales the sums back. So do the layers that stand for it here. Where no layer does, real weights and
inputs on that grid give the same numbers but for float32's rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from rebuild.translate.expression import Call, Operand, helpers, ops, replace, walk

SMALL = (TensorType.INT8, TensorType.UINT8, TensorType.INT4, TensorType.INT2)


LAYERS = {
    "layers.Conv2D": "HybridConv2D",
    "layers.Dense": "HybridDense",
    "layers.DepthwiseConv2D": "HybridDepthwiseConv2D",
}
"""For each layer the one that multiplies integers."""

HYBRID = frozenset(LAYERS.values())
"""Layers that keep the size of their kernel's steps beside it."""


def at_run_time(subgraph: Subgraph, operator: Operator, value: Any) -> Any:
    """The value of an operator as its hybrid kernel computes it; without one as it is."""
    places = OPERANDS.get(operator.name, (0, 1))
    used = [operator.inputs[k] for k in places if k < len(operator.inputs)]
    operands = [subgraph.tensors[t] for t in used if t >= 0]
    if operator.name not in ASYMMETRIC or len(operands) < 2 or not is_hybrid(*operands):
        return value
    source, kernel = operands
    x = next(n for n in walk(value) if isinstance(n, Operand) and n.tensor == source.index)
    asymmetric = ASYMMETRIC[operator.name](operator, x, kernel)
    own: dict[str, Any] = {"asymmetric": True} if asymmetric else {}
    if has_steps(operator, kernel):
        several = {"channels": len(found)} if len(found := scales(kernel)) > 1 else {}
        changed = replace(value, partial(of_integers, several | own), Call)
        if any(node.function in HYBRID for node in walk(changed) if isinstance(node, Call)):
            return changed
    grids = rounded(operator, kernel, x, own)
    return replace(value, lambda leaf: grids if leaf.tensor == source.index else leaf)


def of_integers(own: dict[str, Any], call: Call) -> Call:
    """The layer on integers in the place of one on real numbers, with options of its `own`."""
    function = LAYERS.get(call.function) if isinstance(call.function, str) else None
    return Call(function, call.arguments, call.keywords | own, call.weights) if function else call


def has_steps(operator: Operator, kernel: Tensor) -> bool:
    """Whether all of a kernel, or each of its outputs, has one scale."""
    if operator.name == "BATCH_MATMUL" or len(scales(kernel)) == 1:
        return len(scales(kernel)) == 1
    return len(scales(kernel)) == kernel.shape[3 if operator.name == "DEPTHWISE_CONV_2D" else 0]


def rounded(operator: Operator, kernel: Tensor, x: Operand, grids: dict[str, Any]) -> Any:
    """`x` on grids of its own: each image, or each row that meets the kernel, by itself.

    Of the left matrices of BATCH_MATMUL, each row (`EvalHybrid` of kernels/batch_matmul.cc).
    """
    if operator.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV"):
        return helpers.QuantizeRows(**grids)(x)
    if operator.name == "BATCH_MATMUL" and operator.options.get("adj_x"):
        return ops.swapaxes(rows(ops.swapaxes(x, -1, -2), -1, grids), -1, -2)
    if operator.name == "BATCH_MATMUL":
        return rows(x, -1, grids)
    width = kernel.shape[-1]
    axis = next((a for a in range(x.rank) if math.prod(x.shape[a:]) == width), None)
    if axis is not None:
        return rows(x, axis - x.rank, grids)
    flat = ops.reshape(x, (x.elements // width, width))
    return ops.reshape(rows(flat, -1, grids), x.shape)


def is_hybrid(source: Tensor, kernel: Tensor) -> bool:
    """Whether a kernel takes floats and multiplies them with small integers."""
    return source.dtype is TensorType.FLOAT32 and kernel.is_quantized and kernel.dtype in SMALL


def scales(kernel: Tensor) -> Sequence[float]:
    """The scales of a kernel; none where they are those of blocks."""
    return kernel.quantization.scale if kernel.quantization else ()


def of_convolution(_: Operator, x: Operand, kernel: Tensor) -> bool:
    """Where channels have scales of their own or are in groups.

    `EvalHybridPerChannel` and `EvalHybrid` of kernels/conv.cc.
    """
    per_channel = kernel.dtype is not TensorType.UINT8 and len(set(scales(kernel))) > 1
    return per_channel or kernel.shape[3] != x.shape[3]


def always(_: Operator, __: Operand, ___: Tensor) -> bool:
    """`EvalHybridPerChannel` of kernels/depthwise_conv.cc, `EvalHybrid` of transpose_conv.cc."""
    return True


def of_dense(operator: Operator, x: Operand, kernel: Tensor) -> bool:
    """Where the file asks for it (kernels/fully_connected.cc).

    Where 4-bit kernels are large enough for a kernel of their own (`EvalHybridDense4Bit`), it takes
    symmetric grids; where their scales are those of blocks, asymmetric ones (`EvalBlockwise4Bit`).
    """
    asked = asks(operator, x, kernel)
    if kernel.dtype is not TensorType.INT4:
        return asked
    large = kernel.shape[0] >= 4 and kernel.shape[1] >= 32 and kernel.shape[1] % 2 == 0
    return not scales(kernel) or (asked and not large)


def asks(operator: Operator, _: Operand, __: Tensor) -> bool:
    """Where the file asks for it."""
    return bool(operator.options.get("asymmetric_quantize_inputs"))


def rows(x: Any, axis: int, grids: dict[str, Any]) -> Any:
    """`x` on 8-bit grids of its own, one for each index of the axes before `axis`."""
    return helpers.QuantizeRows(**({"axis": axis} if axis != 1 else {}), **grids)(x)


ASYMMETRIC: dict[str, Callable[[Operator, Operand, Tensor], bool]] = {
    "BATCH_MATMUL": asks,
    "CONV_2D": of_convolution,
    "DEPTHWISE_CONV_2D": always,
    "FULLY_CONNECTED": of_dense,
    "TRANSPOSE_CONV": always,
}
"""By operator, whether the grids of its input are asymmetric."""

OPERANDS = {"TRANSPOSE_CONV": (2, 1)}
"""Where an operator has its input and its kernel, if not in this order before all others."""
