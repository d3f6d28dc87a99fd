"""Softmax of 8-bit integers (kernels/internal/reference/softmax.h, Softmax)."""

import keras
import numpy as np
from keras import layers, ops

from rebuild.helpers.integer_steps import IntegerSteps


@keras.saving.register_keras_serializable(package="tfli")
class FixedPointSoftmax(IntegerSteps, layers.Layer):
    """Softmax over the last axis, in steps of 1/256, or of 1/65536 for int16.

    One step below the maximum is multiplier * 2**(shift - 57). Exponentials are those
    of gemmlowp's fixed-point polynomial, the reciprocal is by three Newton steps.
    """

    def __init__(self, multiplier, shift, stored="int8", **kwargs):
        super().__init__(**kwargs)
        self.multiplier = multiplier
        self.shift = shift
        self.stored = stored

    def exponentials(self):
        """exp(-i * step) for i = 0 to 255, with 31 bits; 0 where it is negligible."""
        below = np.arange(256)
        x = self.high(-below << self.shift, self.multiplier)  # 26 bits
        rest = (x & ((1 << 24) - 1)) - (1 << 24)  # from -1/4 to 0
        found = self.near_zero((rest << 5) + (1 << 28))
        for power in range(-2, 5):
            factor = round(np.exp(-(2.0**power)) * (1 << 31))
            has = (rest - x) & (1 << (26 + power))
            found = np.where(has, self.high(found, factor), found)
        found = np.where(x == 0, (1 << 31) - 1, found)
        return np.where(below <= (31 << 26) >> self.shift, found, 0)

    def near_zero(self, x):
        """exp(x - 1/8), by the Taylor polynomial of degree 4."""
        middle = round(np.exp(-1 / 8) * (1 << 31))
        square = self.high(x, x)
        cube, fourth = self.high(square, x), self.high(square, square)
        tail = self.high((fourth + 2) // 4 + cube, round((1 << 31) / 3)) + square
        return middle + self.high(middle, x + (tail + 1) // 2)

    def reciprocal(self, x):
        """1 / (1 + x) for x from 0 to 1, both with 31 bits."""
        start, slope = round(48 / 17 * (1 << 29)), round(-32 / 17 * (1 << 29))
        half = (x + (1 << 31)) // 2
        found = self.high(half, slope) + start
        for _ in range(3):
            error = (1 << 29) - self.high(half, found)
            found = found + self.high(found, error) * 4
        return ops.minimum(found * 2, (1 << 31) - 1)

    def call(self, x):
        below = ops.cast(ops.amax(x, -1, keepdims=True) - x, "int32")
        found = ops.take(ops.cast(self.exponentials(), "int64"), below)
        total = ops.sum(self.shifted(found, 1 << 12), -1, keepdims=True)
        leading = ops.floor(ops.log2(ops.cast(total, "float64") + 0.5))
        unit = ops.cast(ops.round(2.0 ** (31 - leading)), "int64")
        scale = self.reciprocal(total * unit - (1 << 31))
        limits = np.iinfo(self.stored)
        divisor = ops.cast(ops.round(2.0 ** (leading + 12 - limits.bits)), "int64")
        found = self.shifted(self.high(scale, found), divisor)
        return ops.cast(ops.clip(found, 0, limits.max - limits.min), "float32")

    def get_config(self):
        own = {"multiplier": self.multiplier, "shift": self.shift}
        return {**super().get_config(), **own, "stored": self.stored}
