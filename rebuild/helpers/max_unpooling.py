"""Pooling undone, as MediaPipe's."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class MaxUnpooling2D(layers.Layer):
    """Each value of [N, H, W, C] at its place in a window, which is 0 elsewhere."""

    def __init__(self, pool_size, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.pool_size = tuple(pool_size)

    def call(self, x, places):
        rows, columns = self.pool_size
        _, height, width, channels = x.shape
        places = ops.expand_dims(ops.view(places, "int32"), -1)
        here = ops.equal(places, ops.arange(rows * columns, dtype="int32"))
        x = ops.where(here, ops.expand_dims(x, -1), 0)
        x = ops.reshape(x, (-1, height, width, channels, columns, rows))
        x = ops.transpose(x, (0, 1, 5, 2, 4, 3))
        return ops.reshape(x, (-1, height * rows, width * columns, channels))

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
