"""Pooling that tells where the largest values were, as MediaPipe's."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class MaxPoolingWithArgmax2D(layers.Layer):
    """The largest value of each window of [N, H, W, C], and its place in the window.

    Places count down the window's columns; a float holds the bits of such an integer.
    `pads` repeat the edge's pixels before and after the height and the width.
    """

    def __init__(self, pool_size, pads=((0, 0), (0, 0)), **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.pads = tuple(map(tuple, pads))

    def call(self, x):
        rows, columns = self.pool_size
        for axis, (before, after) in enumerate(self.pads, start=1):
            if before or after:
                size = x.shape[axis]
                shown = np.clip(np.arange(-before, size + after), 0, size - 1)
                x = ops.take(x, shown, axis=axis)
        height, width, channels = x.shape[1] // rows, x.shape[2] // columns, x.shape[3]
        x = x[:, : height * rows, : width * columns]
        x = ops.reshape(x, (-1, height, rows, width, columns, channels))
        x = ops.transpose(x, (0, 1, 3, 5, 4, 2))
        x = ops.reshape(x, (-1, height, width, channels, rows * columns))
        places = ops.cast(ops.argmax(x, axis=-1), "int32")
        return ops.max(x, axis=-1), ops.view(places, "float32")

    def get_config(self):
        own = {"pool_size": self.pool_size, "pads": self.pads}
        return {**super().get_config(), **own}
