"""A step of an RNN on small integers (kernels/internal/kernel_utils.cc)."""

import keras

from rebuild.helpers.quantize_rows import QuantizeRows
from rebuild.helpers.rnn_cell import RNNCell


@keras.saving.register_keras_serializable(package="tfli")
class HybridRNNCell(RNNCell):
    """An RNNCell that rounds the last output as its kernel does.

    Each sequence of the batch is rounded on a grid of its own.
    """

    def __init__(self, units, asymmetric=False, **kwargs):
        super().__init__(units, **kwargs)
        self.rows = QuantizeRows(asymmetric=asymmetric)

    def call(self, inputs, states):
        is_list = isinstance(states, (list, tuple))
        state = states[0] if is_list else states
        return super().call(inputs, [self.rows(state)])

    def get_config(self):
        return {**super().get_config(), "asymmetric": self.rows.asymmetric}
