"""Integers of one step as integers of another (kernels/internal/common.cc; ruy)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Rescale(layers.Layer):
    """Multiples of `step` on a grid: scale * (i - zero_point).

    How many steps there are is multiplied by 31 bits and rounded, halves upwards; what
    a shift leaves behind the point is rounded again, halves upwards, or away from zero
    with "away". With "once" the multiplier has 15 bits, and only the end is rounded. Of
    several `channels`, the last axis, each has steps `kernel_scale` times as large; of
    a mean of `count`, it is the sum that is multiplied. Gradients pass as if it only
    clipped.
    """

    def __init__(
        self,
        step,
        scale,
        zero_point=0,
        stored="int8",
        channels=None,
        count=1,
        rounds="",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.step = step
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored
        self.channels = channels
        self.count = count
        self.rounds = rounds

    def build(self, _):
        self.kernel_scale = np.ones(())
        if self.channels:
            self.kernel_scale = self.add_weight(
                shape=(self.channels,),
                initializer="ones",
                trainable=False,
                name="kernel_scale",
            )

    def call(self, x):
        step = ops.cast(self.kernel_scale, "float64") * self.step
        number = ops.round(x / ops.cast(step / self.count, "float32"))
        number = ops.cast(number, "float64")
        whole = self.multiplied(number, step / np.float64(np.float32(self.scale)))
        limits = np.iinfo(self.stored)
        low, high = limits.min - self.zero_point, limits.max - self.zero_point
        found = ops.cast(ops.clip(whole, low, high), "float32") * self.scale
        passed = ops.clip(x, low * self.scale, high * self.scale)
        return ops.stop_gradient(found) + (passed - ops.stop_gradient(passed))

    def multiplied(self, number, factor):
        """Whole numbers times a factor, as multiplier and shift round it."""
        power = ops.floor(ops.log2(factor)) + 1.0
        multiplier = ops.floor(factor / 2.0**power * 2.0**31 + 0.5)
        if self.rounds == "once":
            multiplier = ops.minimum(ops.floor(multiplier / 2.0**16 + 0.5), 2.0**15 - 1)
            return ops.floor(number * (multiplier / 2.0 ** (15.0 - power)) + 0.5)
        if self.count > 1:
            places = ops.minimum(np.floor(np.log2(self.count)), 31.0 + power)
            multiplier = ops.floor(multiplier * 2.0**places / self.count)
            power = power - places
        left, right = ops.maximum(power, 0.0), ops.minimum(power, 0.0)
        number = ops.floor(number * (multiplier / 2.0 ** (31.0 - left)) + 0.5)
        number = number * 2.0**right
        if self.rounds == "away":
            return ops.sign(number) * ops.floor(ops.absolute(number) + 0.5)
        return ops.floor(number + 0.5)

    def get_config(self):
        own = {"step": self.step, "scale": self.scale, "zero_point": self.zero_point}
        own |= {"stored": self.stored, "channels": self.channels, "count": self.count}
        return {**super().get_config(), **own, "rounds": self.rounds}
