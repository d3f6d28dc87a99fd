"""A step of TFLite's basic LSTM (kernels/lstm.cc, basic; reference_ops.h, LstmCell)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class BasicLSTMCell(layers.Layer):
    """An LSTM's step with its workings: output, cell, [inputs, output before], sums.

    The sums, [batch, 4 * units], are those in the gates input, cell, forget, output.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        width = 4 * self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], width), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width), name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(width,), name="bias")

    def call(self, inputs, states):
        output, cell = states
        joined = ops.concatenate([inputs, output], axis=-1)
        sums = ops.matmul(inputs, self.kernel) + ops.matmul(
            output, self.recurrent_kernel
        )
        taken, forget, new, shown = ops.split(sums + self.bias, 4, axis=-1)
        sums = ops.concatenate([taken, new, forget, shown], axis=-1)
        cell = ops.sigmoid(forget) * cell + ops.sigmoid(taken) * ops.tanh(new)
        output = ops.sigmoid(shown) * ops.tanh(cell)
        return output, cell, joined, sums

    def get_config(self):
        return {**super().get_config(), "units": self.units}
