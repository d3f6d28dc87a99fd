"""Recurrent layers in both directions, of different sizes."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class BothWays(layers.Bidirectional):
    """`Bidirectional` for two layers of different sizes, where Keras has one size."""

    def compute_output_shape(self, sequences_shape):
        ways = (self.forward_layer, self.backward_layer)
        (y, *state), (back, *state_back) = (
            way.compute_output_shape(sequences_shape) for way in ways
        )
        merged = (*y[:-1], y[-1] + back[-1])
        outputs = [y, back] if self.merge_mode is None else [merged]
        return (*outputs, *state, *state_back)
