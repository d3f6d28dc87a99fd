"""Quantised operators as LiteRT's reference kernels compute them: in integers, bit for bit.

Each form takes the expression of an operator, whose operands are integers less their zero points
(see `steps`), and gives that of its result, held alike. Padding, windows and axis orders are those
of the expression; what a form adds is how sums and products are brought to the output's scale.
Where a kernel is none that a form knows, the form gives None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from inspector.read.schema import TensorType
from rebuild.translate.context import ACTIVATIONS
from rebuild.translate.expression import Call, helpers, ops
from rebuild.translate.fixed_point import (
    BYTES,
    EXACT_FLOAT32,
    SHORT,
    Kernel,
    cut_off_at,
    divided,
    fixed_point,
    multiplier_of,
    scale_of,
)
from rebuild.translate.grids import dequantize, grid_of, quantize, shortest
from rebuild.translate.integer_activations import (
    cut_off,
    hard_swish,
    leaky,
    parametric,
    softmax,
    tabled,
)
from rebuild.translate.integer_sums import convolved, dense
from rebuild.translate.integers import as_kernel

MOST_AVERAGED = 2047
"""Numbers whose mean float32 tells from a half: it is at least 1/4094 away from one, or is one."""

Form: TypeAlias = Callable[[Kernel, Any], Any]
"""The value that a kernel computes, from the value of the operator; None where it is another."""


def added(kernel: Kernel, value: Any) -> Any:
    """Both on twice the larger scale, with bits behind the point, then added (add.cc, sub.cc).

    Integers of 16 bits whose scales are powers of two have a kernel of their own.
    """
    if not kernel.holds(SHORT, 0, 1) or shifts_only(kernel):
        return None
    x, y = (kernel.operand(place, value) for place in (0, 1))
    scales = [np.float32(scale_of(kernel.tensor(place))) for place in (0, 1)]
    twice, places = float(2 * max(scales)), 20 if kernel.output.dtype in BYTES else 15
    pair = tuple(tuple(multiplier_of(float(scale) / twice)) for scale in scales)
    output = np.float32(1 << places) * np.float32(scale_of(kernel.output))
    total = tuple(multiplier_of(twice / float(output)))
    sign = {"sign": -1} if kernel.operator.name == "SUB" else {}
    return helpers.FixedPointSum(
        factors=pair, factor=total, places=places, **sign, **kernel.limits()
    )([x, y])


def shifts_only(kernel: Kernel) -> bool:
    """Whether 16-bit operands have scales that the kernel takes for shifts (add.cc, `Prepare`)."""
    tensors = (kernel.tensor(0), kernel.tensor(1), kernel.output)
    powers = all(math.frexp(scale_of(tensor))[0] == 0.5 for tensor in tensors)
    asked = kernel.operator.options.get("pot_scale_int16", True)
    return kernel.output.dtype is TensorType.INT16 and powers and bool(asked)


def multiplied(kernel: Kernel, value: Any) -> Any:
    """The product times the quotient of the scales, in float32 (mul.cc, `Prepare`)."""
    if not kernel.holds(SHORT, 0, 1):
        return None
    if kernel.output.dtype is TensorType.INT16:  # whose products float32 does not hold
        x, y = (kernel.operand(place, value) for place in (0, 1))
        value = ops.multiply(ops.cast(x, "float64"), y)
    tensors = (kernel.tensor(0), kernel.tensor(1), kernel.output)
    first, second, target = (np.float32(scale_of(tensor)) for tensor in tensors)
    factor = multiplier_of(float(first * second / target))
    return fixed_point(kernel, factor, without_activation(kernel, value))


def without_activation(kernel: Kernel, value: Any) -> Any:
    """The value before its fused activation, which the range of the result stands for."""
    function = f"ops.{ACTIVATIONS.get(kernel.activation)}"
    fused = isinstance(value, Call) and value.function == function
    return value.arguments[0] if fused else value


def rescaled(kernel: Kernel, value: Any) -> Any:
    """QUANTIZE of integers by the quotient of the scales as a double; of floats as it is."""
    if kernel.tensor(0).dtype is TensorType.FLOAT32 and kernel.holds(SHORT):
        integers = quantize(kernel.target, value)
        return dequantize(kernel.target._replace(scale=1.0), integers)
    if not kernel.holds(SHORT, 0):
        return None
    if grid_of(kernel.tensor(0)) == kernel.target:
        return value
    factor = scale_of(kernel.tensor(0)) / scale_of(kernel.output)
    return fixed_point(kernel, multiplier_of(factor), value)


def averaged(kernel: Kernel, value: Any) -> Any:
    """The mean of stored integers, halves away from zero (integer_ops/pooling.h)."""
    options = kernel.operator.options
    window = options.get("filter_height", 1) * options.get("filter_width", 1)
    if not kernel.holds(SHORT, 0) or window > MOST_AVERAGED:
        return None
    value = without_activation(kernel, value)
    wide = {"dtype": "float64"} if kernel.output.dtype is TensorType.INT16 else {}
    grid = kernel.target._replace(scale=1.0)
    by = grid_of(kernel.tensor(0)).zero_point - grid.zero_point
    mean = in_type(value, wide) + by if by else in_type(value, wide)
    found = helpers.Requantize(*shortest(grid), rounds="integers", **wide)(mean)
    return clipped(kernel, ops.cast(found, "float32") if wide else found)


def in_type(value: Call, options: dict[str, str]) -> Call:
    """The call of a layer, made with further options."""
    made = value.function
    assert isinstance(made, Call)
    keywords = {**made.keywords, **options}
    return Call(Call(made.function, made.arguments, keywords, made.weights), value.arguments)


def resized(kernel: Kernel, value: Any) -> Any:
    """Stored integers between pixels, halves away from zero (`ResizeBilinearInteger`).

    Unsigned ones are interpolated in float32, which is left to the exact reading.
    """
    found = as_kernel(kernel.subgraph, kernel.operator, value)
    if not kernel.holds(SIGNED, 0) or found is value:
        return None
    x, first = kernel.operand(0, value), grid_of(kernel.tensor(0)).zero_point
    point = kernel.target.zero_point
    between = in_type(found.function(x + first if first else x), {"dtype": "float64"})
    _, low, high = kernel.target._replace(zero_point=0).limits
    whole = helpers.RoundedProduct(1.0, **cut_off_at(low, high))(between)
    return whole - point if point else whole


SIGNED = (TensorType.INT8, TensorType.INT16)


def clipped(kernel: Kernel, value: Any) -> Any:
    """The value in the range that a fused activation leaves."""
    return value if kernel.activation == "NONE" else ops.clip(value, *kernel.range())


def summed(kernel: Kernel, value: Any) -> Any:
    """SUM, and MEAN with a multiplier that divides (reference/reduce.h, `QuantizedMeanOrSum`).

    What the reference kernels make of a SUM of signed bytes, which they read as unsigned ones
    (reduce.cc, `QuantizedMeanOrSum`), is not imitated.
    """
    types = SHORT if kernel.operator.name == "MEAN" else (TensorType.UINT8,)
    if not kernel.holds(types, 0) or not isinstance(value, Call):
        return None
    source = kernel.tensor(0)
    count = source.elements // max(1, kernel.output.elements)
    if not count or count * max(map(abs, grid_of(source).limits[1:])) >= EXACT_FLOAT32:
        return None
    factor = multiplier_of(scale_of(source) / scale_of(kernel.output))
    factor = divided(factor, count) if kernel.operator.name == "MEAN" else factor
    return fixed_point(kernel, factor, total(value))


def total(value: Call) -> Call:
    """The sum of what a reduction reduces."""
    if isinstance(value.function, Call):  # GlobalAveragePooling2D
        return ops.sum(*value.arguments, axis=(1, 2), **value.function.keywords)
    return Call("ops.sum", value.arguments, value.keywords)


FORMS: dict[str, Form] = {
    "ADD": added,
    "AVERAGE_POOL_2D": averaged,
    "CONV_2D": convolved,
    "DEPTHWISE_CONV_2D": convolved,
    "FULLY_CONNECTED": dense,
    "HARD_SWISH": hard_swish,
    "LEAKY_RELU": leaky,
    "LOGISTIC": tabled,
    "MEAN": summed,
    "MUL": multiplied,
    "PRELU": parametric,
    "QUANTIZE": rescaled,
    "RELU": cut_off,
    "RELU6": cut_off,
    "RELU_N1_TO_1": cut_off,
    "RESIZE_BILINEAR": resized,
    "SOFTMAX": softmax,
    "SUB": added,
    "SUM": summed,
    "TANH": tabled,
    "TRANSPOSE_CONV": convolved,
}
"""The forms, by operator."""
