"""Softmax of 16-bit integers (kernels/internal/reference/softmax.h, SoftmaxInt16)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class IntegerSoftmax(layers.Layer):
    """Softmax over the last axis of 16-bit integers times `scale`, by two tables.

    One is of exp from -10 to 0, the other of 1 / (1 + x) from 0 to 1. Gradients are
    those of softmax.
    """

    def __init__(self, scale, beta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.beta = beta

    def table(self, function, low, high):
        """`function` from `low` to `high` for 65536 integers, in steps of 1/32767.5."""
        step = (high - low) / 512
        x = low + np.arange(512) * step
        inverse = 65536 / (65535 * (2 / 65535))
        first = self.rounded(function(x) * inverse)
        line = self.rounded((function(x + step) * inverse + first) / 2)
        error = line - self.rounded(function(x + step / 2) * inverse)
        points = np.append(
            first - self.rounded(error / 2), self.rounded(function(high) * inverse)
        )
        points = np.clip(points, -32768, 32767).astype("int64")
        stored = np.arange(65536)
        base = points[stored >> 7]
        slope = points[(stored >> 7) + 1] - base
        return (base + ((slope * (stored & 127) + 64) >> 7)).astype("int64")

    def rounded(self, x):
        return np.sign(x) * np.floor(np.abs(x) + 0.5)

    def rescaled(self, below):
        """Steps of 10/65535 for steps of `scale`, rounded twice as the kernel does."""
        factor = float(np.float32(self.scale) * np.float32(self.beta)) * 6553.5
        part, shift = np.frexp(factor)
        left, right = int(max(shift, 0)), int(max(-shift, 0))
        multiplier = round(part * 2**31)
        high = (below * (multiplier << left) + (1 << 30) - 1) // (1 << 31)
        return (high + ((1 << right) >> 1)) // (1 << right)

    def call(self, x):
        exps = self.table(np.exp, -10.0, 0.0)
        inverses = self.table(lambda x: 1 / (1 + x), 0.0, 1.0)
        below = ops.floor((ops.amax(x, -1, keepdims=True) - x) / self.scale + 0.5)
        place = 65535 - self.rescaled(ops.cast(below, "int64"))
        exps = ops.take(exps, ops.clip(place, 0, 65535))
        total = ops.sum(exps, -1, keepdims=True)
        leading = ops.floor(ops.log2(ops.cast(total, "float64") + 0.5))
        power = ops.cast(ops.round(2.0**leading), "int64")
        place = (total * (1 << 30) // power + (1 << 13)) // (1 << 14)
        place = ops.clip(place - (1 << 16), 0, 65535)
        result = (exps * ops.take(inverses, place) + power // 2) // power
        result = ops.cast(ops.clip(result, 0, 32767), "float32") / 32768.0
        smooth = ops.softmax(x * self.beta)
        return ops.stop_gradient(result) + (smooth - ops.stop_gradient(smooth))

    def get_config(self):
        own = {"scale": self.scale, "beta": self.beta}
        return {**super().get_config(), **own}
