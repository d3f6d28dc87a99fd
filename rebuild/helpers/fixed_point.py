"""Integers on another scale (common.cc, MultiplyByQuantizedMultiplier)."""

import keras
from keras import layers, ops

from rebuild.helpers.integer_steps import IntegerSteps


@keras.saving.register_keras_serializable(package="tfli")
class FixedPoint(IntegerSteps, layers.Layer):
    """Integers times multiplier * 2**(shift - 31), cut off at `low` and `high`.

    The upper 32 bits of twice the product are rounded, halves upwards; what a negative
    shift leaves behind the point is rounded again, halves away from zero. Sums that are
    `wide`, of 64 bits, have multipliers of 16 bits instead and are rounded once. Of
    several `channels`, the last axis, each has a multiplier and a shift, as variables.
    """

    def __init__(
        self,
        multiplier=None,
        shift=0,
        channels=0,
        wide=False,
        low=-128,
        high=127,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.wide = wide
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
        factor = (ops.cast(part, "int64") for part in (self.multiplier, self.shift))
        multiplied = self.once if self.wide else self.twice
        found = multiplied(ops.cast(x, "int64"), *factor)
        return ops.cast(ops.clip(found, *self.limits), "float32")

    def twice(self, x, multiplier, shift):
        """Rounded behind 31 bits, then behind the point."""
        found = self.wrapped(x * 2 ** (ops.maximum(shift, 0) % 32))
        return self.shifted(self.high(found, multiplier), 2 ** ops.maximum(-shift, 0))

    def once(self, x, multiplier, shift):
        """Rounded behind the point."""
        multiplier = ops.minimum((multiplier + (1 << 15)) // (1 << 16), 0x7FFF)
        unit = 2 ** (15 - shift)
        return (x * multiplier + unit // 2) // unit

    def get_config(self):
        low, high = self.limits
        own = {"low": low, "high": high, "channels": self.channels, "wide": self.wide}
        if not self.channels:
            own |= {"multiplier": self.multiplier, "shift": self.shift}
        return {**super().get_config(), **own}
