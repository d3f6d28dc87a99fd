"""Sigmoid and tanh of 16-bit integers (integer_ops/logistic.h, tanh.h)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class SigmoidTable(layers.Layer):
    """sigmoid or tanh of 16-bit integers times `scale`, between 256 points 1/24 apart.

    tanh(x) is 2 * sigmoid(2 * x) - 1. Gradients are those of the function itself.
    """

    def __init__(self, function, scale, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.scale = scale

    def multiplied(self, stored):
        """The integers in steps of 1/12288, or half that, as the kernel gets there."""
        multiplier, shift = self.scale * 4096.0 * 3.0, 0
        power = round(np.log2(self.scale))
        if self.scale == 2.0**power and 0 <= 12 + power <= (self.function == "tanh"):
            return stored * (3 << (12 + power))
        while multiplier <= 32767.0 / 2.0 and shift <= 30:
            multiplier, shift = multiplier * 2.0, shift + 1
        return (stored * int(multiplier) + ((1 << shift) >> 1)) >> shift

    def points(self):
        """65536 * sigmoid, each moved by half the error that a line has half way."""
        x = np.arange(256)
        here, half, there = (65536 / (1 + np.exp(-(x + d) / 24)) for d in (0, 0.5, 1))
        found = np.round(here + (half - (here + there) / 2) / 2).astype("int64")
        found[-1] = 65535
        return found

    def table(self):
        """The result for each integer from -32768 on, as an integer of its own."""
        points, x = self.points(), self.multiplied(np.arange(-32768, 32768))
        bits = 8 if self.function == "tanh" else 9
        index, rest = np.abs(x) >> bits, np.abs(x) & ((1 << bits) - 1)
        first = points[np.minimum(index, 254)]
        between = (first << bits) + rest * (points[np.minimum(index + 1, 255)] - first)
        if self.function == "tanh":
            y = np.where(index >= 255, 0xFFFF << 8, between) - (1 << 23)
            return np.where(x >= 0, y + 128, -y + 127) >> 8
        y = np.where(index >= 255, 0x7FFF << 10, between) + 512
        return np.where(x >= 0, y, (1 << 25) - y + 1023) >> 10

    def call(self, x):
        steps = x / self.scale
        place = ops.sign(steps) * ops.floor(ops.absolute(steps) + 0.5)
        place = ops.cast(ops.clip(place, -32768, 32767), "int32") + 32768
        found = ops.take(self.table().astype("float32") / 32768.0, place)
        smooth = getattr(ops, self.function)(x)
        return ops.stop_gradient(found) + (smooth - ops.stop_gradient(smooth))

    def get_config(self):
        own = {"function": self.function, "scale": self.scale}
        return {**super().get_config(), **own}
