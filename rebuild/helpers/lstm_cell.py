"""A step of an LSTM (kernels/lstm_eval.cc, LstmStepFloat)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class LSTMCell(layers.Layer):
    """A step of an LSTM, with what `keras.layers.LSTMCell` lacks where it is asked for.

    `coupled`: the input gate is 1 - the forget gate. `peepholes`: the gates see the
    cell. `normalized`: the sum in each gate is normalised before its bias. `diagonal`:
    gates whose recurrent weights are a vector. `columns`: first and end of the inputs
    that are read; the last `auxiliary` of them have weights of their own.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        coupled=False,
        peepholes=False,
        normalized=False,
        diagonal=(),
        projection=None,
        projection_bias=False,
        cell_clip=None,
        projection_clip=None,
        columns=None,
        auxiliary=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.coupled = coupled
        self.peepholes = peepholes
        self.normalized = normalized
        self.diagonal = tuple(diagonal)
        self.projection = projection
        self.projection_bias = projection_bias
        self.cell_clip = cell_clip
        self.projection_clip = projection_clip
        self.columns = columns and tuple(columns)
        self.auxiliary = auxiliary
        self.gates = ["input", "forget", "cell", "output"][int(coupled) :]
        self.output_size = projection or units
        self.state_size = [self.output_size, units]

    def build(self, input_shape):
        first, end = self.columns or (0, input_shape[-1])
        size, apart = self.output_size, self.coupled
        self.kernel = self.matrix(
            "kernel", "input", end - first - self.auxiliary, apart
        )
        apart = apart or bool(self.diagonal)
        self.recurrent_kernel = self.matrix(
            "recurrent_kernel", "recurrent", size, apart
        )
        if self.coupled:
            self.bias = self.vectors("{}_gate_bias", self.gates)
        else:
            self.bias = self.weight("bias", 4 * self.units)
        if self.auxiliary:
            self.others = self.matrix("", "aux_input", self.auxiliary, True)
        if self.peepholes:
            seeing = [gate for gate in self.gates if gate != "cell"]
            self.peephole = self.vectors("cell_to_{}_weights", seeing)
        if self.normalized:
            self.scale = self.vectors("{}_layer_norm_coefficients", self.gates)
        if self.projection:
            self.projection_kernel = self.weight("projection_weights", size, self.units)
        if self.projection_bias:
            self.projected_bias = self.weight("projection_bias", size)

    def weight(self, name, *shape):
        """A weight."""
        return self.add_weight(shape=shape, name=name)

    def vectors(self, name, gates):
        """A weight of [units] for each gate."""
        return {gate: self.weight(name.format(gate), self.units) for gate in gates}

    def matrix(self, name, source, width, apart):
        """One weight [width, 4 * units]; `apart`, one [units, width] for each gate."""
        if not apart:
            return self.weight(name, width, 4 * self.units)
        columns = {gate: [width] for gate in self.gates}
        if source == "recurrent":
            columns |= {gate: [] for gate in self.diagonal}
        return {
            gate: self.weight(f"{source}_to_{gate}_weights", self.units, *columns[gate])
            for gate in self.gates
        }

    def call(self, inputs, states):
        output, cell = states
        sums = self.sums(inputs, output)
        forget = ops.sigmoid(self.gate("forget", sums, cell))
        if self.coupled:
            taken = 1 - forget
        else:
            taken = ops.sigmoid(self.gate("input", sums, cell))
        cell = forget * cell + taken * self.activation(self.gate("cell", sums))
        if self.cell_clip:
            cell = ops.clip(cell, -self.cell_clip, self.cell_clip)
        output = ops.sigmoid(self.gate("output", sums, cell)) * self.activation(cell)
        if self.projection:
            output = self.project(output)
        return output, [output, cell]

    def sums(self, inputs, output):
        """What the inputs and the last output add up to in each gate."""
        first, end = self.columns or (0, inputs.shape[-1])
        middle = end - self.auxiliary
        whole = middle - first == inputs.shape[-1]
        x = inputs if whole else inputs[:, first:middle]
        terms = [(x, self.kernel), (output, self.recurrent_kernel)]
        if self.auxiliary:
            terms.append((inputs[:, middle:end], self.others))
        total = sum(ops.matmul(x, w) for x, w in terms if not isinstance(w, dict))
        if self.coupled:
            sums = dict.fromkeys(self.gates, 0)
        else:
            total = total if self.normalized else total + self.bias
            sums = dict(zip(self.gates, ops.split(total, 4, axis=-1), strict=True))
        for gate in self.gates:
            apart = [(x, w[gate]) for x, w in terms if isinstance(w, dict)]
            sums[gate] = sum((self.product(x, w) for x, w in apart), sums[gate])
        return sums

    def product(self, x, weight):
        """`x` [batch, width] times a gate's own weights, a matrix or a vector."""
        return (
            ops.matmul(x, ops.transpose(weight))
            if len(weight.shape) == 2
            else x * weight
        )

    def gate(self, name, sums, cell=None):
        """What goes into the activation of a gate, which may see the cell."""
        total = sums[name]
        if self.peepholes and cell is not None:
            total = total + cell * self.peephole[name]
        if self.normalized:
            mean, variance = ops.moments(total, axes=-1, keepdims=True)
            total = (total - mean) / ops.sqrt(variance + 1e-8) * self.scale[name]
        if self.coupled:
            return total + self.bias[name]
        at = self.gates.index(name) * self.units
        return total + self.bias[at : at + self.units] if self.normalized else total

    def project(self, output):
        """The output of fewer units that is given instead of the cells' own."""
        output = ops.matmul(output, ops.transpose(self.projection_kernel))
        if self.projection_bias:
            output = output + self.projected_bias
        if self.projection_clip:
            output = ops.clip(output, -self.projection_clip, self.projection_clip)
        return output

    def get_config(self):
        own = {
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "coupled": self.coupled,
            "peepholes": self.peepholes,
            "normalized": self.normalized,
            "diagonal": self.diagonal,
            "projection": self.projection,
            "projection_bias": self.projection_bias,
            "cell_clip": self.cell_clip,
            "projection_clip": self.projection_clip,
            "columns": self.columns,
            "auxiliary": self.auxiliary,
        }
        return {**super().get_config(), **own}
