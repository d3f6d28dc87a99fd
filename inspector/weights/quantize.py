"""From real numbers to stored integers, as LiteRT's QUANTIZE kernel computes them.

`stored = clamp(round(real / scale) + zero_point)`, rounded half away from zero, the quotient in
float32 (`reference/quantize.h`). Integers of over 16 bits (biases, which that kernel does not take)
go through float64. It undoes `quantized.affine`.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from inspector.errors import ModelError
from inspector.weights.quantized import Scales, spread

FAR = float(1 << 40)
"""Beyond the ends of every type and zero point, and exact in both kinds of float."""


def quantize(real: np.ndarray, scales: Scales, bits: int) -> np.ndarray:
    """The integers that stand for `real` (float32 or float64), not yet clamped: int64.

    `bits` are those of the stored type, which decide how the quotient is computed. What is far
    beyond any type is brought to ±2^40. Raises `ModelError` where a scale is 0 or NaN, so that
    there is no such integer.
    """
    kind = np.float32 if bits <= 16 else np.float64
    pairs = [
        (count, size // max(count, 1))
        for count, size in zip(scales.scale.shape, real.shape, strict=True)
    ]
    quotient = real.astype(kind).reshape([*chain(*pairs)])
    with np.errstate(all="ignore"):  # what comes of an odd scale is looked at below
        quotient /= spread(scales.scale.astype(kind))
    if np.isnan(quotient).any():
        raise ModelError("it has a scale of 0 or NaN, and nothing can be quantised with it")
    np.clip(quotient, -FAR, FAR, out=quotient)
    rounded = half_away(quotient).astype(np.int64)
    rounded += spread(scales.zero_point)
    return rounded.reshape(real.shape)


def half_away(values: np.ndarray) -> np.ndarray:
    """The nearest whole numbers, those between two away from zero, as C's `round` gives them.

    Not `trunc(x + 0.5)`, which takes the float32 before 0.5 to 1.
    """
    whole = np.trunc(values)
    return np.asarray(whole + np.copysign(np.abs(values - whole) >= 0.5, values))


def ends(bits: int, *, signed: bool) -> tuple[int, int]:
    """The least and the greatest integer of a type."""
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
