"""RNNs (kernels/basic_rnn.cc, unidirectional_sequence_rnn.cc, bidirectional_sequence_rnn.cc).

Here is also what recurrent operators share: operands by name, the states that live between calls,
layers over time and in both directions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspector.weights.operands import operand_name
from rebuild.translate.context import Context, Stepped
from rebuild.translate.expression import Call, Expression, Operand, helpers, layers, ops
from rebuild.translate.registry import TranslationError, op


class Named:
    """The operands of a recurrent operator by the names that its kernel gives them.

    `counts` are how many the kernel takes, those left out included.
    """

    def __init__(self, cx: Context, operands: Sequence[Operand | None], *counts: int) -> None:
        if len(operands) not in counts:
            wanted = " or ".join(map(str, counts))
            raise TranslationError(f"it has {len(operands)} inputs, and its kernel wants {wanted}")
        self.cx = cx
        self.given = {
            operand_name(cx.operator, place): operand
            for place, operand in enumerate(operands)
            if operand is not None
        }

    def has(self, name: str) -> bool:
        """Whether an operand is there."""
        return name in self.given

    def take(self, name: str, *shape: int) -> Operand:
        """An operand that must be there, in this shape."""
        if name not in self.given:
            raise TranslationError(f"it has no {name}, and its kernel needs it")
        found = self.given[name]
        if found.shape != shape:
            raise TranslationError(
                f"its {name} has shape {list(found.shape)}; its kernel wants {list(shape)}"
            )
        return found

    def state(self, name: str, *shape: int) -> Operand:
        """What a variable tensor holds when the operator runs, [batch, units]."""
        found = self.take(name, *shape)
        if not self.variable(name):
            raise TranslationError(f"its {name} is no variable tensor, and its kernel wants one")
        return found

    def variable(self, name: str) -> bool:
        """Whether an operand is a variable tensor, which lives from one call to the next."""
        return self.cx.around.subgraph.tensors[self.tensor(name)].is_variable

    def tensor(self, name: str) -> int:
        """The tensor of an operand that is there."""
        inputs = self.cx.operator.inputs
        return next(t for k, t in enumerate(inputs) if operand_name(self.cx.operator, k) == name)

    def keep(self, name: str, output: int = 0) -> None:
        """Note that a state is from now on what one of the operator's outputs is."""
        value = self.cx.outputs[output]
        self.cx.around.memory.assign(self.tensor(name), value, self.cx.operator.index)


@dataclass(frozen=True, slots=True)
class Sequences:
    """What a recurrent operator runs over: [batch, time, inputs], or [time, batch, inputs]."""

    x: Operand
    time_major: bool = False

    def __post_init__(self) -> None:
        if self.x.rank != 3:
            raise TranslationError(
                f"its input has shape {list(self.x.shape)}; its kernel wants three axes"
            )

    @property
    def batch(self) -> int:
        """How many sequences there are."""
        return self.x.shape[int(self.time_major)]

    @property
    def width(self) -> int:
        """How many numbers come in at each step."""
        return self.x.shape[2]

    def run(
        self,
        cx: Context,
        layer: Call,
        weights: Sequence[Operand],
        states: Sequence[Operand],
        other: Operand | None = None,
    ) -> Expression | Stepped:
        """A layer over the sequences, from its states on; with those of `other` beside them.

        Where the batch is free, each sequence begins at zero instead, and no state is kept.
        """
        x = self.x if other is None else ops.concatenate([self.x, other], axis=-1)
        made = cx.layer(helpers.TimeMajor(layer) if self.time_major else layer, *weights)
        if cx.starts_anew:
            return made(x)
        first = states[0] if len(states) == 1 else list(states)
        return Stepped(made(x, initial_state=first), tuple(states))


def step_shape(x: Operand) -> tuple[int, int]:
    """The batch and the width of what comes in at a single step."""
    if x.rank != 2:
        raise TranslationError(f"its input has shape {list(x.shape)}; its kernel wants two axes")
    return x.shape[0], x.shape[1]


def over_time(cx: Context, layer: Any, *arguments: Any, **keywords: Any) -> Call:
    """The making of a recurrent layer that gives the output of each step, and its states."""
    kept = {} if cx.starts_anew else {"return_state": True}
    found: Call = layer(*arguments, **keywords, return_sequences=True, **kept)
    return found


def both_ways(ways: Mapping[str, Call], units: Sequence[int], merge_outputs: bool) -> Call:
    """Two layers as one that runs over sequences in both directions; alike, one says both."""
    forward, backward = ways.values()
    wrapper = layers.Bidirectional if len(set(units)) == 1 else helpers.BothWays
    keywords: dict[str, Any] = {} if merge_outputs else {"merge_mode": None}
    if repr(forward) != repr(backward):
        named = {"go_backwards": True, "name": "backward"}
        second = Call(backward.function, backward.arguments, backward.keywords | named)
        keywords["backward_layer"] = second
    return wrapper(forward, **keywords)


def check_ways(cx: Context, merge_outputs: bool) -> None:
    """Refuse a bidirectional operator that has not an output for each way, or one for both."""
    wanted = 1 if merge_outputs else 2
    if len(cx.outputs) != wanted:
        raise TranslationError(
            f"it has {len(cx.outputs)} outputs, and by its merge_outputs its kernel has {wanted}"
        )


def auxiliary(
    named: Named, sequences: Sequences, weighted: bool, ignored: bool = False
) -> tuple[Operand | None, dict[str, dict[str, Any]]]:
    """The second input of a bidirectional operator, and what the cell of each way reads of both.

    With weights of its own it is read by both ways, beside the input; without, by the second alone.
    """
    if ignored or not named.has("aux_input"):
        if weighted:
            raise TranslationError("it has weights for an aux_input, and none is given")
        return None, {"fw_": {}, "bw_": {}}
    width = named.given["aux_input"].shape[-1] if weighted else sequences.width
    other = named.take("aux_input", *sequences.x.shape[:2], width)
    if weighted:
        return other, {way: {"auxiliary": width} for way in ("fw_", "bw_")}
    return other, {"fw_": {"columns": (0, width)}, "bw_": {"columns": (width, 2 * width)}}


def activation(cx: Context, fused: str) -> dict[str, str]:
    """The keyword of a recurrent layer for its fused activation, where it is not Keras' tanh."""
    name = cx.activation(fused) or "linear"
    return {} if name == "tanh" else {"activation": name}


@op("RNN")
def rnn(
    cx: Context, x: Operand, *operands: Operand | None, fused_activation_function: str = "NONE"
) -> Expression:
    """A step for x [batch, I]; the output is the next call's hidden state."""
    named = Named(cx, (x, *operands), 5)
    batch, width = step_shape(x)
    units, weights = rnn_weights(named, "", width)
    hidden = named.state("hidden_state", batch, units)
    cell = layers.SimpleRNNCell(units, **activation(cx, fused_activation_function))
    named.keep("hidden_state")
    return cx.layer(cell, *weights)(x, hidden)[0]


@op("UNIDIRECTIONAL_SEQUENCE_RNN")
def unidirectional_sequence_rnn(
    cx: Context,
    x: Operand,
    *operands: Operand | None,
    time_major: bool = False,
    fused_activation_function: str = "NONE",
) -> Expression | Stepped:
    """All steps of x, from the hidden state that the last call left."""
    named, sequences = Named(cx, (x, *operands), 5), Sequences(x, time_major)
    units, weights = rnn_weights(named, "", sequences.width)
    hidden = named.state("hidden_state", sequences.batch, units)
    layer = over_time(cx, layers.SimpleRNN, units, **activation(cx, fused_activation_function))
    return sequences.run(cx, layer, weights, [hidden])


@op("BIDIRECTIONAL_SEQUENCE_RNN")
def bidirectional_sequence_rnn(
    cx: Context,
    x: Operand,
    *operands: Operand | None,
    time_major: bool = False,
    merge_outputs: bool = False,
    fused_activation_function: str = "NONE",
) -> Expression | Stepped:
    """Two RNNs over x, the second from its end; `merge_outputs` puts their outputs side by side.

    An aux_input without weights is what the second runs over where time comes first; else its
    kernel takes x for both (`EvalFloat`).
    """
    check_ways(cx, merge_outputs)
    named, sequences = Named(cx, (x, *operands), 12), Sequences(x, time_major)
    weighted = named.has("fw_aux_weights")
    other, columns = auxiliary(named, sequences, weighted, ignored=not weighted and not time_major)
    if time_major and other and other.shape[2] != sequences.width:
        raise TranslationError(
            f"its aux_input is {other.shape[2]} wide and its input {sequences.width}: where "
            "time_major is set, its kernel then reads the wrong numbers"
        )
    made: dict[str, Call] = {}
    weights, states, sizes = [], [], []
    for way in ("fw_", "bw_"):
        units, own = rnn_weights(named, way, sequences.width)
        if other and "auxiliary" in columns[way]:
            own.append(named.take(f"{way}aux_weights", units, other.shape[2]))
        options = {**activation(cx, fused_activation_function), **columns[way]}
        made[way] = rnn_layer(cx, units, options, special=other is not None)
        weights += own
        sizes.append(units)
        states.append(named.state(f"{way}hidden_state", sequences.batch, units))
    return sequences.run(cx, both_ways(made, sizes, merge_outputs), weights, states, other)


def rnn_weights(named: Named, way: str, width: int) -> tuple[int, list[Operand]]:
    """How many units one direction has, and its weights: kernel [U, I], recurrent [U, U], bias."""
    weights = named.given.get(f"{way}weights")
    units = weights.shape[0] if weights and weights.rank else 0
    shapes = {"weights": (units, width), "recurrent_weights": (units, units), "bias": (units,)}
    return units, [named.take(f"{way}{name}", *shape) for name, shape in shapes.items()]


def rnn_layer(cx: Context, units: int, options: dict[str, Any], special: bool) -> Call:
    """The layer of one direction; Keras' own has no second input."""
    if special:
        return over_time(cx, layers.RNN, helpers.RNNCell(units, **options))
    return over_time(cx, layers.SimpleRNN, units, **options)
