"""LSTM and RNN: a matrix for each gate in the file, one for all gates in a framework's layer.

Both frameworks stack the gates as i, f, c, o: Keras along the last axis of [I, 4U], PyTorch along
the first of [4U, I]. Sources: `kernels/lstm.cc`, `basic_rnn.cc`, `unidirectional_sequence_rnn.cc`,
`bidirectional_sequence_lstm.cc`; `keras.layers.LSTM`; `torch.nn.LSTM`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from inspector.weights.operands import GATES
from inspector.weights.rules import Axes, Piece, Rule, whole

LSTMS = {"LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM"}
RNNS = {"RNN", "UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_RNN"}
RECURRENT = LSTMS | RNNS
BASIC_ORDER = (0, 2, 1, 3)
"""Where i, f, c, o stand in the one matrix of the basic kernel, which has i, c, f, o."""

WAYS = ("fw_", "bw_")
"""What the operands' names begin with in an operator that runs in two directions."""

FEATURES = {
    "cell_to_": "peephole connections",
    "layer_norm": "layer normalisation",
    "aux_": "an auxiliary input",
    "projection_bias": "a bias after the projection",
    "projection_weights": "a projection",
}
"""What a layer has that has an operand with these words in its name."""


@dataclass(frozen=True, slots=True)
class Stacking:
    """How a framework keeps the weights of a recurrent layer.

    `permutation` and `axis` are those of a matrix [U, I] among those of the other gates;
    `variables` names the roles `input`, `recurrent` and `bias`, and those of others that it has
    (`second_bias`, which is zero, `projection`); `ways` are the variables' names in the two
    directions. `gru` are the places of a GRU's gates among z, r, h; `resets_before` says whether
    there is one that resets the state before its product.
    """

    framework: str
    permutation: Axes
    axis: int
    variables: Mapping[str, str]
    ways: Mapping[str, str] = field(default_factory=dict)
    gru: Axes = (0, 1, 2)
    resets_before: bool = True

    def variable(self, role: str, way: str) -> str:
        """The name of a role's variable in the direction of the operands with the prefix `way`."""
        return self.ways.get(way, "{}").format(self.variables[role])

    def single(self, name: str, operand: int, reason: str) -> Rule:
        """The rule of an operand that stays as it is stored, under its own name, and why."""
        way = next((way for way in WAYS if name.startswith(way)), "")
        variable = self.ways.get(way, "{}").format(name.removeprefix(way))
        return replace(whole(variable, operand), note=reason)


class Constants(NamedTuple):
    """The operands of an operator that are constants, by name: their places and their shapes.

    `computed` are the names of the operands that others compute.
    """

    operator: str
    places: Mapping[str, int]
    shapes: Mapping[str, Axes]
    computed: Collection[str]


def recurrent(found: Constants, stacking: Stacking) -> Iterator[Rule]:
    """The rules of the constants of an LSTM or RNN.

    Gates that cannot be stacked (CIFG has no input gate; some may be computed) stay apart, under
    the kernel's names for them and as they are stored, and so does what the framework's layer
    lacks: the note says so.
    """
    if found.operator == "LSTM" and not found.places.keys().isdisjoint(("weights", "biases")):
        yield from basic(found, stacking)
        return
    for way in WAYS if found.operator.startswith("BIDIRECTIONAL") else ("",):
        for role, names in roles(found.operator, way).items():
            yield from stacked(found, stacking, role, way, names)
    yield from extras(found, stacking)


def roles(operator: str, way: str) -> dict[str, list[str]]:
    """The operands of one direction that are one variable, by its role; a single one in an RNN."""
    if operator in RNNS:
        one = {"input": "weights", "recurrent": "recurrent_weights", "bias": "bias"}
        return {role: [way + name] for role, name in one.items()}
    return {
        "input": [f"{way}input_to_{gate}_weights" for gate in GATES],
        "recurrent": [f"{way}recurrent_to_{gate}_weights" for gate in GATES],
        "bias": [f"{way}{gate}_gate_bias" for gate in GATES],
        "projection": [f"{way}projection_weights"],
    }


def stacked(
    found: Constants, stacking: Stacking, role: str, way: str, names: list[str]
) -> Iterator[Rule]:
    """The rule of one variable; of each of its gates where they cannot be stacked."""
    if role not in stacking.variables:
        return
    shapes = [found.shapes[name] for name in names if name in found.places]
    rank = 1 if role == "bias" else 2
    if len(shapes) < len(names) or len(set(shapes)) > 1 or len(shapes[0]) != rank:
        yield from apart(found, stacking, names)
        return
    order = stacking.permutation if rank == 2 else ()
    pieces = tuple(Piece(found.places[name], permutation=order) for name in names)
    axis = stacking.axis if rank == 2 else 0
    yield from with_second(Rule(stacking.variable(role, way), pieces, axis), stacking, role, way)


def with_second(rule: Rule, stacking: Stacking, role: str, way: str) -> Iterator[Rule]:
    """The rule, and after a bias that of the zeros which stand beside it in PyTorch."""
    yield rule
    if role == "bias" and "second_bias" in stacking.variables:
        note = f"zeros: {stacking.framework} adds two biases, and the file has one"
        second = stacking.variable("second_bias", way)
        yield replace(rule, variable=second, zeros=True, note=note)


def apart(found: Constants, stacking: Stacking, names: list[str]) -> Iterator[Rule]:
    """A rule for each of some gates that cannot be stacked, with the reason."""
    missing = [name for name in names if name not in found.places]
    vectors = not missing and {len(found.shapes[name]) for name in names} == {1}
    if vectors and "recurrent" in names[0]:
        reason = f"the layer of {stacking.framework} lacks recurrent weights that are a vector"
    elif not missing:
        reason = f"the gates have different shapes, and {stacking.framework} stacks them"
    elif missing == names[:1] and missing[0] not in found.computed:  # it is 1 - forget gate then
        reason = f"the layer of {stacking.framework} lacks coupled gates (CIFG)"
    else:
        reason = f"{missing[0]} is not in the file, and {stacking.framework} stacks the gates"
    for name in names:
        if name in found.places:
            yield stacking.single(name, found.places[name], reason)


def extras(found: Constants, stacking: Stacking) -> Iterator[Rule]:
    """The rules of operands that the framework's layer lacks, as they are stored."""
    for name, place in found.places.items():
        feature = next((FEATURES[words] for words in FEATURES if words in name), None)
        has = name.endswith("projection_weights") and "projection" in stacking.variables
        if feature and not has:
            lacked = f"the layer of {stacking.framework} lacks {feature}"
            yield stacking.single(name, place, lacked)


def basic(found: Constants, stacking: Stacking) -> Iterator[Rule]:
    """The rules of the basic LSTM: weights [4U, I+U] of [input, state], biases [4U]."""
    rows, columns = found.shapes.get("weights", (0, 0))
    units = rows // 4
    if "weights" in found.places and units and rows == 4 * units and columns > units:
        inputs = columns - units
        for role, start, end in (("input", 0, inputs), ("recurrent", inputs, columns)):
            pieces = tuple(
                Piece(
                    found.places["weights"],
                    region=((gate * units, (gate + 1) * units), (start, end)),
                    permutation=stacking.permutation,
                )
                for gate in BASIC_ORDER
            )
            yield Rule(stacking.variable(role, ""), pieces, stacking.axis)
    if "biases" in found.places and found.shapes["biases"] == (rows,) and rows == 4 * units > 0:
        pieces = tuple(
            Piece(found.places["biases"], region=((gate * units, (gate + 1) * units),))
            for gate in BASIC_ORDER
        )
        yield from with_second(Rule(stacking.variable("bias", ""), pieces), stacking, "bias", "")
