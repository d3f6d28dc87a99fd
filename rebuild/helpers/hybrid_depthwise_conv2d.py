"""Convolutions of small integers, channel by channel (depthwise_conv_hybrid.h)."""

import keras
from keras import layers, ops

from rebuild.helpers.hybrid_product import HybridProduct


@keras.saving.register_keras_serializable(package="tfli")
class HybridDepthwiseConv2D(HybridProduct, layers.DepthwiseConv2D):
    """A DepthwiseConv2D layer on integers, its input on a grid for each image."""

    row_axis = 1

    def product(self, x):
        options = {"dilation_rate": self.dilation_rate, "data_format": self.data_format}
        return ops.depthwise_conv(x, self.kernel, self.strides, self.padding, **options)

    def scaled(self, x, scale):
        return x * self.kernel_step * scale
