"""Gaps between the elements of a tensor (kernels/dilate.cc, stablehlo_pad.cc)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Dilate(layers.Layer):
    """The elements of x, `factors[axis]` places apart, and `value` between them."""

    def __init__(self, factors, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.factors = tuple(factors)

    def call(self, x, value=0):
        value = ops.cast(value, x.dtype)
        for axis, factor in enumerate(self.factors):
            if factor > 1:
                places = np.arange((x.shape[axis] - 1) * factor + 1)
                shape = [-1] + [1] * (len(x.shape) - axis - 1)
                taken = np.reshape(places % factor == 0, shape)
                x = ops.where(taken, ops.take(x, places // factor, axis), value)
        return x

    def get_config(self):
        return {**super().get_config(), "factors": self.factors}
