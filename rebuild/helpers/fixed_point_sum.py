"""Sums of integers on different scales (reference/integer_ops/add.h)."""

import keras
from keras import layers, ops

from rebuild.helpers.integer_steps import IntegerSteps


@keras.saving.register_keras_serializable(package="tfli")
class FixedPointSum(IntegerSteps, layers.Layer):
    """Two integers on one scale, added and brought to another, from `low` to `high`.

    Both are shifted left by `places` first. A factor is (multiplier, shift), which is
    multiplier * 2**(shift - 31): one for each of the two, and one for their sum. With
    sign=-1 the second is subtracted.
    """

    def __init__(self, factors, factor, places, sign=1, low=-128, high=127, **kwargs):
        super().__init__(**kwargs)
        self.factors = factors
        self.factor = factor
        self.places = places
        self.sign = sign
        self.limits = (low, high)

    def call(self, inputs):
        x, y = (
            self.multiplied(ops.cast(value, "int64") * (1 << self.places), *factor)
            for value, factor in zip(inputs, self.factors, strict=True)
        )
        found = self.multiplied(x + self.sign * y, *self.factor)
        return ops.cast(ops.clip(found, *self.limits), "float32")

    def multiplied(self, x, multiplier, shift):
        """Integers times a factor, rounded twice."""
        found = self.high(x * (1 << max(shift, 0)), multiplier)
        return self.shifted(found, 1 << max(-shift, 0))

    def get_config(self):
        low, high = self.limits
        own = {"factors": self.factors, "factor": self.factor, "places": self.places}
        own |= {"sign": self.sign, "low": low, "high": high}
        return {**super().get_config(), **own}
