"""Integers on another scale (common.cc, MultiplyByQuantizedMultiplier)."""

import keras
from keras import layers, ops

from rebuild.helpers.integer_steps import IntegerSteps


@keras.saving.register_keras_serializable(package="tfli")
class FixedPoint(IntegerSteps, layers.Layer):
    """Integers times multiplier * 2**(shift - 31), cut off at `low` and `high`.

    The upper 32 bits of twice the product are rounded, halves upwards; what a negative
    shift leaves behind the point is rounded again, halves away from zero. Of several
    `channels`, the last axis, each has a multiplier and a shift, which are variables.
    """

    def __init__(
        self, multiplier=None, shift=0, channels=0, low=-128, high=127, **kwargs
    ):
        super().__init__(autocast=False, **kwargs)
        self.multiplier = multiplier
        self.shift = shift
        self.channels = channels
        self.limits = (low, high)

    def build(self, _):
        if self.channels:
            self.multiplier = self.add_factor("multiplier")
            self.shift = self.add_factor("shift")

    def add_factor(self, name):
        return self.add_weight(
            (self.channels,), "zeros", "int32", trainable=False, name=name
        )

    def call(self, x):
        multiplier, shift = ops.cast(self.multiplier, "int64"), self.shift
        left = 2 ** ops.cast(ops.maximum(shift, 0), "int64")
        right = 2 ** ops.cast(ops.maximum(-shift, 0), "int64")
        found = self.high(ops.cast(x, "int64") * left, multiplier)
        found = self.shifted(found, right)
        return ops.cast(ops.clip(found, *self.limits), "float32")

    def get_config(self):
        low, high = self.limits
        own = {"low": low, "high": high, "channels": self.channels}
        if not self.channels:
            own |= {"multiplier": self.multiplier, "shift": self.shift}
        return {**super().get_config(), **own}
