"""Real numbers for integers (kernels/internal/reference/dequantize.h)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Dequantize(layers.Layer):
    """scale * (x - zero_point), as float32."""

    def __init__(self, scale, zero_point=0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.zero_point = zero_point

    def call(self, x):
        return (ops.cast(x, "float32") - self.zero_point) * self.scale

    def get_config(self):
        own = {"scale": self.scale, "zero_point": self.zero_point}
        return {**super().get_config(), **own}
