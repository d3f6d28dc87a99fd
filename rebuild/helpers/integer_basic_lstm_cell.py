"""A step of the basic LSTM on integers (optimized_ops.h, LstmCell<4>)."""

import keras
from keras import ops

from rebuild.helpers.basic_lstm_cell import BasicLSTMCell
from rebuild.helpers.integer_gates import IntegerGates


@keras.saving.register_keras_serializable(package="tfli")
class IntegerBasicLSTMCell(IntegerGates, BasicLSTMCell):
    """A BasicLSTMCell that computes as the kernel of 8-bit integers does.

    Inputs and outputs are in steps of 2**-7, cells of 2**-11, sums of 2**-12.
    """

    def __init__(self, units, kernel_scale, bias_scale, **kwargs):
        super().__init__(units, **kwargs)
        self.kernel_scale = kernel_scale
        self.bias_scale = bias_scale

    def build(self, input_shape):
        super().build(input_shape)
        self.make_tables(3)

    def call(self, inputs, states):
        output, cell = states
        sums = self.steps(self.bias, self.bias_scale)
        pairs = (inputs, self.kernel), (output, self.recurrent_kernel)
        for x, kernel in pairs:
            kernel = self.steps(kernel, self.kernel_scale)
            sums = sums + ops.matmul(self.steps(x, 2.0**-7), kernel)
        sums = self.held(self.brought(sums, 4096 * self.bias_scale), 16)
        taken, forget, new, shown = ops.split(sums, 4, axis=-1)
        joined = ops.concatenate([inputs, output], axis=-1)
        sums = ops.concatenate([taken, new, forget, shown], axis=-1)
        taken = self.product(self.sigmoid(taken), self.tanh(new, 3))
        kept = self.product(self.sigmoid(forget), self.steps(cell, 2.0**-11))
        cell = self.held(self.divided(taken, 4) + kept, 16)
        reached = self.tanh(self.held(cell * 2, 16), 3)
        output = self.divided(self.product(self.sigmoid(shown), reached), 8)
        output, cell = self.held(output, 8) * 2.0**-7, cell * 2.0**-11
        found = (output, cell, joined, sums * 2.0**-12)
        return tuple(ops.cast(value, "float32") for value in found)

    def brought(self, x, factor):
        """x * factor as `rescaled` gives it, but halves up (ruy, apply_multiplier)."""
        whole, power = self.multiplied(x, factor)
        return self.through((whole + power // 2) // power, x * factor)

    def product(self, x, y):
        """The upper 16 bits of twice a product, halves up."""
        smooth = x * y / 2.0**15
        return self.through(ops.floor(smooth + 0.5), smooth)

    def get_config(self):
        own = {"kernel_scale": self.kernel_scale, "bias_scale": self.bias_scale}
        return {**super().get_config(), **own}
