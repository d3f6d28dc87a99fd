"""Loops and unrolled steps as one recurrent layer each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.read.model import Subgraph
from inspector.weights.cells.algebra import Algebra
from inspector.weights.cells.find import recurrent_layers
from inspector.weights.cells.layer import Layer, Role, absorbed
from inspector.weights.names import layer_names
from rebuild.lift.proof import is_proved
from rebuild.translate.expression import Call, Operand, layers, ops
from rebuild.translate.static import Statics, real_value
from rebuild.translate.weights import Filled

if TYPE_CHECKING:
    from rebuild.translate.translator import Translator

SWAPPED = (1, 0, 2)
"""The axes of sequences with time first as those with the batch first, and the reverse."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """The recurrent layers that stand for operators of a subgraph.

    `turned` are the tensors of time-major sequences that the script holds with the batch first:
    only other layers read them, which take them either way.
    """

    layers: tuple[Layer, ...] = ()
    turned: frozenset[int] = frozenset()

    @property
    def within(self) -> dict[int, Layer]:
        """For each operator that a layer stands for, the layer."""
        return {operator: layer for layer in self.layers for operator in layer.operators}


def lifted(subgraph: Subgraph, statics: Statics) -> Lifted:
    """The layers that are proved; those of a called subgraph cannot be run by themselves."""
    if subgraph.index:
        return Lifted()
    found = recurrent_layers(subgraph, layer_names(subgraph), statics.graph)
    algebra = Algebra(subgraph, statics.graph)
    kept = [each for each in found if fits(each, statics) and is_proved(subgraph.model, each)]
    while True:
        readers = Lifted(tuple(kept)).within
        inner = (t for layer in kept for t in layer.tensors(Role.TIME_MAJOR))
        turned = frozenset(t for t in inner if only_layers_read(algebra, t, readers))
        if all(can_turn(layer, turned) for layer in kept):
            return Lifted(tuple(with_shared(algebra, kept)), turned)
        kept = [layer for layer in kept if can_turn(layer, turned)]


def fits(layer: Layer, statics: Statics) -> bool:
    """Whether Keras' layer can begin as this one does: with zeros, or with states it is given."""
    if layer.sequence in statics:
        return False
    known = [tensor in statics for tensor in layer.initial]
    return not any(known) or starts_with_zeros(layer, statics)


def starts_with_zeros(layer: Layer, statics: Statics) -> bool:
    """Whether the states before the first step are zeros."""
    known = all(tensor in statics for tensor in layer.initial)
    return known and not any(np.any(real_value(statics, tensor)) for tensor in layer.initial)


def can_turn(layer: Layer, turned: frozenset[int]) -> bool:
    """Whether sequences that others want with time first can be given so in one expression."""
    return len(layer.outputs) == 1 or turned.issuperset(layer.tensors(Role.TIME_MAJOR))


def with_shared(algebra: Algebra, kept: Sequence[Layer]) -> list[Layer]:
    """The layers, the first with the operators that work for several of them and nobody else."""
    found = list(kept)
    if len(found) > 1:
        every = [operator for layer in found for operator in layer.operators]
        ends = [tensor for layer in found for tensor in (layer.sequence, *layer.initial)]
        shared = set(absorbed(algebra, every, ends)).difference(every)
        found[0] = replace(found[0], operators=tuple(sorted({*found[0].operators, *shared})))
    return found


def only_layers_read(algebra: Algebra, tensor: int, readers: Mapping[int, Layer]) -> bool:
    """Whether a tensor is nothing but the sequences of layers."""
    users = algebra.graph.consumers[tensor]
    taken = [user in readers and readers[user].sequence == tensor for user in users]
    return all(taken) and tensor not in algebra.outputs


def lift(translator: Translator, layer: Layer) -> None:
    """Add the statement of a layer, which is checked with all operators that it stands for."""
    program, statics = translator.program, translator.statics
    operators = translator.subgraph.operators
    translator.also[layer.place] = [
        other
        for other in layer.operators
        if other != layer.place and any(t not in statics for t in operators[other].outputs)
    ]
    targets = targets_of(translator, layer)
    value = called(translator, layer, several=len(targets) > 1)
    turned = translator.lifted.turned
    if layer.tensors(Role.TIME_MAJOR) and targets[0] not in turned:
        value = ops.transpose(value, SWAPPED)
    program.turned |= turned.intersection(targets)
    program.labels |= dict.fromkeys(targets, layer.name)
    translator.state(operators[layer.place], targets, value)
    for tensor in sorted(set(layer.tensors(Role.LAST)).difference(targets)):
        program.aliases[tensor] = targets[int(bool(sequences_of(layer)))]
        translator.computed.add(tensor)


def sequences_of(layer: Layer) -> list[int]:
    """The tensors of all outputs, whichever axis is first."""
    return layer.tensors(Role.SEQUENCES) + layer.tensors(Role.TIME_MAJOR)


def targets_of(translator: Translator, layer: Layer) -> tuple[int, ...]:
    """The tensors that the layer's values are: the output, and the states where they are read.

    What nobody reads is a tensor that the original does not have.
    """
    sequences = sequences_of(layer)
    last, cell = layer.tensors(Role.LAST), layer.tensors(Role.CELL)
    output = sequences[:1] or last[:1] or [unread(translator, layer)]
    if not cell and not (sequences and last):
        return tuple(output)
    hidden = last[not sequences :][:1] or [unread(translator, layer)]
    if len(layer.cell.states) == 1:
        return (*output, *hidden)
    return (*output, *hidden, *(cell[:1] or [unread(translator, layer)]))


def unread(translator: Translator, layer: Layer) -> int:
    """A new tensor for a state that nobody reads."""
    operands = translator.operands
    shape = (operands[layer.sequence].shape[int(layer.time_major)], layer.cell.units)
    operands.append(Operand(len(operands), shape, "float32"))
    return operands[-1].tensor


def called(translator: Translator, layer: Layer, several: bool) -> Call:
    """The layer, made and called on its sequences, from the states that it is given."""
    x: Any = translator.operands[layer.sequence]
    if layer.time_major and layer.sequence not in translator.lifted.turned:
        x = ops.transpose(x, SWAPPED)
    made = making(layer, several)
    weights = tuple(map(Filled.of, translator.weights_of(layer)))
    made = Call(made.function, made.arguments, made.keywords, weights)
    if starts_with_zeros(layer, translator.statics):
        return made(x)
    states = [translator.operands[tensor] for tensor in layer.initial]
    return made(x, initial_state=states[0] if len(states) == 1 else states)


def making(layer: Layer, several: bool) -> Call:
    """The making of the layer, with what differs from Keras' defaults."""
    cell = layer.cell
    options = {
        "activation": (cell.activation, "tanh"),
        "recurrent_activation": (cell.recurrent_activation or "sigmoid", "sigmoid"),
        "use_bias": (cell.has_bias, True),
        "return_sequences": (bool(sequences_of(layer)), False),
        "return_state": (several, False),
        "go_backwards": (layer.backwards, False),
        "reset_after": (cell.reset_after or cell.kind != "GRU", True),
    }
    own = {name: value for name, (value, usual) in options.items() if value != usual}
    made: Call = getattr(layers, cell.kind)(cell.units, **own)
    return made
