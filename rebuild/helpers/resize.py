"""Resizing on TFLite's grids (resize_bilinear.h, resize_nearest_neighbor.h)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Resize(layers.Layer):
    """[N, H, W, C] to `size`, sampled at y * H / height or on another grid."""

    def __init__(
        self, size, interpolation, align_corners=False, half_pixel=False, **kwargs
    ):
        super().__init__(**kwargs)
        self.size = tuple(size)
        self.interpolation = interpolation
        self.align_corners = align_corners
        self.half_pixel = half_pixel

    def scale(self, old, new):
        """How many old pixels one new pixel stands for."""
        edge = int(self.align_corners and new > 1)
        return np.divide(old - edge, new - edge, dtype="float32")

    def nearest(self, old, new):
        """For each of `new` places the old pixel that it shows."""
        place = np.arange(new, dtype="float32") + np.float32(self.half_pixel) / 2
        place = place * self.scale(old, new)
        place = np.floor(place + 0.5 if self.align_corners else place)
        return np.clip(place, 0, old - 1).astype("int32")

    def bilinear(self, old, new):
        """For each of `new` places the two old pixels around it, and a weight."""
        centre = np.float32(self.half_pixel) / 2
        place = (np.arange(new, dtype="float32") + centre) * self.scale(old, new)
        place = place - centre
        lower = np.maximum(np.floor(place), 0).astype("int32")
        upper = np.minimum(np.ceil(place), old - 1).astype("int32")
        return lower, upper, (place - lower).astype("float32")

    def call(self, x):
        for axis, new in zip((1, 2), self.size, strict=True):
            if self.interpolation == "nearest":
                x = ops.take(x, self.nearest(x.shape[axis], new), axis)
                continue
            lower, upper, weight = self.bilinear(x.shape[axis], new)
            weight = weight.reshape([-1] + [1] * (3 - axis))
            weight = ops.convert_to_tensor(weight, x.dtype)
            x = (
                ops.take(x, lower, axis) * (1 - weight)
                + ops.take(x, upper, axis) * weight
            )
        return x

    def get_config(self):
        own = {
            "size": self.size,
            "interpolation": self.interpolation,
            "align_corners": self.align_corners,
            "half_pixel": self.half_pixel,
        }
        return {**super().get_config(), **own}
