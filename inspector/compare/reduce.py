"""The fewest operators that together make two models differ: delta debugging by substitution.

Every operator may agree by itself and the outputs differ all the same. A *hybrid* runs the
reference with some of its operators computed by the candidate; the smallest such set that still
puts an output beyond its tolerance is to blame together.
Source: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (ddmin), 2002.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from inspector.compare.candidate import Candidate, Unit
from inspector.compare.metrics import align
from inspector.compare.reference import Reference, Values, picked
from inspector.compare.result import Comparison
from inspector.compare.tolerance import Tolerance, beyond, end_to_end, isolated
from inspector.compare.verdicts import Verdict
from inspector.errors import RunError
from inspector.graph import graph_of
from inspector.read.records import Operator, Tensor
from inspector.run.regions import Region, Slice, region_of

Allowed: TypeAlias = Callable[[Tensor], Tolerance]

MOST_RUNS = 400
"""Hybrids that are run at the most; what is smallest by then is the answer."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """Operators that together put `output` beyond its tolerance, and where that first shows.

    `region` begins at tensors that are still right and ends at the first one, in the order of
    execution, that is not. `values` are those that differ with the operators substituted. `minimal`
    says whether the search came to its end: no operator can then be left out.
    """

    operators: tuple[int, ...]
    output: int
    region: Region
    sample: int
    values: Values
    minimal: bool


class Hybrid:
    """The reference on one of its samples, with some operators computed by the candidate."""

    def __init__(self, reference: Reference, candidate: Candidate, sample: int) -> None:
        self.reference, self.candidate, self.sample = reference, candidate, sample
        self.units: dict[int, list[Unit]] = {}
        for unit in candidate.units:
            self.units.setdefault(unit.operators[-1], []).append(unit)
        self.shared = {t for unit in candidate.units for t in (*unit.inputs, *unit.outputs)}
        self.edges = graph_of(reference.graph)
        self.parts: dict[int, Region] = {}
        self.slices: dict[int, Slice] = {}
        self.runs = 0

    def run(self, substituted: frozenset[int]) -> dict[int, np.ndarray]:
        """The values, by tensor, that differ from the reference's or may.

        They are those of the `substituted` operators and of what depends on them. Raises `RunError`
        where a side cannot be run on them.
        """
        self.runs += 1
        values = dict(self.reference.values[self.sample])
        changed: dict[int, np.ndarray] = {}
        for operator in self.reference.graph.operators:
            if operator.index in substituted:
                found = self.by_candidate(operator.index, values)
            elif not changed.keys().isdisjoint(self.part(operator).inputs):
                found = self.by_reference(operator, values)
            else:
                continue
            values |= found
            changed |= found
        return changed

    def by_candidate(self, operator: int, values: Values) -> dict[int, np.ndarray]:
        """The outputs of an operator, as the candidate computes them from `values`."""
        found = {}
        for unit in self.units[operator]:
            given = self.candidate.isolated(unit, picked(values, unit.inputs))
            for tensor, value in zip(unit.outputs, given, strict=True):
                record = self.reference.graph.tensors[tensor]
                found[tensor] = align(record, value).reshape(np.shape(values[tensor]))
        return found

    def by_reference(self, operator: Operator, values: Values) -> dict[int, np.ndarray]:
        """The outputs of an operator, as the reference's own kernel computes them."""
        region = self.part(operator)
        if operator.index not in self.slices:
            model, runtime = self.reference.model, self.reference.runtime
            self.slices[operator.index] = Slice(model, region, runtime)
        found = self.slices[operator.index].run(picked(values, region.inputs))
        return dict(zip(region.outputs, found, strict=True))

    def part(self, operator: Operator) -> Region:
        """An operator, and what wrote to the resources that it reads, from tensors with a value."""
        if operator.index not in self.parts:
            known = self.reference.values[self.sample].keys()
            made = [t for t in operator.outputs if t in known]
            graph = self.reference.graph
            fed = {t for t in known if not graph.tensors[t].is_variable}
            self.parts[operator.index] = region_of(graph, self.edges, made, fed)
        return self.parts[operator.index]

    def wrong(
        self, values: Values, tensors: Sequence[int], allowed: Allowed = end_to_end
    ) -> list[int]:
        """Those of `tensors` that are beyond tolerance, that of an output by default."""
        right = self.reference.values[self.sample]
        known = [t for t in tensors if t in values and t in right]
        errors = self.reference.errors
        return [
            t
            for t in known
            if beyond(self.reference.graph, errors([t], [([right[t]], [values[t]])]), {}, allowed)
        ]

    def region(self, end: int, values: Values) -> Region:
        """What computes tensor `end` from tensors of both sides that are not among `values`."""
        graph = self.reference.graph
        right = (self.reference.values[self.sample].keys() & self.shared) - values.keys()
        return region_of(graph, self.edges, [end], right | set(graph.inputs) - values.keys())


def reduce(reference: Reference, candidate: Candidate, sample: int = 0) -> Reduction | None:
    """The fewest operators whose substitution puts an output of the reference beyond tolerance.

    None where all of them together do not: the models then differ in what no operator stands for.
    """
    hybrid = Hybrid(reference, candidate, sample)

    def fails(operators: Sequence[int]) -> bool:
        try:
            values = hybrid.run(frozenset(operators))
        except RunError:  # it cannot be run so, which shows nothing
            return False
        return bool(hybrid.wrong(values, reference.graph.outputs))

    everything = sorted(hybrid.units)
    if not fails(everything):
        return None
    operators = minimize(everything, fails, lambda: hybrid.runs < MOST_RUNS)
    return reduction(hybrid, operators)


def minimize(
    items: Sequence[int], fails: Callable[[Sequence[int]], bool], go_on: Callable[[], bool]
) -> list[int]:
    """A subset of `items` that fails, of which no single one can be left out (ddmin)."""
    found, parts = list(items), 2
    while len(found) > 1 and go_on():
        size = -(-len(found) // parts)
        chunks = [found[i : i + size] for i in range(0, len(found), size)]
        rests = [[i for i in found if i not in chunk] for chunk in chunks]
        chunk = next((c for c in chunks if go_on() and fails(c)), None)
        rest = next((r for r in rests if go_on() and fails(r)), None) if chunk is None else None
        if chunk is not None:
            found, parts = chunk, 2
        elif rest is not None:
            found, parts = rest, max(parts - 1, 2)
        elif parts >= len(found):
            break
        else:
            parts = min(2 * parts, len(found))
    return found


def reduction(hybrid: Hybrid, operators: Sequence[int]) -> Reduction:
    """What there is to know of a set of operators that fails."""
    graph = hybrid.reference.graph
    values = hybrid.run(frozenset(operators))
    output = hybrid.wrong(values, graph.outputs)[0]
    later = [o for o in graph.operators if o.index >= operators[-1]]
    made = [t for operator in later for t in operator.outputs if t in hybrid.shared]
    end = next(iter(hybrid.wrong(values, made)), output)
    return Reduction(
        tuple(operators),
        output,
        hybrid.region(end, values),
        hybrid.sample,
        values,
        hybrid.runs < MOST_RUNS,
    )


def single(
    reference: Reference, candidate: Candidate, operator: int, sample: int = 0
) -> Reduction | None:
    """The same for one operator that is wrong by itself: it ends where the operator does.

    None where it is not wrong on that sample. Raises `RunError` where it cannot be run.
    """
    hybrid = Hybrid(reference, candidate, sample)
    values = hybrid.by_candidate(operator, reference.values[sample])
    ends = hybrid.wrong(values, list(values), isolated)
    if not ends:
        return None
    return Reduction((operator,), ends[0], hybrid.region(ends[0], values), sample, values, True)


def blame(reference: Reference, candidate: Candidate, found: Comparison) -> Reduction | None:
    """What to show of a comparison: its first SOURCE, or else the fewest operators together.

    None where the samples show no difference that any operator stands for.
    """
    sources = [o.index for o in found.operators if o.verdict is Verdict.SOURCE]
    attempts = (
        single(reference, candidate, sources[0], sample)
        if sources
        else reduce(reference, candidate, sample)
        for sample in range(len(reference.samples))
    )
    return next((reduction for reduction in attempts if reduction), None)
