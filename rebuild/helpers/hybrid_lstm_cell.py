"""A step of an LSTM on small integers (kernels/lstm_eval.cc, LstmStepHybrid)."""

import keras

from rebuild.helpers.lstm_cell import LSTMCell
from rebuild.helpers.quantize_rows import QuantizeRows


@keras.saving.register_keras_serializable(package="tfli")
class HybridLSTMCell(LSTMCell):
    """An LSTMCell that rounds the last output, and what it projects, as kernels do.

    Each sequence of the batch is rounded on a grid of its own.
    """

    def __init__(self, units, asymmetric=False, **kwargs):
        super().__init__(units, **kwargs)
        self.rows = QuantizeRows(asymmetric=asymmetric)

    def sums(self, inputs, output):
        return super().sums(inputs, self.rows(output))

    def project(self, output):
        return super().project(self.rows(output))

    def get_config(self):
        return {**super().get_config(), "asymmetric": self.rows.asymmetric}
