"""Bilinear resizing on TFLite's three sampling grids (reference/resize_bilinear.h)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class ResizeBilinear(layers.Layer):
    """[N, H, W, C] to `size`, sampled at y * H / height or on another grid."""

    def __init__(self, size, align_corners=False, half_pixel=False, **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)
        self.align_corners = align_corners
        self.half_pixel = half_pixel

    def samples(self, old, new):
        """For each of `new` places the two old pixels around it, and a weight."""
        edge = int(self.align_corners and new > 1)
        scale = np.divide(old - edge, new - edge, dtype="float32")
        centre = np.float32(0.5 if self.half_pixel else 0)
        place = (np.arange(new, dtype="float32") + centre) * scale - centre
        lower = np.maximum(np.floor(place), 0).astype("int32")
        upper = np.minimum(np.ceil(place), old - 1).astype("int32")
        return lower, upper, (place - lower).astype("float32")

    def call(self, x):
        for axis, new in zip((1, 2), self.size, strict=True):
            lower, upper, weight = self.samples(x.shape[axis], new)
            weight = weight.reshape([-1] + [1] * (3 - axis))
            x = (
                ops.take(x, lower, axis) * (1 - weight)
                + ops.take(x, upper, axis) * weight
            )
        return x

    def get_config(self):
        own = {
            "size": self.size,
            "align_corners": self.align_corners,
            "half_pixel": self.half_pixel,
        }
        return {**super().get_config(), **own}
