"""Functions of 8-bit integers (kernels/internal/common.h, LUTPopulate)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class ByteTable(layers.Layer):
    """What a function gives for each of the 256 integers from `least` on."""

    def __init__(self, least, **kwargs):
        super().__init__(**kwargs)
        self.least = least

    def build(self, _):
        self.table = self.add_weight((256,), "zeros", trainable=False, name="table")

    def call(self, x):
        return ops.take(self.table, ops.cast(x - self.least, "int32"))

    def get_config(self):
        return {**super().get_config(), "least": self.least}
