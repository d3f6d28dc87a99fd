"""Activations on the grid of their integers (kernels/cppmath.h, TfLiteRound)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Requantize(layers.Layer):
    """The nearest number that integers of type `stored` hold: scale * (i - zero_point).

    Halves are rounded away from zero. Gradients pass as if it only clipped.
    """

    def __init__(self, scale, zero_point=0, stored="int8", **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored

    def call(self, x):
        limits = np.iinfo(self.stored)
        low, high = limits.min - self.zero_point, limits.max - self.zero_point
        steps = ops.clip(x / self.scale, low, high)
        whole = ops.sign(steps) * ops.floor(ops.absolute(steps) + 0.5)
        passed = (steps - ops.stop_gradient(steps)) * self.scale
        return ops.stop_gradient(whole * self.scale) + passed

    def get_config(self):
        own = {"scale": self.scale, "zero_point": self.zero_point}
        return {**super().get_config(), **own, "stored": self.stored}
