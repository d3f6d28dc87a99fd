"""Several results of a layer, each on the grid of its integers."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class RequantizeEach(layers.Layer):
    """Each of several values on its grid of (scale, zero_point, stored), or as it is.

    Halves are rounded away from zero. Gradients pass as if it only clipped.
    """

    def __init__(self, grids, **kwargs):
        super().__init__(**kwargs)
        self.grids = grids

    def call(self, values):
        pairs = zip(values, self.grids, strict=True)
        return [self.nearest(x, *grid) if grid else x for x, grid in pairs]

    def nearest(self, x, scale, zero_point, stored):
        limits = np.iinfo(stored)
        low, high = limits.min - zero_point, limits.max - zero_point
        steps = ops.clip(x / scale, low, high)
        whole = ops.sign(steps) * ops.floor(ops.absolute(steps) + 0.5)
        passed = (steps - ops.stop_gradient(steps)) * scale
        return ops.stop_gradient(whole * scale) + passed

    def get_config(self):
        return {**super().get_config(), "grids": self.grids}
