"""Products of integers that pass 32 bits (common.h, MultiplyByQuantizedMultiplier)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class OverflowingProduct(layers.Layer):
    """`factor` times the product of two integers, less their `zero_points`, in 32 bits.

    The kernel shifts the product before it multiplies, and loses what is shifted out;
    of the shift, the processor takes the last five bits. No gradients pass.
    """

    def __init__(
        self, factor, zero_points, scale, zero_point=0, stored="int8", **kwargs
    ):
        super().__init__(**kwargs)
        self.factor = factor
        self.zero_points = tuple(zero_points)
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored

    def call(self, inputs):
        pairs = zip(inputs, self.zero_points, strict=True)
        x, y = (ops.cast(value, "int64") - zero for value, zero in pairs)
        part, shift = np.frexp(self.factor)
        product = x * y * (1 << (int(shift) & 31))
        product = (product + (1 << 31)) % (1 << 32) - (1 << 31)
        product = ops.absolute(product) * round(part * (1 << 31)) * ops.sign(product)
        whole = (product + (1 << 30)) // (1 << 31)
        limits = np.iinfo(self.stored)
        whole = ops.clip(whole + self.zero_point, limits.min, limits.max)
        return ops.cast(whole - self.zero_point, "float32") * self.scale

    def get_config(self):
        own = {"factor": self.factor, "zero_points": self.zero_points}
        own |= {"scale": self.scale, "zero_point": self.zero_point}
        return {**super().get_config(), **own, "stored": self.stored}
