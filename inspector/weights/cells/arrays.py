"""The weights of a recurrent layer that was written out, gathered from the constants of its steps.

They have the layouts of `keras.layers.LSTM`, `GRU` and `SimpleRNN`, and of `torch.nn`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from inspector.read.model import Subgraph
from inspector.weights.cells.forms import Cell, Gate
from inspector.weights.cells.linear import Part
from inspector.weights.recurrent import Stacking
from inspector.weights.rules import Piece, Rule


class Gathered(NamedTuple):
    """An array of a layer, and the constants that it takes values from, as the rule counts them."""

    rule: Rule
    parts: tuple[Part, ...]


def arrays(part: Subgraph, cell: Cell, stacking: Stacking) -> Iterator[Gathered]:
    """The arrays of a cell whose constants are in a subgraph, in the order of Keras' variables.

    There is none where the framework has no such layer.
    """
    if cell.kind == "GRU" and not cell.reset_after and not stacking.resets_before:
        return
    gates = [cell.gates[place] for place in stacking.gru] if cell.kind == "GRU" else cell.gates
    for role, matrices in (
        ("input", [gate.kernel for gate in gates]),
        ("recurrent", [gate.recurrent for gate in gates]),
    ):
        pieces, parts = matrix(part, matrices, stacking)
        yield Gathered(Rule(stacking.variables[role], pieces, stacking.axis), parts)
    if cell.has_bias:
        yield from biases(part, cell, gates, stacking)


def biases(
    part: Subgraph, cell: Cell, gates: Sequence[Gate], stacking: Stacking
) -> Iterator[Gathered]:
    """One array of biases or two, as the framework has them."""
    ours = list(chain.from_iterable(gate.biases for gate in gates))
    theirs = list(chain.from_iterable(gate.recurrent_biases for gate in gates))
    name, second = stacking.variables["bias"], stacking.variables.get("second_bias")
    if second is None:
        pieces, parts = vector(part, ours + theirs)
        shape = (2, len(gates) * cell.units) if theirs else ()
        yield Gathered(Rule(name, pieces, shape=shape), parts)
        return
    pieces, parts = vector(part, ours)
    yield Gathered(Rule(name, pieces), parts)
    if theirs:
        pieces, parts = vector(part, theirs)
        yield Gathered(Rule(second, pieces), parts)
    else:
        note = f"zeros: {stacking.framework} adds two biases, and the file has one"
        yield Gathered(Rule(second, pieces, zeros=True, note=note), parts)


def matrix(
    part: Subgraph, matrices: Sequence[Part], stacking: Stacking
) -> tuple[tuple[Piece, ...], tuple[Part, ...]]:
    """The pieces of matrices [units, inputs] as the framework stacks them, and their constants."""
    whole, constants = joined(matrices)
    pieces = []
    for each in whole:
        full = part.tensors[each.tensor].shape == (each.rows[1], each.columns[1])
        is_whole = full and not each.rows[0] and not each.columns[0]
        region = () if is_whole else (each.rows, each.columns)
        place = place_of(each, constants)
        pieces.append(Piece(place, region=region, permutation=stacking.permutation))
    return tuple(pieces), constants


def vector(part: Subgraph, vectors: Sequence[Part]) -> tuple[tuple[Piece, ...], tuple[Part, ...]]:
    """The pieces of vectors, one behind the other, and their constants."""
    whole, constants = joined(vectors)
    pieces = []
    for each in whole:
        *others, size = part.tensors[each.tensor].shape
        region = () if each.rows == (0, size) else (each.rows,)
        pieces.append(
            Piece(place_of(each, constants), view=(size,) if others else (), region=region)
        )
    return tuple(pieces), constants


def joined(parts: Sequence[Part]) -> tuple[list[Part], tuple[Part, ...]]:
    """The parts, those that follow each other in the file as one, and one part of each constant."""
    found: list[Part] = []
    for each in parts:
        last = found[-1] if found else None
        if last and follows(last, each):
            found[-1] = last._replace(rows=(last.rows[0], each.rows[1]))
        else:
            found.append(each)
    firsts: dict[int, Part] = {}
    for each in found:
        firsts.setdefault(each.tensor, each)
    return found, tuple(firsts.values())


def follows(one: Part, other: Part) -> bool:
    """Whether a part begins in a constant where another ends."""
    return (one.tensor, one.columns, one.rows[1]) == (other.tensor, other.columns, other.rows[0])


def place_of(part: Part, constants: Sequence[Part]) -> int:
    """The number of a part's constant among those of an array."""
    return [each.tensor for each in constants].index(part.tensor)
