"""Hybrid kernels: floats come in and go out, and are 8-bit integers in between.

The kernel puts each row of its input on a grid of its own when it runs, multiplies integers, and
scales the sums back. Real weights and inputs on that grid give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from rebuild.translate.expression import Operand, helpers, ops, replace

SMALL = (TensorType.INT8, TensorType.UINT8, TensorType.INT4, TensorType.INT2)


def at_run_time(subgraph: Subgraph, operator: Operator, value: Any) -> Any:
    """The value, with the input of a hybrid kernel on the grid that the kernel gives it."""
    quantizer, options = HYBRID.get(operator.name), operator.options
    if operator.name == "BATCH_MATMUL" and options.get("adj_x"):
        quantizer = multiplied_turned
    operands = [subgraph.tensors[t] for t in operator.inputs[:2] if t >= 0]
    if quantizer is None or len(operands) < 2 or not is_hybrid(*operands):
        return value
    source, kernel = operands
    asymmetric = bool(options.get("asymmetric_quantize_inputs"))

    def change(leaf: Operand) -> Any:
        return quantizer(leaf, kernel, asymmetric) if leaf.tensor == source.index else leaf

    return replace(value, change)


def is_hybrid(source: Tensor, kernel: Tensor) -> bool:
    """Whether a kernel takes floats and multiplies them with small integers."""
    return source.dtype is TensorType.FLOAT32 and kernel.is_quantized and kernel.dtype in SMALL


def scales(kernel: Tensor) -> set[float]:
    """The different scales of a kernel."""
    return set(kernel.quantization.scale) if kernel.quantization else set()


def convolved(x: Operand, kernel: Tensor, _: bool) -> Any:
    """Each image by itself; asymmetric where channels differ in scale or are in groups.

    `EvalHybridPerChannel` and `EvalHybrid` of kernels/conv.cc.
    """
    per_channel = kernel.dtype is not TensorType.UINT8 and len(scales(kernel)) > 1
    return rows(x, 1, per_channel or kernel.shape[3] != x.shape[3])


def depthwise(x: Operand, _: Tensor, __: bool) -> Any:
    """Each image by itself, always asymmetric (`EvalHybridPerChannel` of depthwise_conv.cc)."""
    return rows(x, 1, True)


def dense(x: Operand, kernel: Tensor, asymmetric: bool) -> Any:
    """Each row that meets the kernel by itself (kernels/fully_connected.cc).

    Where 4-bit kernels are large enough for a kernel of their own (`EvalHybridDense4Bit`), it takes
    symmetric grids; where their scales are those of blocks, asymmetric ones (`EvalBlockwise4Bit`).
    """
    width = kernel.shape[-1]
    if kernel.dtype is TensorType.INT4:
        large = kernel.shape[0] >= 4 and width >= 32 and width % 2 == 0
        asymmetric = not scales(kernel) or (asymmetric and not large)
    axis = next((a for a in range(x.rank) if math.prod(x.shape[a:]) == width), None)
    if axis is not None:
        return rows(x, axis - x.rank, asymmetric)
    flat = ops.reshape(x, (x.elements // width, width))
    return ops.reshape(rows(flat, -1, asymmetric), x.shape)


def multiplied(x: Operand, _: Tensor, asymmetric: bool) -> Any:
    """Each row of the left matrices by itself (`EvalHybrid` of kernels/batch_matmul.cc)."""
    return rows(x, -1, asymmetric)


def multiplied_turned(x: Operand, _: Tensor, asymmetric: bool) -> Any:
    """The same, the left matrices being stored with rows for columns."""
    return ops.swapaxes(rows(ops.swapaxes(x, -1, -2), -1, asymmetric), -1, -2)


def rows(x: Any, axis: int, asymmetric: bool) -> Any:
    """`x` on 8-bit grids of its own, one for each index of the axes before `axis`."""
    options: dict[str, Any] = {"axis": axis} if axis != 1 else {}
    if asymmetric:
        options["asymmetric"] = True
    return helpers.QuantizeRows(**options)(x)


HYBRID: dict[str, Callable[[Operand, Tensor, bool], Any]] = {
    "BATCH_MATMUL": multiplied,
    "CONV_2D": convolved,
    "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": dense,
}
