"""LSTMs (kernels/lstm.cc, unidirectional_sequence_lstm.cc, bidirectional_sequence_lstm.cc)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.weights.operands import BASIC_LSTM, GATES
from rebuild.translate.context import Context, Stepped, number
from rebuild.translate.expression import Call, Expression, Operand, helpers, layers
from rebuild.translate.ops.recurrent import (
    Named,
    Sequences,
    activation,
    auxiliary,
    both_ways,
    check_ways,
    over_time,
    step_shape,
)
from rebuild.translate.registry import TranslationError, op


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of an LSTM; `prefix` is what its operands' names begin with.

    `width` numbers come in at each step, and `other` from an auxiliary input with its own weights.
    """

    named: Named
    prefix: str
    width: int
    other: int = 0

    def has(self, name: str) -> bool:
        """Whether an operand of this direction is there."""
        return self.named.has(self.prefix + name)

    def take(self, name: str, *shape: int) -> Operand:
        """An operand of this direction that must be there, in this shape."""
        return self.named.take(self.prefix + name, *shape)

    def size(self, name: str, axis: int) -> int:
        """How long an operand of this direction is along an axis."""
        found = self.named.given.get(self.prefix + name)
        return found.shape[axis] if found and found.rank > axis else 0

    @property
    def units(self) -> int:
        """The number of cells."""
        return self.size("input_to_output_weights", 0)

    @property
    def outputs(self) -> int:
        """How many numbers come out at each step: units, or less behind a projection."""
        matrix = not self.is_diagonal("output")
        return self.size("recurrent_to_output_weights", int(matrix))

    @property
    def gates(self) -> tuple[str, ...]:
        """The gates that have weights: all four, or three where input and forget are coupled."""
        whole = self.has("input_to_input_weights") or self.has("recurrent_to_input_weights")
        return GATES if whole else GATES[1:]

    def is_diagonal(self, gate: str) -> bool:
        """Whether a gate's recurrent weights are a vector; one kernel alone takes these."""
        name = f"{self.prefix}recurrent_to_{gate}_weights"
        found = self.named.given.get(name)
        may = self.named.cx.operator.name == "UNIDIRECTIONAL_SEQUENCE_LSTM"
        return may and found is not None and found.rank == 1

    def weights(self) -> list[Operand]:
        """All weights, in the shapes that the kernel checks."""
        units, outputs = self.units, self.outputs
        found = [self.take(f"input_to_{gate}_weights", units, self.width) for gate in self.gates]
        for gate in self.gates:
            shape = (units,) if self.is_diagonal(gate) else (units, outputs)
            found.append(self.take(f"recurrent_to_{gate}_weights", *shape))
        found += [self.take(f"{gate}_gate_bias", units) for gate in self.gates]
        if self.other:
            names = [f"aux_input_to_{gate}_weights" for gate in self.gates]
            found += [self.take(name, units, self.other) for name in names]
        found += [self.take(name, units) for name in self.features()]
        return found + list(self.projection())

    def features(self) -> Iterator[str]:
        """The names of the vectors that peepholes and normalised gates have."""
        peepholes = [f"cell_to_{gate}_weights" for gate in self.gates if gate != "cell"]
        norms = [f"{gate}_layer_norm_coefficients" for gate in self.gates]
        if self.has_peepholes:
            yield from peepholes
        if self.is_normalized:
            yield from norms

    @property
    def has_peepholes(self) -> bool:
        """Whether the gates see the cell."""
        return any(self.has(f"cell_to_{gate}_weights") for gate in GATES)

    @property
    def is_normalized(self) -> bool:
        """Whether what a gate adds up is normalised."""
        return self.has("forget_layer_norm_coefficients")

    def projection(self) -> Iterator[Operand]:
        """The weights of a projection, where there is one."""
        if self.has("projection_weights"):
            yield self.take("projection_weights", self.outputs, self.units)
            if self.has("projection_bias"):
                yield self.take("projection_bias", self.outputs)
        elif self.has("projection_bias") or self.outputs != self.units:
            raise TranslationError(
                f"it gives {self.outputs} numbers of {self.units} cells, without a projection"
            )

    def options(self) -> dict[str, Any]:
        """The keywords of `LSTMCell` for what Keras' own cell lacks."""
        diagonal = tuple(gate for gate in self.gates if self.is_diagonal(gate))
        projection = self.outputs if self.has("projection_weights") else None
        found = {
            "coupled": len(self.gates) < len(GATES),
            "peepholes": self.has_peepholes,
            "normalized": self.is_normalized,
            "diagonal": diagonal,
            "projection": projection,
            "projection_bias": self.has("projection_bias"),
            "auxiliary": self.other,
        }
        return {name: value for name, value in found.items() if value}


def clips(way: Way, cell_clip: float, proj_clip: float) -> dict[str, float]:
    """The keywords of `LSTMCell` for limits; 0 is none, and only a projection has the second."""
    if not (cell_clip >= 0 and proj_clip >= 0):
        raise TranslationError(f"its clips are {cell_clip} and {proj_clip}; none may be negative")
    found = {"cell_clip": cell_clip}
    if way.has("projection_weights"):
        found["projection_clip"] = proj_clip
    return {name: number(np.float32(value)) for name, value in found.items() if value}


def check_activation(fused: str) -> None:
    """Raise where the kernel has none: it then reads what other steps left in its memory."""
    if fused == "NONE":
        raise TranslationError(
            "it has no activation, and its kernel then gives what was in its memory before"
        )


@op("LSTM")
def lstm(
    cx: Context,
    x: Operand,
    *operands: Operand | None,
    fused_activation_function: str = "NONE",
    kernel_type: str = "FULL",
    cell_clip: float = 0.0,
    proj_clip: float = 0.0,
) -> Expression | Stepped:
    """A step for x [batch, I]; the states are what the last call left."""
    if kernel_type == "BASIC":
        return basic_lstm(cx, x, Named(cx, (x, *operands), len(BASIC_LSTM)))
    named = Named(cx, (x, *operands), 20, 24)
    check_activation(fused_activation_function)
    batch, width = step_shape(x)
    way = Way(named, "", width)
    weights = way.weights()
    options = way.options() | clips(way, cell_clip, proj_clip)
    states = lstm_states(way, ("output_state", "cell_state"), batch)
    cell = helpers.LSTMCell if options else layers.LSTMCell
    made = cell(way.units, **activation(cx, fused_activation_function), **options)
    named.keep("output_state")
    return Stepped(cx.layer(made, *weights)(x, states)[1], (states[1],))


def lstm_states(way: Way, names: tuple[str, str], batch: int) -> list[Operand]:
    """The output and the cells that the last call left."""
    output, cell = names
    state = way.named.state
    return [
        state(way.prefix + output, batch, way.outputs),
        state(way.prefix + cell, batch, way.units),
    ]


def basic_lstm(cx: Context, x: Operand, named: Named) -> Expression:
    """The kernel of old files: weights [4U, I+U] in one, all activations fixed, four outputs.

    The states are variable tensors, or whatever else computes them.
    """
    batch, width = step_shape(x)
    before = named.given.get("prev_activation")
    units = before.shape[1] if before and before.rank == 2 else 0
    weights = [
        named.take("weights", 4 * units, width + units),
        named.take("biases", 4 * units),
    ]
    states = [named.take(name, batch, units) for name in ("prev_activation", "prev_state")]
    for output, name in enumerate(("prev_activation", "prev_state")):
        if named.given[name].is_static:
            raise TranslationError(f"its {name} is a constant, and its kernel writes into it")
        if named.variable(name):
            named.keep(name, output)
    return cx.layer(helpers.BasicLSTMCell(units), *weights)(x, states)


@op("UNIDIRECTIONAL_SEQUENCE_LSTM")
def unidirectional_sequence_lstm(
    cx: Context,
    x: Operand,
    *operands: Operand | None,
    time_major: bool = False,
    fused_activation_function: str = "NONE",
    cell_clip: float = 0.0,
    proj_clip: float = 0.0,
) -> Expression | Stepped:
    """All steps of x, from the states that the last call left."""
    check_activation(fused_activation_function)
    sequences = Sequences(x, time_major)
    way = Way(Named(cx, (x, *operands), 20, 24), "", sequences.width)
    weights = way.weights()
    options = way.options() | clips(way, cell_clip, proj_clip)
    states = lstm_states(way, ("output_state", "cell_state"), sequences.batch)
    layer = lstm_layer(cx, way.units, activation(cx, fused_activation_function), options)
    return sequences.run(cx, layer, weights, states)


@op("BIDIRECTIONAL_SEQUENCE_LSTM")
def bidirectional_sequence_lstm(
    cx: Context,
    x: Operand,
    *operands: Operand | None,
    time_major: bool = False,
    merge_outputs: bool = False,
    fused_activation_function: str = "NONE",
    cell_clip: float = 0.0,
    proj_clip: float = 0.0,
) -> Expression | Stepped:
    """Two LSTMs over x, the second from its end; `merge_outputs` puts outputs side by side."""
    check_activation(fused_activation_function)
    check_ways(cx, merge_outputs)
    named, sequences = Named(cx, (x, *operands), 48), Sequences(x, time_major)
    if merge_outputs and not time_major and sequences.batch > 1:
        raise TranslationError(
            "its kernel reads past its states where merge_outputs meets several sequences, batch "
            "first (lstm_eval.cc), and answers differently from run to run"
        )
    other, columns = auxiliary(named, sequences, named.has("fw_aux_input_to_forget_weights"))
    made: dict[str, Call] = {}
    weights, states = [], []
    for prefix in ("fw_", "bw_"):
        way = Way(named, prefix, sequences.width, columns[prefix].get("auxiliary", 0))
        weights += way.weights()
        options = columns[prefix] | way.options() | clips(way, cell_clip, proj_clip)
        made[prefix] = lstm_layer(cx, way.units, activation(cx, fused_activation_function), options)
        states += lstm_states(way, ("activation_state", "cell_state"), sequences.batch)
    return sequences.run(cx, both_ways(made, [way.units], merge_outputs), weights, states, other)


def lstm_layer(cx: Context, units: int, own: Mapping[str, str], options: Mapping[str, Any]) -> Call:
    """The layer of one direction: Keras' own where it has all that is wanted."""
    if options:
        return over_time(cx, layers.RNN, helpers.LSTMCell(units, **own, **options))
    return over_time(cx, layers.LSTM, units, **own)
