"""Activations as LiteRT's reference kernels compute them from integers (kernels/activations.cc)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from rebuild.translate.expression import helpers, ops
from rebuild.translate.fixed_point import (
    BYTES,
    SHORT,
    Kernel,
    Multiplier,
    fixed_point,
    multiplier_of,
    scale_of,
)
from rebuild.translate.grids import grid_of
from rebuild.translate.steps import factors, with_variables

Function: TypeAlias = Callable[[np.ndarray], np.ndarray]


def cut_off(kernel: Kernel, value: Any) -> Any:
    """RELU and its like on another scale: the activation is the range (activations.cc)."""
    if not kernel.holds(SHORT, 0):
        return None
    x = kernel.operand(0, value)
    factor = np.float32(scale_of(kernel.tensor(0))) / np.float32(scale_of(kernel.output))
    ends = kernel.limits(kernel.operator.name)
    return helpers.FixedPoint(**multiplier_of(float(factor)).keywords, **ends)(x)


def leaky(kernel: Kernel, value: Any) -> Any:
    """A factor for each side of zero (reference/leaky_relu.h, `QuantizeLeakyRelu`)."""
    if not kernel.holds(SHORT, 0):
        return None
    x = kernel.operand(0, value)
    source, target = (np.float32(scale_of(t)) for t in (kernel.tensor(0), kernel.output))
    alpha = np.float32(kernel.operator.options.get("alpha", 0.0))
    if alpha < 0:
        return None
    above, below = (multiplier_of(float(f)) for f in (source / target, source * alpha / target))
    sides = (fixed_point(kernel, factor, x) for factor in (above, below))
    return ops.where(ops.greater_equal(x, 0), *sides)


def parametric(kernel: Kernel, value: Any) -> Any:
    """A factor for what is positive, one for products with alpha (reference/prelu.h)."""
    if not kernel.holds(BYTES, 0, 1):
        return None
    x, alpha = (kernel.operand(place, value) for place in (0, 1))
    tensors = (kernel.tensor(0), kernel.tensor(1), kernel.output)
    source, slope, target = (np.float32(scale_of(tensor)) for tensor in tensors)
    above, below = (multiplier_of(float(f)) for f in (source / target, source * slope / target))
    sides = fixed_point(kernel, above, x), fixed_point(kernel, below, x * alpha)
    return ops.where(ops.greater_equal(x, 0), *sides)


def hard_swish(kernel: Kernel, value: Any) -> Any:
    """Factors of 15 bits (activations.cc, `HardSwishPrepare`), which are cut from those of 31."""
    if not kernel.holds(BYTES, 0):
        return None
    source, target = (np.float32(scale_of(t)) for t in (kernel.tensor(0), kernel.output))
    fine = np.float32(1 / 128) * source
    output = halved(multiplier_of(float(fine / target)))
    ramp = halved(multiplier_of(float(fine / np.float32(3 / 32768))))
    if output.shift > 0:
        return None
    made = helpers.FixedPointHardSwish(tuple(output), tuple(ramp), **kernel.limits())
    return made(kernel.operand(0, value))


def halved(factor: Multiplier) -> Multiplier:
    """A multiplier of 15 bits (common.h, `DownScaleInt32ToInt16Multiplier`)."""
    return Multiplier(min((factor.multiplier + (1 << 15)) >> 16, 0x7FFF), factor.shift)


def tabled(kernel: Kernel, value: Any) -> Any:
    """A table of what float32 numbers give, by both kernel sets (common.h, `LUTPopulateInt8`)."""
    if not kernel.holds(BYTES, 0):
        return None
    _, least, most = grid_of(kernel.tensor(0)).limits
    x = np.arange(least, most + 1, dtype=np.float32) * np.float32(scale_of(kernel.tensor(0)))
    y = TABLED[kernel.operator.name](x) * (np.float32(1) / np.float32(scale_of(kernel.output)))
    table = np.clip(np.copysign(np.floor(np.abs(y) + 0.5), y), *kernel.range())
    numbers = factors("table", table.tolist(), "float32", "table")
    return with_variables(helpers.ByteTable(least), [numbers])(kernel.operand(0, value))


def correctly(function: Function) -> Function:
    """A function of float32 numbers whose results are the nearest ones, as those of C are."""
    return lambda x: function(x.astype(np.float64)).astype(np.float32)


TABLED: dict[str, Function] = {
    "LOGISTIC": lambda x: np.float32(1) / (np.float32(1) + correctly(np.exp)(-x)),
    "TANH": correctly(np.tanh),
}
"""What the tables hold, by operator."""


def softmax(kernel: Kernel, value: Any) -> Any:
    """Softmax by a fixed-point exponential (reference/softmax.h, `PreprocessSoftmaxScaling`)."""
    source, output = kernel.tensor(0), kernel.output
    small = source.is_quantized and source.dtype in BYTES
    least = kernel.target.least == kernel.target.zero_point
    if not small or output.dtype not in SHORT or not least:
        return None
    x = kernel.operand(0, value)
    beta = float(np.float32(kernel.operator.options.get("beta", 1.0)))
    factor = multiplier_of(min(beta * scale_of(source) * (1 << 26), (1 << 31) - 1.0))
    if factor.shift < 0:
        return None
    kind = () if kernel.target.stored == "int8" else (kernel.target.stored,)
    return helpers.FixedPointSoftmax(*factor, *kind)(x)
