"""One step of Keras' recurrent layers in NumPy, as their documentation states it.

Sources: `keras.layers.LSTMCell`, `GRUCell`, `SimpleRNNCell`; Hochreiter and Schmidhuber 1997, Cho
et al. 2014. Kernels are [inputs, gates * units], recurrent kernels [units, gates * units], with the
gates in the order i, f, c, o of an LSTM and z, r, h of a GRU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.weights.cells.forms import Cell

Array = np.ndarray
States = tuple[Array, ...]


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), by a function that does not overflow."""
    return (np.tanh(x / 2) + 1) / 2


def elu(x: Array) -> Array:
    """x where positive, else exp(x) - 1."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "elu": elu,
    "hard_sigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
}


@dataclass(frozen=True, slots=True)
class Step:
    """A cell and its weights; the bias is 0 without one, [2, 3 * units] where a GRU has two."""

    cell: Cell
    kernel: Array
    recurrent: Array
    bias: Array

    def run(self, x: Array, states: Sequence[Array]) -> tuple[Array, States]:
        """All outputs [batch, time, units] on x [batch, time, inputs], and the last states."""
        step = {"LSTM": self.lstm, "GRU": self.gru, "SimpleRNN": self.simple_rnn}[self.cell.kind]
        outputs, now = [], tuple(states)
        for time in range(x.shape[1]):
            now = step(x[:, time], now)
            outputs.append(now[0])
        return np.stack(outputs, axis=1), now

    def activation(self, x: Array) -> Array:
        """The activation of the output."""
        return ACTIVATIONS[self.cell.activation](x)

    def gate(self, x: Array) -> Array:
        """The activation of the gates."""
        return ACTIVATIONS[self.cell.recurrent_activation](x)

    def simple_rnn(self, x: Array, states: States) -> States:
        """h' = activation(x K + b + h R)."""
        (h,) = states
        return (self.activation(x @ self.kernel + self.bias + h @ self.recurrent),)

    def lstm(self, x: Array, states: States) -> States:
        """c' = f c + i activation(g); h' = o activation(c')."""
        h, c = states
        i, f, g, o = np.split(x @ self.kernel + h @ self.recurrent + self.bias, 4, axis=1)
        c = self.gate(f) * c + self.gate(i) * self.activation(g)
        return self.gate(o) * self.activation(c), c

    def gru(self, x: Array, states: States) -> States:
        """h' = z h + (1 - z) activation(n), reset before or after the product with the state."""
        (h,) = states
        units = self.cell.units
        ours, theirs = self.bias if self.bias.ndim == 2 else (self.bias, np.zeros(1))
        x_z, x_r, x_n = np.split(x @ self.kernel + ours, 3, axis=1)
        if self.cell.reset_after:
            h_z, h_r, h_n = np.split(h @ self.recurrent + theirs, 3, axis=1)
            n = self.gate(x_r + h_r) * h_n
        else:
            h_z, h_r = np.split(h @ self.recurrent[:, : 2 * units], 2, axis=1)
            n = (self.gate(x_r + h_r) * h) @ self.recurrent[:, 2 * units :]
        z = self.gate(x_z + h_z)
        return (z * h + (1 - z) * self.activation(x_n + n),)
