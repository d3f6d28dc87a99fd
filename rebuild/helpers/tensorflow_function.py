"""TensorFlow's own functions in a Keras model, for what Keras lacks."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class TensorFlow(layers.Layer):
    """`tf.<function>` of the tensors that it is called with, and of `options`."""

    def __init__(self, function, name=None, trainable=True, **options):
        super().__init__(name=name, trainable=trainable, autocast=False)
        self.function = function
        self.options = options

    def call(self, *args, **kwargs):
        function = tf
        for name in self.function.split("."):
            function = getattr(function, name)
        found = function(*args, **kwargs, **self.options)
        return tuple(found) if isinstance(found, (list, tuple)) else found

    def get_config(self):
        own = {"name": self.name, "trainable": self.trainable}
        return {**own, "function": self.function, **self.options}
