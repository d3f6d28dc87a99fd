"""Texts that the model file stores and gives as they are; no weight holds text."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class Texts(layers.Layer):
    """Stored texts, whatever the argument; as many of them as `shape` says."""

    def __init__(self, texts, shape, **kwargs):
        super().__init__(**kwargs)
        self.texts = list(texts)
        self.shape = tuple(shape)

    def call(self, _):
        return tf.constant(self.texts, tf.string, self.shape)

    def get_config(self):
        return {**super().get_config(), "texts": self.texts, "shape": self.shape}
