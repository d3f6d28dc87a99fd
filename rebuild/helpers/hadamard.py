"""The fast Walsh-Hadamard transform (kernels/hadamard_rotation.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Hadamard(layers.Layer):
    """Each `size` neighbours of the last axis times the orthonormal Hadamard matrix."""

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, x):
        parts, width = x, 1
        while width < self.size:
            parts = ops.reshape(parts, (-1, self.size // (2 * width), 2, width))
            left, right = parts[:, :, 0], parts[:, :, 1]
            parts = ops.stack([left + right, left - right], axis=2)
            width *= 2
        return ops.reshape(parts, ops.shape(x)) / self.size**0.5

    def get_config(self):
        return {**super().get_config(), "size": self.size}
