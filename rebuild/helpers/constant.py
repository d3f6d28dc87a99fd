"""A tensor that the model file stores and an operator other than a layer uses."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Constant(layers.Layer):
    """A stored tensor, as a weight; the argument only says where it is wanted."""

    def __init__(self, value_shape, variable="value", dtype="float32", **kwargs):
        super().__init__(**kwargs)
        self.value_shape = tuple(value_shape)
        self.variable = variable
        self.value_dtype = dtype  # Keras takes int8 for a way to quantise a layer

    def build(self, _):
        self.value = self.add_weight(
            shape=self.value_shape,
            dtype=self.value_dtype,
            initializer="zeros",
            trainable="float" in self.value_dtype,
            name=self.variable,
        )

    def call(self, _):
        return ops.convert_to_tensor(self.value)

    def get_config(self):
        own = {"value_shape": self.value_shape, "variable": self.variable}
        return {**super().get_config(), **own, "dtype": self.value_dtype}
