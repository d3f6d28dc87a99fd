"""Convolutions of small integers (kernels/conv.cc, `EvalHybrid`)."""

import keras
from keras import layers

from rebuild.helpers.hybrid_product import HybridProduct


@keras.saving.register_keras_serializable(package="tfli")
class HybridConv2D(HybridProduct, layers.Conv2D):
    """A Conv2D layer on integers, its input on a grid of its own for each image."""

    row_axis = 1

    def product(self, x):
        return self.convolution_op(x, self.kernel)
