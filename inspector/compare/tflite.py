"""Another `.tflite` as a candidate: its operators run on the reference's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from inspector.compare.axes import inverse, settled, told
from inspector.compare.candidate import Unit
from inspector.compare.match import PLACE, Pair, match_tensors
from inspector.compare.metrics import real as exact
from inspector.compare.rounding import Roundings, Side, in_range, roundings
from inspector.compare.writers import Written, match_writers, with_handles
from inspector.errors import InputError, RunError
from inspector.graph import Graph, graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.run.grid import quantize
from inspector.run.probe import Probe
from inspector.run.readable import unpacked
from inspector.run.regions import (
    Region,
    Slice,
    independent,
    joined,
    region_of,
)
from inspector.run.resources import Resources
from inspector.run.runtime import Runtime
from inspector.weights.decode import dequantize


class TfliteCandidate:
    """The primary subgraph of `other`, matched with that of `reference` by `match_tensors`.

    A unit begins at an operator of the reference whose outputs are matched and goes back, on both
    sides, to the next tensors that are; what lies between is folded, and so is what unpacks a
    constant. Constants are `other`'s own.
    Values pass between the two by the real numbers that they stand for, and untouched where type
    and quantisation agree. Raises `InputError` where the models have nothing in common.
    """

    def __init__(self, reference: Model, other: Model, runtime: Runtime | None = None) -> None:
        self.name = other.path
        self.reference, self.other, self.runtime = reference, other, runtime or Runtime()
        self.ours, self.theirs = reference.subgraphs[0], other.subgraphs[0]
        self.pairs = match_tensors(reference, other)
        self.back = {pair.tensor: tensor for tensor, pair in self.pairs.items()}
        self.edges = graph_of(self.ours), graph_of(self.theirs)
        self._arrange()
        lost = [self.theirs.tensors[i].name for i in self.theirs.inputs if i not in self.back]
        if lost or not self.units:
            what = f"its input {lost[0]!r}" if lost else "any operator's output"
            raise InputError(
                f"{other.path}: nothing of {reference.path} matches {what} by name or place and "
                "by size; are these two versions of one network?"
            )
        self._probe: Probe | None = None
        self._slice: tuple[Sequence[Unit], Slice] | None = None

    def _arrange(self) -> None:
        """Make the units, and group them."""
        self.regions: dict[Unit, Region] = {}
        self.unmatched: dict[int, str] = {}
        known = (
            computed(self.reference, self.ours, self.edges[0], self.pairs.keys()),
            computed(self.other, self.theirs, self.edges[1], self.back.keys()),
        )
        for operator in self.ours.operators:
            self._match(operator, *known)
        units = list(self.regions)
        groups = independent(self.theirs, list(self.regions.values()))
        self._match_writers()
        self.units = list(self.regions)
        alone = self.units[len(units) :]  # two may write one constant, and the candidate two
        self.batches = [*([units[i] for i in group] for group in groups), *([u] for u in alone)]

    def _match_writers(self) -> None:
        """Find what the operators that only write into resources are checked through."""
        sides = Resources(self.ours, self.edges[0]), Resources(self.theirs, self.edges[1])
        found = match_writers(*sides, self.back)
        self.folded = found.folded
        self.unmatched |= found.unmatched
        for written in found.alone:
            self._match_written(written)

    def _match_written(self, found: Written) -> None:
        """Make a unit that ends with the writing of values that no operator computes."""
        values = found.values
        stored = {t for t in values if self.reference.is_constant(self.ours.tensors[t])}
        self.pairs |= {t: Pair(values[t], PLACE) for t in stored}
        self.back |= {values[t]: t for t in stored}
        given = tuple(t for t in values if t not in stored)
        operators = with_handles(self.edges[0], found.ours)
        match = f"operator {found.theirs.index} ({found.theirs.name}), by {PLACE}"
        unit = Unit(operators, given, tuple(values), match, self.runtime)
        fed = tuple(values[t] for t in given)
        operators = with_handles(self.edges[1], found.theirs)
        self.regions[unit] = Region(operators, fed, tuple(values.values()))

    def settle(self, inputs: Sequence[np.ndarray], values: Mapping[int, np.ndarray], /) -> None:
        """Find out by numbers which axes are which, where shapes leave that open.

        `inputs` are the reference's on a sample, `values` its tensors'. Nothing is done unless some
        tensor has its axes in another order for sure: shapes that are equal then mean little. What
        the model's inputs are is not tried; their shapes decide.
        """
        if not any(pair.order for pair in self.pairs.values()):
            return
        sides = {}
        for tensor, found in self._values(inputs).items():
            if tensor in values and found.dtype != object:
                source, target = self._both(tensor)
                sides[tensor] = exact(source, values[tensor]), exact(target, found)
        for tensor, order in settled(self.ours, sides).items():
            moving = order if told(order) else None
            self.pairs[tensor] = replace(self.pairs[tensor], order=moving)
        self._arrange()

    def _match(self, operator: Operator, known: Set[int], others: Set[int]) -> None:
        """Make the unit that ends with an operator of the reference, or note why there is none."""
        outputs = tuple(t for t in operator.outputs if t in known)
        if not outputs:
            self.unmatched[operator.index] = "no tensor of the candidate matches its outputs"
            return
        there = [self.pairs[tensor].tensor for tensor in outputs]
        try:
            ours = region_of(self.ours, self.edges[0], outputs, known)
            theirs = region_of(self.theirs, self.edges[1], there, others)
        except RunError as error:
            self.unmatched[operator.index] = str(error)
            return
        if not theirs.operators:
            self.unmatched[operator.index] = "the candidate does not compute its output"
            return
        last = self.theirs.operators[theirs.operators[-1]]
        pair = self.pairs[outputs[0]]
        match = f"operator {last.index} ({last.name}), by {pair.by}{told(pair.order)}"
        inputs = tuple(self.back[tensor] for tensor in theirs.inputs)
        runtime = self.runtime if self._same_kernels(ours, theirs, (*inputs, *outputs)) else None
        self.regions[Unit(ours.operators, inputs, outputs, match, runtime)] = theirs

    def _same_kernels(self, ours: Region, theirs: Region, tensors: Sequence[int]) -> bool:
        """Whether two regions do the same operations on numbers of the same types."""
        sides = ((self.ours, ours), (self.theirs, theirs))
        names = [[graph.operators[i].name for i in part.operators] for graph, part in sides]
        return names[0] == names[1] and all(stored_alike(*self._both(t)) for t in tensors)

    def in_range(self, sample: Sequence[np.ndarray]) -> list[np.ndarray]:
        """A random sample of the reference's inputs, brought into the ranges of this model's."""
        both = [self._both(tensor) for tensor in self.ours.inputs]
        return in_range([one for one, _ in both], [other for _, other in both], sample)

    def roundings(self, unit: Unit) -> Roundings:
        """Where the two models store the numbers of a unit in other steps."""
        ours = Side(self.reference, self.ours, self.edges[0], unit.operators)
        theirs = Side(self.other, self.theirs, self.edges[1], self.regions[unit].operators)
        pairs = {t: self.pairs[t].tensor for t in (*unit.inputs, *unit.outputs)}
        return roundings(ours, theirs, pairs, unit)

    def run(self, inputs: Sequence[np.ndarray]) -> Mapping[int, np.ndarray]:
        """The candidate on the reference's inputs: the value of each matched tensor."""
        found = self._values(inputs)
        return {tensor: self.ours_of(tensor, value) for tensor, value in found.items()}

    def _values(self, inputs: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """The candidate's own values, by the reference's tensors."""
        if self._probe is None:
            self._probe = Probe(self.other, self.back.keys(), self.runtime)
        given = dict(zip(self.ours.inputs, inputs, strict=True))
        values = self._probe.run(
            [self.theirs_of(self.back[i], given[self.back[i]]) for i in self.theirs.inputs]
        )
        return {self.back[i]: value for i, value in values.items()}

    def isolated(self, unit: Unit, feeds: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """The outputs of the candidate's region for a unit, from the reference's values."""
        values = self.isolated_together([unit], dict(zip(unit.inputs, feeds, strict=True)))
        return [values[tensor] for tensor in unit.outputs]

    def isolated_together(
        self, units: Sequence[Unit], feeds: Mapping[int, np.ndarray]
    ) -> Mapping[int, np.ndarray]:
        """The outputs of units of one batch, by tensor, from the reference's values by tensor."""
        if self._slice is None or self._slice[0] != units:
            region = joined([self.regions[unit] for unit in units])
            self._slice = units, Slice(self.other, region, self.runtime)
        part = self._slice[1]
        fed = [self.back[i] for i in part.region.inputs]
        found = part.run([self.theirs_of(tensor, feeds[tensor]) for tensor in fed])
        made = [self.back[i] for i in part.region.outputs]
        return {t: self.ours_of(t, value) for t, value in zip(made, found, strict=True)}

    def theirs_of(self, tensor: int, value: np.ndarray) -> np.ndarray:
        """A value of the reference's `tensor` as the candidate's tensor holds it."""
        source, target = self._both(tensor)
        if not stored_alike(source, target):
            value = real(self.reference, source, value)
            quantized = target.is_quantized
            value = (
                quantize(value, target) if quantized else value.astype(numpy_dtype(target.dtype))
            )
        order = self.pairs[tensor].order
        if order is not None and value.ndim == len(order):
            return value.transpose(inverse(order))
        refit = source.shape != target.shape and value.size == target.elements
        return value.reshape(target.shape) if refit else value

    def ours_of(self, tensor: int, value: np.ndarray) -> np.ndarray:
        """The candidate's value for the reference's `tensor`; real numbers if stored otherwise."""
        source, target = self._both(tensor)
        found = value if stored_alike(source, target) else real(self.other, target, value)
        order = self.pairs[tensor].order
        return found if order is None or found.ndim != len(order) else found.transpose(order)

    def _both(self, tensor: int) -> tuple[Tensor, Tensor]:
        return self.ours.tensors[tensor], self.theirs.tensors[self.pairs[tensor].tensor]


def computed(model: Model, subgraph: Subgraph, graph: Graph, tensors: Set[int]) -> set[int]:
    """Those of some tensors that may be fed: inputs and what operators compute from them."""
    constants = unpacked(model, subgraph, graph)
    constants |= {t for t in tensors if model.is_constant(subgraph.tensors[t])}
    return set(tensors) - (constants - set(subgraph.inputs))


def stored_alike(one: Tensor, other: Tensor) -> bool:
    """Whether equal stored values mean equal numbers."""
    if one.dtype != other.dtype:
        return False
    return one.quantization == other.quantization or not (one.is_quantized and other.is_quantized)


def real(model: Model, tensor: Tensor, stored: np.ndarray) -> np.ndarray:
    """The real numbers that stored values stand for; those of no scale are themselves."""
    return dequantize(model, tensor, stored) if tensor.is_quantized else stored
