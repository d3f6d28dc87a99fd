"""Sums of products of integers as integers again (ruy, apply_multiplier.h)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Rescale(layers.Layer):
    """Sums over `channels`, the last axis, on a grid: scale * (i - zero_point).

    The sums are multiples of `input_scale` times their kernel's scale. The kernel
    multiplies with 31 bits, rounds, and shifts the rest out, halves upwards. Gradients
    pass as if it only clipped.
    """

    def __init__(
        self, channels, input_scale, scale, zero_point=0, stored="int8", **kwargs
    ):
        super().__init__(**kwargs)
        self.channels = channels
        self.input_scale = input_scale
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored

    def build(self, _):
        self.kernel_scale = self.add_weight(
            shape=(self.channels,),
            initializer="ones",
            trainable=False,
            name="kernel_scale",
        )

    def call(self, x):
        step = ops.cast(self.kernel_scale, "float64") * self.input_scale
        sums = ops.round(ops.cast(x, "float64") / step)
        factor = step / self.scale
        shift = ops.maximum(-1.0 - ops.floor(ops.log2(factor)), 0.0)
        power = ops.round(2.0**shift)
        whole = ops.floor(ops.round(sums * (factor * power)) / power + 0.5)
        limits = np.iinfo(self.stored)
        low, high = limits.min - self.zero_point, limits.max - self.zero_point
        found = ops.cast(ops.clip(whole, low, high), "float32") * self.scale
        passed = ops.clip(x, low * self.scale, high * self.scale)
        return ops.stop_gradient(found) + (passed - ops.stop_gradient(passed))

    def get_config(self):
        own = {"channels": self.channels, "input_scale": self.input_scale}
        own |= {"scale": self.scale, "zero_point": self.zero_point}
        return {**super().get_config(), **own, "stored": self.stored}
