"""Sequences whose first axis is time."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class TimeMajor(layers.Wrapper):
    """A recurrent layer, with its states, over sequences [time, batch, inputs]."""

    def call(self, sequences, initial_state=None):
        found = self.layer(ops.swapaxes(sequences, 0, 1), initial_state=initial_state)
        if not isinstance(found, (list, tuple)):
            return ops.swapaxes(found, 0, 1)
        return tuple(ops.swapaxes(x, 0, 1) if len(x.shape) == 3 else x for x in found)
