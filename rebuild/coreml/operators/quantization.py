"""Quantisation while the model runs."""

from __future__ import annotations

import numpy as np

from rebuild.coreml.operators.constants import along, spread
from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("quantize")
def quantize(
    input: Array, scale: Array, output_dtype: str, zero_point: Array | None = None, axis: int = 0
) -> Array:
    """clip(round(input / scale) + zero point); halves are rounded to even."""
    shape = along(input, int(axis or 0))
    steps = np.rint(input / spread(scale, shape))
    if zero_point is not None:
        steps = steps + spread(zero_point, shape)
    limits = np.iinfo(output_dtype)
    return np.clip(steps, limits.min, limits.max)


@mil("dequantize")
def dequantize(input: Array, scale: Array, zero_point: Array | None = None, axis: int = 0) -> Array:
    """scale * (input - zero point)."""
    shape = along(input, int(axis or 0))
    values = input.astype(np.float32)
    if zero_point is not None:
        values = values - spread(zero_point, shape)
    return values * spread(scale, shape)
