"""Nearest-neighbour resizing on TFLite's grids (resize_nearest_neighbor.h)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class ResizeNearest(layers.Layer):
    """[N, H, W, C] to `size`: the pixel at or before y * H / height, or the nearest."""

    def __init__(self, size, align_corners=False, half_pixel=False, **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)
        self.align_corners = align_corners
        self.half_pixel = half_pixel

    def samples(self, old, new):
        """For each of `new` places the pixel of `old` that it shows."""
        edge = int(self.align_corners and new > 1)
        scale = np.divide(old - edge, new - edge, dtype="float32")
        place = (
            np.arange(new, dtype="float32") + np.float32(self.half_pixel) / 2
        ) * scale
        nearest = np.floor(place + 0.5) if self.align_corners else np.floor(place)
        return np.clip(nearest, 0, old - 1).astype("int32")

    def call(self, x):
        for axis, new in zip((1, 2), self.size, strict=True):
            x = ops.take(x, self.samples(x.shape[axis], new), axis)
        return x

    def get_config(self):
        own = {
            "size": self.size,
            "align_corners": self.align_corners,
            "half_pixel": self.half_pixel,
        }
        return {**super().get_config(), **own}
