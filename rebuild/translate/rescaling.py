"""Kernels that bring integers from one scale to another by multiplier and shift.

They agree on the multiplier, which has 31 bits, and differ in how they compute the quotient that it
stands for and in how they round what the shift leaves. What the optimised kernels do counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from rebuild.translate.expression import Call, Operand, helpers, walk
from rebuild.translate.grids import grid_of, shortest
from rebuild.translate.registry import TranslationError

BYTES = (TensorType.INT8, TensorType.UINT8)
SMALL = (*BYTES, TensorType.INT16)
CHANNELS_AT_A_TIME = 8

Form: TypeAlias = Callable[[Subgraph, Operator, Tensor, Any], Call | None]
"""The layer that rescales what an operator gives, or None where its kernel does otherwise."""


def rescale(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Call | None:
    """The layer that brings a value to its grid, if the operator's kernel multiplies and shifts."""
    form = FORMS.get(operator.name)
    return form(subgraph, operator, output, value) if form else None


def made(step: float, output: Tensor, rounds: str = "", **options: int) -> Call:
    """A `Rescale`; which way halves go is left out where the grid cuts off what is negative."""
    grid = grid_of(output)
    if rounds and not (rounds == "away" and grid.zero_point == grid.least):
        return helpers.Rescale(step, *shortest(grid), **options, rounds=rounds)
    return helpers.Rescale(step, *shortest(grid), **options)


def summed(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Call | None:
    """Sums of products: in steps of the input's scale times the kernel's.

    Where a kernel has one scale, unsigned kernels and FULLY_CONNECTED multiply the two in float32
    (kernel_util.cc, `GetQuantizedConvolutionMultipler`), all others in float64.
    """
    source, tensor = (subgraph.tensors[i] for i in operands_of(operator))
    layers = (node for node in walk(value) if isinstance(node, Call) and node.weights)
    kernels = (k for layer in layers for k in layer.weights if k.tensor == tensor.index)
    kernel: Operand | None = next(kernels, None)
    scales = tensor.quantization.scale if tensor.quantization and source.is_quantized else ()
    if source.dtype is not output.dtype or source.dtype not in SMALL:
        return None
    if kernel is None or len(scales) not in (1, output.shape[-1] if output.shape else 1):
        return None
    rounds = rounding_of_sums(subgraph, operator, source, tensor)
    if rounds is None:
        return None
    step = scale_of(source)
    single = source.dtype is TensorType.UINT8 or operator.name == "FULLY_CONNECTED"
    if len(scales) == 1 and single:
        return made(float(step * np.float32(scales[0])), output, rounds)
    call = made(float(step), output, rounds, channels=len(scales))
    return Call(call.function, call.arguments, call.keywords, (kernel,))


def operands_of(operator: Operator) -> tuple[int, int]:
    """The input and the kernel of an operator that adds products."""
    first, second, *rest = operator.inputs
    return (rest[0], second) if operator.name == "TRANSPOSE_CONV" else (first, second)


def rounding_of_sums(
    subgraph: Subgraph, operator: Operator, source: Tensor, kernel: Tensor
) -> str | None:
    """How sums of 32 bits and wide ones are rounded; None where the product is a real number.

    Most optimised kernels round halves upwards (ruy, apply_multiplier.h; NEON's rounding shift).
    DEPTHWISE_CONV_2D does so with signed integers only (depthwiseconv_uint8.h), CONV_2D without
    groups, for which it has the reference kernel alone, and TRANSPOSE_CONV of signed ones eight
    channels at a time (optimized_ops.h, `Quantize`).
    """
    if source.dtype is TensorType.INT16:
        return rounding_of_wide_sums(subgraph, operator)
    signed = source.dtype is TensorType.INT8
    exceptions = {
        "CONV_2D": kernel.shape[-1] != source.shape[-1],
        "DEPTHWISE_CONV_2D": not signed,
        "TRANSPOSE_CONV": signed and kernel.shape[0] < CHANNELS_AT_A_TIME,
    }
    return "away" if exceptions.get(operator.name) else ""


def rounding_of_wide_sums(subgraph: Subgraph, operator: Operator) -> str | None:
    """How products of 16-bit integers are rounded: they add up in 64 bits if the file wants it.

    FULLY_CONNECTED then multiplies by a float64 (reference/integer_ops/fully_connected.h), others
    by 15 bits, and round once (common.cc, the multiplication of an int64).
    """
    if operator.name == "FULLY_CONNECTED":
        bias = operator.inputs[2] if len(operator.inputs) > 2 else -1
        return "" if bias < 0 or subgraph.tensors[bias].dtype is TensorType.INT32 else None
    return "" if adds_32_bits(subgraph, operator) else "once"


def adds_32_bits(subgraph: Subgraph, operator: Operator) -> bool:
    """Whether a convolution adds products of 16-bit integers in 32 bits: the file has to say so.

    Raises `TranslationError` where a bias has them and the file does not say it: the kernel then
    reads it as if it had 64 (conv.cc, transpose_conv.cc).
    """
    promised = operator.options.get("quantized_bias_type") == str(TensorType.INT32)
    place = 3 if operator.name == "TRANSPOSE_CONV" else 2
    bias = operator.inputs[place] if place < len(operator.inputs) else -1
    if bias >= 0 and subgraph.tensors[bias].dtype is TensorType.INT32 and not promised:
        raise TranslationError(
            "its bias is int32, its quantized_bias_type does not say so, and its kernel reads int64"
        )
    return promised


def multiplied(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Call | None:
    """Products of 8-bit integers; the quotient is one of float32 (mul.cc, mul.h).

    Those that do not fit 32 bits are on their grid by another layer.
    """
    tensors = [subgraph.tensors[i] for i in operator.inputs]
    if any(t.dtype not in BYTES or not t.is_quantized for t in (*tensors, output)):
        return None
    if any(isinstance(n, Call) and n.function == "OverflowingProduct" for n in walk(value)):
        return None
    x, y, scale = map(scale_of, (*tensors, output))
    return made(float(x * y / scale) * float(scale), output, "away")


def requantized(subgraph: Subgraph, operator: Operator, output: Tensor, _: Any) -> Call | None:
    """Integers for others.

    Only from 8 to 8 bits is the kernel an optimised one, which rounds halves upwards
    (optimized_ops.h and reference/requantize.h, `Requantize`).
    """
    source = subgraph.tensors[operator.inputs[0]]
    kinds = (*SMALL, TensorType.INT32)
    if not source.is_quantized or source.dtype not in kinds or output.dtype not in SMALL:
        return None
    bytes_only = source.dtype in BYTES and output.dtype in BYTES
    return made(float(scale_of(source)), output, "" if bytes_only else "away")


def averaged(subgraph: Subgraph, operator: Operator, output: Tensor, _: Any) -> Call | None:
    """Sums, by a multiplier that is divided by their number (reduce.h, `QuantizedMeanOrSum`)."""
    source = subgraph.tensors[operator.inputs[0]]
    if not source.is_quantized:
        return None
    count = source.elements // max(1, output.elements)
    return made(float(scale_of(source)), output, "away", count=max(1, count))


def scale_of(tensor: Tensor) -> np.float32:
    """The scale of a computed tensor."""
    return np.float32(grid_of(tensor).scale)


FORMS: dict[str, Form] = {
    "CONV_2D": summed,
    "DEPTHWISE_CONV_2D": summed,
    "FULLY_CONNECTED": summed,
    "MEAN": averaged,
    "MUL": multiplied,
    "QUANTIZE": requantized,
    "TRANSPOSE_CONV": summed,
}
