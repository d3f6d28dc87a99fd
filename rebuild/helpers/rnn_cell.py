"""A step of an RNN with a second input (kernels/internal/kernel_utils.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class RNNCell(layers.Layer):
    """A step of a simple RNN whose inputs are those of two sequences, side by side.

    `columns`: first and end of the inputs that are read; the last `auxiliary` of them
    have weights of their own.
    """

    def __init__(self, units, activation="tanh", columns=None, auxiliary=0, **kwargs):
        super().__init__(**kwargs)
        self.units = self.output_size = self.state_size = units
        self.activation = keras.activations.get(activation)
        self.columns = columns and tuple(columns)
        self.auxiliary = auxiliary

    def build(self, input_shape):
        first, end = self.columns or (0, input_shape[-1])
        units, width = self.units, end - first - self.auxiliary
        self.kernel = self.add_weight(shape=(width, units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(units, units), name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(units,), name="bias")
        if self.auxiliary:
            self.aux_weights = self.add_weight(
                shape=(units, self.auxiliary), name="aux_weights"
            )

    def call(self, inputs, states):
        first, end = self.columns or (0, inputs.shape[-1])
        middle = end - self.auxiliary
        total = ops.matmul(inputs[:, first:middle], self.kernel) + self.bias
        if self.auxiliary:
            others = inputs[:, middle:end]
            total = total + ops.matmul(others, ops.transpose(self.aux_weights))
        output = total + ops.matmul(states[0], self.recurrent_kernel)
        output = self.activation(output)
        return output, [output]

    def get_config(self):
        own = {
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "columns": self.columns,
            "auxiliary": self.auxiliary,
        }
        return {**super().get_config(), **own}
