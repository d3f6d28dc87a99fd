"""Weights that stay integers times their scale while they are trained."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfli")
class OnGrid(keras.constraints.Constraint):
    """Moves a weight by whole steps: scale * (i - zero_point), i from `low` to `high`.

    What its updates add up to is kept beside it, so that many small ones make a step:
    gradients are taken where the weight is, and go straight through its rounding.
    """

    def __init__(self, weight, scale, zero_point, low, high):
        self.scale = scale
        self.low = low - zero_point
        self.high = high - zero_point
        self.sum = keras.Variable(weight, trainable=False, name="sum")

    def __call__(self, weight):
        moved = self.sum + (weight - self.nearest(self.sum))
        moved = ops.clip(moved, self.low * self.scale, self.high * self.scale)
        self.sum.assign(moved)
        return self.nearest(moved)

    def nearest(self, x):
        """The numbers on the grid that are nearest to x."""
        return ops.clip(ops.round(x / self.scale), self.low, self.high) * self.scale
