"""Activations on the grid of their integers (kernels/cppmath.h, TfLiteRound)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Requantize(layers.Layer):
    """The nearest number that integers of type `stored` hold: scale * (i - zero_point).

    Halves are rounded away from zero; with "integers" it is the integer i that is
    rounded so, with "cut" it is what is left of i + 0.5 without its fraction. With
    "even", x is multiplied by 1 / scale, and halves go to even numbers. Gradients pass
    as if it only clipped.
    """

    def __init__(self, scale, zero_point=0, stored="int8", rounds="", **kwargs):
        super().__init__(**kwargs)
        self.rounds = rounds
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored

    def call(self, x):
        limits = np.iinfo(self.stored)
        low, high = limits.min - self.zero_point, limits.max - self.zero_point
        inverse = np.float32(1 / np.float64(np.float32(self.scale)))
        steps = x * inverse if self.rounds == "even" else x / self.scale
        steps = ops.clip(steps, low, high)
        whole = self.rounded(steps)
        passed = (steps - ops.stop_gradient(steps)) * self.scale
        return ops.stop_gradient(whole * self.scale) + passed

    def rounded(self, steps):
        if self.rounds == "even":
            return ops.round(steps)
        if not self.rounds:
            return ops.sign(steps) * ops.floor(ops.absolute(steps) + 0.5)
        place = ops.round((steps + self.zero_point) * 4096) / 4096  # halves are halves
        if self.rounds == "cut":
            found = ops.sign(place + 0.5) * ops.floor(ops.absolute(place + 0.5))
        else:
            found = ops.sign(place) * ops.floor(ops.absolute(place) + 0.5)
        return found - self.zero_point

    def get_config(self):
        own = {"scale": self.scale, "zero_point": self.zero_point}
        own |= {"stored": self.stored, "rounds": self.rounds}
        return {**super().get_config(), **own}
