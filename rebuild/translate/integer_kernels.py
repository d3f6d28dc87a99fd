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
from rebuild.translate.expression import Call, Operand, helpers, ops, walk
from rebuild.translate.fixed_point import (
    BYTES,
    EXACT_FLOAT32,
    SHORT,
    Kernel,
    Multiplier,
    divided,
    multiplier_of,
    scale_of,
)
from rebuild.translate.grids import grid_of, shortest
from rebuild.translate.integer_sums import convolved, dense
from rebuild.translate.steps import Steps

MOST_AVERAGED = 2047
"""Numbers whose mean float32 tells from a half: it is at least 1/4094 away from one, or is one."""

Form: TypeAlias = Callable[[Kernel, Any], Any]
"""The value that a kernel computes, from the value of the operator; None where it is another."""


def fixed_point(kernel: Kernel, factor: Multiplier, value: Any) -> Call:
    """Integers times a factor, in the range of the output."""
    return helpers.FixedPoint(**factor._asdict(), **kernel.limits())(value)


def added(kernel: Kernel, value: Any) -> Any:
    """Both on twice the larger scale, with bits behind the point, then added (add.cc, sub.cc).

    Integers of 16 bits whose scales are powers of two have a kernel of their own.
    """
    if not kernel.holds(SHORT, 0, 1) or shifts_only(kernel):
        return None
    x, y = (operand(kernel, place, value) for place in (0, 1))
    scales = [np.float32(scale_of(kernel.tensor(place))) for place in (0, 1)]
    twice, places = float(2 * max(scales)), 20 if kernel.output.dtype in BYTES else 15
    pair = tuple(tuple(multiplier_of(float(scale) / twice)) for scale in scales)
    output = np.float32(1 << places) * np.float32(scale_of(kernel.output))
    total = tuple(multiplier_of(twice / float(output)))
    sign = {"sign": -1} if kernel.operator.name == "SUB" else {}
    return helpers.FixedPointSum(pair, total, places, **kernel.limits(), **sign)([x, y])


def shifts_only(kernel: Kernel) -> bool:
    """Whether 16-bit operands have scales that the kernel takes for shifts (add.cc, `Prepare`)."""
    tensors = (kernel.tensor(0), kernel.tensor(1), kernel.output)
    powers = all(math.frexp(scale_of(tensor))[0] == 0.5 for tensor in tensors)
    asked = kernel.operator.options.get("pot_scale_int16", True)
    return kernel.output.dtype is TensorType.INT16 and powers and bool(asked)


def operand(kernel: Kernel, place: int, value: Any) -> Any:
    """The operand at a place as the expression has it: a constant of one element as an array."""
    index = kernel.operator.inputs[place]
    leaf = next(node for node in walk(value) if isinstance(node, Operand) and node.tensor == index)
    if isinstance(leaf, Steps) and leaf.elements == 1 and leaf.static is not None:
        return ops.array(np.asarray(leaf.static, float).tolist())
    return leaf


def multiplied(kernel: Kernel, value: Any) -> Any:
    """The product times the quotient of the scales, in float32 (mul.cc, `Prepare`)."""
    if not kernel.holds(BYTES, 0, 1):
        return None
    tensors = (kernel.tensor(0), kernel.tensor(1), kernel.output)
    x, y, target = (np.float32(scale_of(tensor)) for tensor in tensors)
    factor = multiplier_of(float(x * y / target))
    return fixed_point(kernel, factor, without_activation(kernel, value))


def without_activation(kernel: Kernel, value: Any) -> Any:
    """The value before its fused activation, which the range of the result stands for."""
    function = f"ops.{ACTIVATIONS.get(kernel.activation)}"
    fused = isinstance(value, Call) and value.function == function
    return value.arguments[0] if fused else value


def rescaled(kernel: Kernel, value: Any) -> Any:
    """QUANTIZE between integers (quantize.cc): the quotient of the scales as a double."""
    if not kernel.holds(SHORT, 0):
        return None
    if grid_of(kernel.tensor(0)) == kernel.target:
        return value
    factor = scale_of(kernel.tensor(0)) / scale_of(kernel.output)
    return fixed_point(kernel, multiplier_of(factor), value)


def cut_off(kernel: Kernel, value: Any) -> Any:
    """RELU and its like on another scale: the activation is the range (activations.cc)."""
    if not kernel.holds(BYTES, 0):
        return None
    x = next(node for node in walk(value) if isinstance(node, Operand))
    factor = np.float32(scale_of(kernel.tensor(0))) / np.float32(scale_of(kernel.output))
    range_ = kernel.limits(kernel.operator.name)
    return helpers.FixedPoint(**multiplier_of(float(factor))._asdict(), **range_)(x)


def leaky(kernel: Kernel, value: Any) -> Any:
    """A factor for each side of zero (reference/leaky_relu.h, `QuantizeLeakyRelu`)."""
    if not kernel.holds(BYTES, 0):
        return None
    x = next(node for node in walk(value) if isinstance(node, Operand))
    source, target = (np.float32(scale_of(t)) for t in (kernel.tensor(0), kernel.output))
    alpha = np.float32(kernel.operator.options.get("alpha", 0.0))
    if alpha < 0:
        return None
    above, below = (multiplier_of(float(f)) for f in (source / target, source * alpha / target))
    sides = (fixed_point(kernel, factor, x) for factor in (above, below))
    return ops.where(ops.greater_equal(x, 0), *sides)


def averaged(kernel: Kernel, value: Any) -> Any:
    """The mean of stored integers, halves away from zero (integer_ops/pooling.h)."""
    options = kernel.operator.options
    window = options.get("filter_height", 1) * options.get("filter_width", 1)
    if not kernel.holds(BYTES, 0) or window > MOST_AVERAGED:
        return None
    grid = kernel.target._replace(scale=1.0)
    value = without_activation(kernel, value)
    return clipped(kernel, helpers.Requantize(*shortest(grid), rounds="integers")(value))


def clipped(kernel: Kernel, value: Any) -> Any:
    """The value in the range that a fused activation leaves."""
    return value if kernel.activation == "NONE" else ops.clip(value, *kernel.limits().values())


def summed(kernel: Kernel, value: Any) -> Any:
    """SUM, and MEAN with a multiplier that divides (reference/reduce.h, `QuantizedMeanOrSum`).

    What the reference kernels make of a SUM of signed bytes, which they read as unsigned ones
    (reduce.cc, `QuantizedMeanOrSum`), is not imitated.
    """
    types = BYTES if kernel.operator.name == "MEAN" else (TensorType.UINT8,)
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


def softmax(kernel: Kernel, value: Any) -> Any:
    """Softmax by a fixed-point exponential (reference/softmax.h, `PreprocessSoftmaxScaling`)."""
    source, output = kernel.tensor(0), kernel.output
    small = source.is_quantized and source.dtype in BYTES
    least = kernel.target.least == kernel.target.zero_point
    if not small or output.dtype not in SHORT or not least:
        return None
    x = next(node for node in walk(value) if isinstance(node, Operand))
    beta = float(np.float32(kernel.operator.options.get("beta", 1.0)))
    factor = multiplier_of(min(beta * scale_of(source) * (1 << 26), (1 << 31) - 1.0))
    if factor.shift < 0:
        return None
    kind = () if kernel.target.stored == "int8" else (kernel.target.stored,)
    return helpers.FixedPointSoftmax(*factor, *kind)(x)


FORMS: dict[str, Form] = {
    "ADD": added,
    "AVERAGE_POOL_2D": averaged,
    "CONV_2D": convolved,
    "DEPTHWISE_CONV_2D": convolved,
    "FULLY_CONNECTED": dense,
    "LEAKY_RELU": leaky,
    "MEAN": summed,
    "MUL": multiplied,
    "QUANTIZE": rescaled,
    "RELU": cut_off,
    "RELU6": cut_off,
    "RELU_N1_TO_1": cut_off,
    "SOFTMAX": softmax,
    "SUB": added,
    "SUM": summed,
    "TRANSPOSE_CONV": convolved,
}
"""The forms, by operator."""
