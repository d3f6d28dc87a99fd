"""Integers for real numbers (kernels/internal/reference/quantize.h)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Quantize(layers.Layer):
    """The integers of type `stored` nearest to x / scale + zero_point."""

    def __init__(self, scale, zero_point=0, stored="int8", **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored

    def call(self, x):
        limits = np.iinfo(self.stored)
        steps = x / self.scale
        whole = ops.sign(steps) * ops.floor(ops.absolute(steps) + 0.5)
        whole = ops.clip(whole + self.zero_point, limits.min, limits.max)
        return ops.cast(whole, self.stored)

    def get_config(self):
        own = {"scale": self.scale, "zero_point": self.zero_point}
        return {**super().get_config(), **own, "stored": self.stored}
