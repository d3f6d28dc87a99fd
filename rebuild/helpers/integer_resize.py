"""Resizing of signed integers (resize_bilinear.h, ResizeBilinearInteger)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class IntegerResize(layers.Layer):
    """[N, H, W, C] to `size`, between pixels in steps of 1/1024."""

    def __init__(self, size, align_corners=False, half_pixel=False, **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)
        self.align_corners = align_corners
        self.half_pixel = half_pixel

    def places(self, old, new):
        """For each of `new` places the two old pixels around it, and a weight."""
        edge = int(self.align_corners and new > 1)
        scale = (1024 * (old - edge) + (new - edge) // 2) // (new - edge)
        place = np.arange(new) * scale
        place = place + (scale // 2 - 512 if self.half_pixel else 0)
        lower = np.maximum(np.trunc(place / 1024), 0).astype("int32")
        upper = np.minimum(np.trunc((place + 1023) / 1024), old - 1).astype("int32")
        return lower, upper, ((place - 1024 * lower) / 1024).astype("float32")

    def call(self, x):
        for axis, new in zip((1, 2), self.size, strict=True):
            lower, upper, weight = self.places(x.shape[axis], new)
            weight = weight.reshape([-1] + [1] * (3 - axis))
            weight = ops.convert_to_tensor(weight, x.dtype)
            below, above = ops.take(x, lower, axis), ops.take(x, upper, axis)
            x = below * (1 - weight) + above * weight
        return x

    def get_config(self):
        own = {"size": self.size, "align_corners": self.align_corners}
        return {**super().get_config(), **own, "half_pixel": self.half_pixel}
