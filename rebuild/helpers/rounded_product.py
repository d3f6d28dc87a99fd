"""Integers on another scale, by a real factor (integer_ops/fully_connected.h)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class RoundedProduct(layers.Layer):
    """Integers times a float64 factor, halves away from zero, from `low` to `high`.

    Of several `channels`, the last axis, each has a factor, which is a variable.
    """

    def __init__(self, factor=None, channels=0, low=-128, high=127, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.factor = factor
        self.channels = channels
        self.limits = (low, high)

    def build(self, _):
        if self.channels:
            self.factor = self.add_weight(
                (self.channels,), "ones", "float64", trainable=False, name="factor"
            )

    def call(self, x):
        x = ops.cast(x, "float64") * ops.cast(self.factor, "float64")
        found = ops.sign(x) * ops.floor(ops.absolute(x) + 0.5)
        return ops.cast(ops.clip(found, *self.limits), "float32")

    def get_config(self):
        low, high = self.limits
        own = {"low": low, "high": high, "channels": self.channels}
        own |= {} if self.channels else {"factor": self.factor}
        return {**super().get_config(), **own}
