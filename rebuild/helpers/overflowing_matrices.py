"""Matrix products that pass 32 bits (common.cc, MultiplyByQuantizedMultiplier)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class OverflowingMatrices(layers.Layer):
    """`factor` times the matrix product of integers, as integers of 16 bits hold it.

    The kernel adds in 64 bits, multiplies with 15, rounds and shifts halves upwards;
    of what comes out it takes the last 32 bits. No gradients pass.
    """

    def __init__(self, factor, scale, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.scale = scale

    def call(self, inputs):
        x, y = (ops.cast(value, "float64") for value in inputs)
        sums = ops.cast(
            ops.matmul(x, y), "int64"
        )  # Keras multiplies integers as float32
        part, exponent = np.frexp(self.factor)
        multiplier = min((round(part * (1 << 31)) + (1 << 15)) >> 16, (1 << 15) - 1)
        power = 1 << (15 - int(exponent))
        whole = (sums * multiplier + power // 2) // power
        whole = (whole + (1 << 31)) % (1 << 32) - (1 << 31)
        limits = np.iinfo("int16")
        found = ops.clip(whole, limits.min, limits.max)
        return ops.cast(found, "float32") * self.scale

    def get_config(self):
        own = {"factor": self.factor, "scale": self.scale}
        return {**super().get_config(), **own}
