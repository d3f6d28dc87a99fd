"""One step of an LSTM, a GRU or a simple RNN, recognised in what computes the new state.

The forms are those of `keras.layers.LSTMCell`, `GRUCell` and `SimpleRNNCell`; with `reset_after`
the GRU is also that of `torch.nn.GRU`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from typing import NamedTuple

from inspector.weights.cells.algebra import Value
from inspector.weights.cells.linear import Linear, Part, Sums, linear


class Gate(NamedTuple):
    """The weights of one gate: two matrices [units, inputs] and [units, units], and biases.

    Those of the input and of the state are added; a GRU that resets after the product keeps them
    apart.
    """

    kernel: Part
    recurrent: Part
    biases: tuple[Part, ...]
    recurrent_biases: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All constants of the gate."""
        return (self.kernel, self.recurrent, *self.biases, *self.recurrent_biases)


@dataclass(frozen=True, slots=True)
class Cell:
    """One step: `x` and the `states` go in, `after` are the new states.

    A new cell that no tensor holds, since the activation is fused into its sum, is -1 there.
    `kind` is the name of Keras' layer. The gates are in its order: i, f, c, o or z, r, h.
    """

    kind: str
    x: int
    states: tuple[int, ...]
    after: tuple[int, ...]
    gates: tuple[Gate, ...]
    activation: str
    recurrent_activation: str = ""
    reset_after: bool = False

    @property
    def units(self) -> int:
        """How many numbers a state has."""
        first, end = self.gates[0].recurrent.rows
        return end - first

    @property
    def parts(self) -> list[Part]:
        """All constants of the cell."""
        return [part for gate in self.gates for part in gate.parts]

    @property
    def form(self) -> tuple[object, ...]:
        """What two steps have in common that are steps of one layer."""
        weights = tuple(
            (*(part.values for part in gate[:2]), *map(values, gate[2:])) for gate in self.gates
        )
        return self.kind, self.activation, self.recurrent_activation, self.reset_after, weights

    @property
    def is_whole(self) -> bool:
        """Whether all gates have matrices of the right sizes, and biases alike."""
        shapes = {(size(g.kernel.rows), size(g.kernel.columns)) for g in self.gates}
        square = all(
            size(g.recurrent.rows) == size(g.recurrent.columns) == self.units for g in self.gates
        )
        counts = {(len(g.biases), len(g.recurrent_biases)) for g in self.gates}
        allowed = {(0, 0), (1, 1)} if self.reset_after else {(0, 0), (1, 0)}
        return square and len(shapes) == len(counts) == 1 and counts <= allowed

    @property
    def has_bias(self) -> bool:
        """Whether the gates have biases."""
        return bool(self.gates[0].biases)


def size(ends: tuple[int, int]) -> int:
    """How many there are from the first to the end."""
    return ends[1] - ends[0]


def values(parts: tuple[Part, ...]) -> tuple[object, ...]:
    """Which numbers some parts hold."""
    return tuple(part.values for part in parts)


def cells(algebra: Sums, tensor: int) -> Iterator[Cell]:
    """The steps that may have computed `tensor`, the new state (the output, of an LSTM).

    Several where input and state could change places.
    """
    hidden = Value(algebra.source(tensor))
    for form in (lstm, gru, simple_rnn):
        for found in form(algebra, hidden):
            if found.is_whole:
                yield found


class Activated(NamedTuple):
    """An activation by Keras' name, and the sum that it is applied to."""

    name: str
    sum: Linear


def activated(algebra: Sums, value: Value) -> Activated | None:
    """A value as the activation of a sum of products; "linear" where there is none."""
    name, inner = algebra.activation(value) or ("linear", value)
    found = linear(algebra, inner)
    return Activated(name, found) if found and found.products else None


def gates_of(
    sums: Iterable[Linear], x: int, state: int, apart: bool = False
) -> tuple[Gate, ...] | None:
    """The gates of some sums; None where one is not of the input and the state alone.

    `apart` keeps the biases of the two sides apart.
    """
    found = []
    for each in sums:
        by = {product.tensor: product.matrix for product in each.products}
        if len(each.products) != 2 or set(by) != {x, state}:
            return None
        biases = told_apart(each, x) if apart else (vectors(each),)
        found.append(Gate(by[x], by[state], *biases))
    return tuple(found)


def vectors(found: Linear) -> tuple[Part, ...]:
    """The biases of a sum."""
    return tuple(bias.vector for bias in found.biases)


def simple_rnn(algebra: Sums, hidden: Value) -> Iterator[Cell]:
    """h' = activation(W x + R h + b)."""
    found = activated(algebra, hidden)
    if found is None or len(set(found.sum.tensors)) != 2:
        return
    for x, state in permutations(found.sum.tensors):
        if gates := gates_of([found.sum], x, state):
            yield Cell("SimpleRNN", x, (state,), (hidden.tensor,), gates, found.name)


def lstm(algebra: Sums, hidden: Value) -> Iterator[Cell]:
    """h' = o * activation(c'); c' = f * c + i * activation(g)."""
    for left, right in algebra.orders(hidden, "MUL"):
        output = activated(algebra, left)
        if output is None or len(set(output.sum.tensors)) != 2:
            continue
        name, cell = algebra.activation(right) or ("linear", right)
        for kept, fresh in algebra.orders(cell, "ADD"):
            after = (hidden.tensor, -1 if cell.bare else algebra.source(cell.tensor))
            yield from lstm_of(algebra, output, name, (kept, fresh), after)


def lstm_of(
    algebra: Sums,
    output: Activated,
    name: str,
    terms: tuple[Value, Value],
    after: tuple[int, int],
) -> Iterator[Cell]:
    """The LSTMs whose new cell is the sum of what is kept of the old one and what is fresh."""
    for f, c in algebra.orders(terms[0], "MUL"):
        for i, g in algebra.orders(terms[1], "MUL"):
            found = [activated(algebra, each) for each in (i, f, g)]
            if None in found or activated(algebra, c) is not None:
                continue
            named = [each for each in found if each] + [output]
            if [each.name for each in named] != [output.name, output.name, name, output.name]:
                continue
            sums = [each.sum for each in named]
            for x, state in permutations(output.sum.tensors):
                if gates := gates_of(sums, x, state):
                    states = (state, algebra.source(c.tensor))
                    yield Cell("LSTM", x, states, after, gates, name, output.name)


def gru(algebra: Sums, hidden: Value) -> Iterator[Cell]:
    """h' = z * h + (1 - z) * n, where n is reset before or after its product."""
    for kept, fresh in algebra.orders(hidden, "ADD"):
        for z, h in algebra.orders(kept, "MUL"):
            for inverse, n in algebra.orders(fresh, "MUL"):
                if algebra.one_minus(inverse) != algebra.source(z.tensor):
                    continue
                update = activated(algebra, z)
                name, inner = algebra.activation(n) or ("linear", n)
                state = algebra.source(h.tensor)
                if update is None or state not in update.sum.tensors:
                    continue
                for form in (reset_before, reset_after):
                    for found in form(algebra, update, inner, state):
                        yield replace(found, after=(hidden.tensor,), activation=name)


def reset_before(algebra: Sums, update: Activated, inner: Value, state: int) -> Iterator[Cell]:
    """n = activation(W x + R (r * h) + b)."""
    found = linear(algebra, inner)
    if found is None or len(found.products) != 2:
        return
    for x, reset in permutations(found.tensors):
        for r, h in algebra.orders(Value(reset), "MUL"):
            gate = activated(algebra, r)
            if gate is None or gate.name != update.name or algebra.source(h.tensor) != state:
                continue
            two = gates_of([update.sum, gate.sum], x, state)
            last = gates_of([found], x, reset)
            if two and last:
                gates = two + last
                yield Cell("GRU", x, (state,), (), gates, "", update.name)


def reset_after(algebra: Sums, update: Activated, inner: Value, state: int) -> Iterator[Cell]:
    """n = activation(W x + b + r * (R h + d))."""
    for one, other in algebra.orders(inner, "ADD"):
        own = linear(algebra, one)
        if own is None or len(own.products) != 1:
            continue
        x = own.tensors[0]
        for r, product in algebra.orders(other, "MUL"):
            gate, recurrent = activated(algebra, r), linear(algebra, product)
            if gate is None or recurrent is None or gate.name != update.name:
                continue
            two = gates_of([update.sum, gate.sum], x, state, apart=True)
            if two and recurrent.tensors == (state,):
                matrices = own.products[0].matrix, recurrent.products[0].matrix
                gates = (*two, Gate(*matrices, vectors(own), vectors(recurrent)))
                yield Cell("GRU", x, (state,), (), gates, "", update.name, True)


def told_apart(found: Linear, x: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The biases of the input's side and of the state's.

    One that came with neither is the input's where that has none: their sum is what counts.
    """
    ours = [bias.vector for bias in found.biases if bias.beside == x]
    theirs = [bias.vector for bias in found.biases if bias.beside not in (x, -1)]
    for bias in found.biases:
        if bias.beside == -1:
            (theirs if ours else ours).append(bias.vector)
    return tuple(ours), tuple(theirs)
