"""Recurrent layers that are loops: WHILE, whose body is one step.

`keras.layers.RNN` becomes such a loop: a counter, the sequences, the states and an array of the
outputs go round. What the array is filled with is taken on trust here; whoever puts a layer in the
loop's place runs both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inspector.read.records import Operator
from inspector.weights.cells.algebra import Value
from inspector.weights.cells.forms import Cell, cells
from inspector.weights.cells.layer import (
    Layer,
    Role,
    absorbed,
    are_floats,
    has_real_weights,
    is_read,
    only_last,
    sequences,
    traced,
)
from inspector.weights.cells.linear import Sums

READERS = frozenset({"GATHER", "SLICE", "STRIDED_SLICE"})
"""Operators that take one step out of the sequences."""


class Turn(NamedTuple):
    """The body of a loop as a step: its places of the states and of the sequences."""

    body: Sums
    cell: Cell
    states: tuple[int, ...]
    sequence: int


def loops(algebra: Sums) -> Iterator[Layer]:
    """The recurrent layers that are loops of a subgraph."""
    count = len(algebra.subgraph.model.subgraphs)
    for operator in algebra.subgraph.operators:
        if operator.name != "WHILE":
            continue
        body = operator.options.get("body_subgraph_index", 0)
        turn = turn_of(algebra, operator, body) if 0 <= body < count else None
        if turn and (layer := layer_of(algebra, operator, turn)):
            yield layer


def turn_of(algebra: Sums, operator: Operator, index: int) -> Turn | None:
    """The step that a loop's body is, if it is one."""
    graph = algebra.subgraph.model.subgraphs[index]
    ends = (operator.inputs, operator.outputs, graph.inputs, graph.outputs)
    if len({len(end) for end in ends}) > 1 or len(set(graph.inputs)) < len(graph.inputs):
        return None
    body = Sums(graph)
    for place, tensor in enumerate(graph.outputs):
        if len(body.shape(tensor)) != 2:
            continue
        for cell in cells(body, tensor):
            states = places_of(body, cell)
            sequence = read_by(body, cell)
            if not states or states[0] != place or sequence is None:
                continue
            if has_real_weights(body, cell):
                return Turn(body, cell, states, sequence)
    return None


def places_of(body: Sums, cell: Cell) -> tuple[int, ...]:
    """Where the states go round; nothing where they do not."""
    inputs, outputs = body.subgraph.inputs, body.subgraph.outputs
    found = []
    for before, after in zip(cell.states, cell.after, strict=True):
        place = inputs.index(before) if before in inputs else -1
        if place < 0 or body.source(outputs[place]) != after:
            return ()
        found.append(place)
    return tuple(found)


def read_by(body: Sums, cell: Cell) -> int | None:
    """The place of the sequences that a step is taken of: they stay the same, turn by turn."""
    operator = body.operator(Value(cell.x))
    if operator is None or operator.name not in READERS:
        return None
    inputs, tensor = body.subgraph.inputs, operator.inputs[0]
    if tensor not in inputs or len(body.shape(tensor)) != 3:
        return None
    place = inputs.index(tensor)
    return place if body.subgraph.outputs[place] == tensor else None


def layer_of(algebra: Sums, operator: Operator, turn: Turn) -> Layer | None:
    """The layer; None where something is read of the loop that no layer gives."""
    outputs: list[tuple[int, Role]] = []
    core = {operator.index}
    for place, tensor in enumerate(operator.outputs):
        if not is_read(algebra, tensor):
            continue
        found = given(algebra, turn, place, tensor)
        if found is None:
            return None
        outputs += found[0]
        core |= found[1]
    start = traced(algebra, operator.inputs[turn.sequence], time_major=True)
    initial = tuple(operator.inputs[place] for place in turn.states)
    if not outputs or not are_floats(algebra, (start.tensor, *initial)):
        return None
    return Layer(
        algebra.subgraph.index,
        turn.body.subgraph.index,
        (turn.cell,),
        start.tensor,
        start.time_major,
        start.backwards,
        initial,
        tuple(outputs),
        absorbed(algebra, core, (start.tensor, *initial)),
        operator.index,
    )


def given(
    algebra: Sums, turn: Turn, place: int, tensor: int
) -> tuple[list[tuple[int, Role]], set[int]] | None:
    """What of the layer an output of the loop is, and the operators that lead to it."""
    if place in turn.states:
        role = (Role.LAST, Role.CELL)[turn.states.index(place)]
        return [(tensor, role)], set()
    after = turn.body.subgraph.outputs[place]
    is_array = after not in turn.body.subgraph.inputs and len(turn.body.shape(after)) == 3
    if not is_array or turn.body.shape(after)[-1] != turn.cell.units:
        return None
    if turn.body.source(after) == turn.cell.after[0]:
        return only_last(algebra, tensor)
    return sequences(algebra, tensor)
