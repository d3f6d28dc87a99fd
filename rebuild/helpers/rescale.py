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
        factor, half, rest = self.multiplier(step / np.float64(np.float32(self.scale)))
        step = ops.cast(step / self.count, "float32")
        limits = np.iinfo(self.stored)
        low, high = limits.min - self.zero_point, limits.max - self.zero_point

        @ops.custom_gradient
        def rescaled(x):
            number = ops.cast(ops.round(x / step), "float64")
            whole = number * factor + half
            if self.rounds == "away":
                whole = whole + ops.sign(number) * rest
            whole = ops.clip(ops.cast(ops.floor(whole), "float32"), low, high)

            def passed(*args, upstream=None):
                (upstream,) = args if upstream is None else (upstream,)
                inside = (x >= low * self.scale) & (x <= high * self.scale)
                return upstream * ops.cast(inside, upstream.dtype)

            return whole * self.scale, passed

        return rescaled(x)

    def multiplier(self, quotient):
        """A factor, and what makes a floor of rounding twice: a half, and what is left.

        The floor of n / 2**k is that of floor(n) / 2**k, so the two roundings are one
        of the product plus halves of both places.
        """
        power = ops.floor(ops.log2(quotient)) + 1.0
        whole = ops.floor(quotient / 2.0**power * 2.0**31 + 0.5)
        carries = whole >= 2.0**31  # into a bit that the multiplier does not have
        power = ops.where(carries, power + 1.0, power)
        whole = ops.where(carries, 2.0**30, whole)
        if self.rounds == "once":
            whole = ops.minimum(ops.floor(whole / 2.0**16 + 0.5), 2.0**15 - 1)
            return whole * 2.0 ** (power - 15.0), 0.5, 0.0
        if self.count > 1:
            places = ops.minimum(np.floor(np.log2(self.count)), 31.0 + power)
            whole = ops.floor(whole * 2.0**places / self.count)
            power = power - places
        rest = ops.where(power < 0, 2.0 ** (power - 1.0), 0.0)
        half = 0.5 if self.rounds == "away" else 0.5 + rest
        return whole * 2.0 ** (power - 31.0), half, rest

    def get_config(self):
        own = {"step": self.step, "scale": self.scale, "zero_point": self.zero_point}
        own |= {"stored": self.stored, "channels": self.channels, "count": self.count}
        return {**super().get_config(), **own, "rounds": self.rounds}
