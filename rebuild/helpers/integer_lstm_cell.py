"""A step of an LSTM on integers (kernels/lstm_eval.cc, LstmStepInteger8x8_16)."""

import keras
import numpy as np
from keras import ops

from rebuild.helpers.integer_gates import IntegerGates
from rebuild.helpers.lstm_cell import LSTMCell


@keras.saving.register_keras_serializable(package="tfli")
class IntegerLSTMCell(IntegerGates, LSTMCell):
    """An LSTMCell that computes as the kernel of 8-bit integers does.

    `scales` has those of "input", "output", "cell" and "hidden" (what goes into the
    projection), and for each gate those of "kernel", "recurrent", "peephole", "norm"
    and "sum" (what goes into the normalisation). Sums, gates and cells have 16 bits.
    As in the kernel, only as many cells as there are outputs are seen by the gates.
    """

    def __init__(self, units, scales, zero_point=0, hidden_zero_point=0, **kwargs):
        super().__init__(units, **kwargs)
        self.scales = scales
        self.zero_point = zero_point
        self.hidden_zero_point = hidden_zero_point

    def build(self, input_shape):
        super().build(input_shape)
        power = round(float(np.log2(self.scales["cell"])))
        self.make_tables(3, 15 + power)

    def call(self, inputs, states):
        output, cell = states
        x = self.steps(inputs, self.scales["input"])
        before = self.steps(output, self.scales["output"])
        cell = self.steps(cell, self.scales["cell"])
        power = round(float(np.log2(self.scales["cell"])))
        forget = self.sigmoid(self.sums("forget", x, before, cell))
        if self.coupled:
            taken = 32767 - forget
        else:
            taken = self.sigmoid(self.sums("input", x, before, cell))
        new = self.tanh(self.sums("cell", x, before), 3)
        cell = self.divided(forget * cell, 15) + self.divided(taken * new, 30 + power)
        cell = self.held(cell, 16)
        if self.cell_clip:
            limit = int(min(self.cell_clip / np.float32(self.scales["cell"]), 32767))
            cell = ops.clip(cell, -limit, limit)
        shown = self.sigmoid(self.sums("output", x, before, cell))
        output = self.shown(shown * self.tanh(cell, 15 + power))
        output = ops.cast(output * self.scales["output"], "float32")
        return output, [output, ops.cast(cell * self.scales["cell"], "float32")]

    def sums(self, gate, x, before, cell=None):
        """What goes into the activation of a gate, in steps of 2**-12."""
        step = np.float32(self.scales["sum"][gate] if self.normalized else 2.0**-12)
        total = 0.0
        for value, kind, weights in (
            (x, "kernel", self.kernel),
            (before, "recurrent", self.recurrent_kernel),
        ):
            scale = np.float32(self.scales[kind][gate])
            given = np.float32(self.scales["input" if kind == "kernel" else "output"])
            product = ops.matmul(value, self.steps(self.of_gate(weights, gate), scale))
            if kind == "kernel" and not self.normalized:
                bias = self.of_gate(self.bias, gate)
                product = product + self.steps(bias, float(given) * float(scale))
            total = total + self.rescaled(product, scale * given / step)
            total = self.held(total, 16)
        if self.peepholes and cell is not None:
            scale = np.float32(self.scales["peephole"][gate])
            seen = self.steps(self.peephole[gate], scale) * cell
            seen = seen * (np.arange(self.units) < self.output_size)
            factor = np.float32(self.scales["cell"]) * scale / step
            total = self.held(total + self.rescaled(seen, factor), 16)
        return self.normal(gate, total) if self.normalized else total

    def of_gate(self, weights, gate):
        """The part of stacked weights that belongs to a gate, as [width, units]."""
        if isinstance(weights, dict):
            found = weights[gate]
            return ops.transpose(found) if len(found.shape) == 2 else found
        at = self.gates.index(gate) * self.units
        return weights[..., at : at + self.units]

    def normal(self, gate, total):
        """A sum normalised over the cells, scaled and moved, in steps of 2**-12."""
        scale = np.float32(self.scales["norm"][gate])
        mean, variance = ops.moments(total, axes=-1, keepdims=True)
        weights = self.steps(self.scale[gate], scale)
        bias = self.steps(self.of_gate(self.bias, gate), float(scale) / 1024)
        smooth = (total - mean) / ops.sqrt(variance + 1e-8)
        count = total.shape[-1]
        whole = ops.cast(ops.round(total), "int64")
        sums = ops.sum(whole, axis=-1, keepdims=True) * 1024
        mean = ops.sign(sums) * (ops.absolute(sums) // count)
        squares = ops.sum(whole * whole, axis=-1, keepdims=True)
        variance = (squares * ((1 << 20) // count) - mean * mean) // (1 << 20)
        guard = max(1, int(np.float32(10000) * scale))
        multiplier, shift = self.inverse_root(ops.where(variance < 1, guard, variance))
        rest = self.high(whole * 1024 - mean, multiplier)
        rest = self.through(self.shifted(rest, 2**shift), smooth * 1024)
        found = self.divided(rest * weights + bias, 10)
        return self.held(self.rescaled(found, float(scale) * 4096), 16)

    def inverse_root(self, x):
        """1 / sqrt(x) as a multiplier of 31 bits and a shift to the right.

        Five steps of Newton's method (common.h, GetInvSqrtQuantizedMultiplierExp).
        """
        is_one, shift = x <= 1, ops.full_like(x, 11)
        for _ in range(2):
            large = ops.cast(x >= 1 << 29, "int64")
            x, shift = x // (1 + 3 * large), shift + large
        for _ in range(14):
            small = ops.cast(x < 1 << 27, "int64")
            x, shift = x * (1 + 3 * small), shift - small
        x = x // 2
        half, root = self.shifted(x, 2), ops.full_like(x, 1 << 28)
        for _ in range(5):
            cube = self.high(self.high(root, root), root) * 64
            root = (self.high(root, 3 << 27) - self.high(half, cube)) * 8
        root = self.high(root, 1518500250) * 2 ** ops.maximum(-shift, 0)
        shift = ops.where(is_one, 0, ops.maximum(shift, 0))
        return ops.where(is_one, (1 << 31) - 1, root), shift

    def shown(self, output):
        """The output, in steps: of the cells, or of their projection."""
        hidden, zero = np.float32(self.scales["hidden"]), self.hidden_zero_point
        factor = np.float32(2.0**-15 / float(hidden) * 2.0**-15)
        if not self.projection:
            found = self.held(self.rescaled(output, factor) + zero, 8)
            return found - self.zero_point
        output = self.held(self.rescaled(output, factor) - zero, 8) + zero
        scale, step = self.scales["projection"], self.scales["output"]
        kernel = self.steps(self.projection_kernel, scale)
        found = ops.matmul(output, ops.transpose(kernel))
        if self.projection_bias:
            found = found + self.steps(self.projected_bias, float(hidden) * scale)
        factor = np.float32(scale) * hidden / np.float32(step)
        found = self.held(self.rescaled(found, factor) + self.zero_point, 8)
        if self.projection_clip:
            limit = int(min(self.projection_clip / np.float32(step), 127))
            found = ops.clip(found, -limit, limit)
        return found - self.zero_point

    def get_config(self):
        own = {"scales": self.scales, "zero_point": self.zero_point}
        own["hidden_zero_point"] = self.hidden_zero_point
        return {**super().get_config(), **own}
