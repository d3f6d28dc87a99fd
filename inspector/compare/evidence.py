"""What is measured: a reference on its samples, a candidate beside it, and the noise floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from inspector.compare.candidate import Candidate, Unit
from inspector.compare.metrics import Metrics, align, measure
from inspector.compare.recording import Recording
from inspector.compare.regions import Region, Slice, fed
from inspector.errors import InspectorError, RunError
from inspector.read.model import Model
from inspector.run.probe import Probe, untouched
from inspector.run.runtime import Kernels, Runtime

Values: TypeAlias = Mapping[int, np.ndarray]
"""By tensor of the reference, what it holds."""
Errors: TypeAlias = Mapping[int, Sequence[Metrics]]
"""By tensor of the reference, how far off it is on each sample."""

Pair: TypeAlias = tuple[Sequence[np.ndarray], Sequence[np.ndarray]]
"""What was expected and what was found, of the same tensors."""

KERNEL_SETS = (Kernels.BUILTIN, Kernels.REFERENCE)
"""The interpreter's own two, whose distance is the noise floor."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The errors of a unit's outputs and their noise floor, or why they are `unknown`.

    `repeated` is the part of the floor that the reference's own kernel set makes when it runs the
    unit again by itself: nothing, unless the operator is random or keeps state.
    """

    unit: Unit
    isolated: Errors = field(default_factory=dict)
    floor: Errors = field(default_factory=dict)
    repeated: Errors = field(default_factory=dict)
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """One sample of a unit: the values that both sides were fed, and what each then gave."""

    fed: Values
    expected: Sequence[np.ndarray]
    found: Sequence[np.ndarray]


class Reference:
    """A model's primary subgraph, with all its values on some samples.

    Raises `RunError` where LiteRT refuses the model, `InputError` where a sample does not fit.
    """

    def __init__(
        self, model: Model, samples: Sequence[Sequence[np.ndarray]], runtime: Runtime
    ) -> None:
        self.model, self.graph, self.runtime = model, model.subgraphs[0], runtime
        self.samples = samples
        probe = Probe(model, None, runtime)
        self.values = [probe.run(sample) for sample in samples]

    def evidence(self, unit: Unit, candidate: Candidate | Recording) -> Evidence:
        """The isolated errors of a unit and their floor."""
        try:
            if isinstance(candidate, Recording):
                trials = [self.replayed(unit, candidate.values)]
            else:
                trials = [self.forced(unit, candidate, values) for values in self.values]
        except InspectorError as error:
            return Evidence(unit, unknown=str(error))
        isolated = self.errors(unit.outputs, [(trial.expected, trial.found) for trial in trials])
        region = Region(unit.operators, fed(self.model, self.graph, unit.operators), unit.outputs)
        again = {kernels: self.again(region, kernels, trials) for kernels in self.kernel_sets}
        floor = [pair for kernels in KERNEL_SETS for pair in again[kernels]]
        return Evidence(
            unit,
            isolated,
            self.errors(unit.outputs, floor),
            self.errors(unit.outputs, again[self.runtime.kernels]),
        )

    def forced(self, unit: Unit, candidate: Candidate, values: Values) -> Trial:
        """The candidate, fed the reference's own values."""
        expected, feeds = picked(values, unit.outputs), picked(values, unit.inputs)
        return Trial(values, expected, candidate.isolated(unit, feeds))

    def replayed(self, unit: Unit, values: Values) -> Trial:
        """The reference's operators, fed the values of a recording."""
        part = Slice(self.model, Region(unit.operators, unit.inputs, unit.outputs), self.runtime)
        expected = part.run(picked(values, unit.inputs))
        return Trial(values, expected, picked(values, unit.outputs))

    @property
    def kernel_sets(self) -> dict[Kernels, None]:
        """The interpreter's two, and the reference's own if that is another."""
        return dict.fromkeys((*KERNEL_SETS, self.runtime.kernels))

    def again(self, region: Region, kernels: Kernels, trials: Sequence[Trial]) -> list[Pair]:
        """What the reference gave, and gives under a kernel set when only the region runs.

        Fed the same; empty where that kernel set cannot run the region by itself.
        """
        try:
            part = Slice(self.model, region, Runtime(kernels, self.runtime.threads))
            return [(t.expected, part.run(picked(t.fed, region.inputs))) for t in trials]
        except InspectorError:
            return []

    def accumulated(self, candidate: Candidate | Recording) -> Errors:
        """The error of every value that the whole candidate gives, end to end.

        The subgraph's inputs are given, so they have none. Raises as `Candidate.run` does.
        """
        found: dict[int, list[Metrics]] = {}
        for sample, values in zip(self.samples, self.values, strict=True):
            given = {**candidate.run(sample), **dict(zip(self.graph.inputs, sample, strict=True))}
            for tensor in sorted(given.keys() & values.keys()):
                error = self.errors([tensor], [([values[tensor]], [given[tensor]])])[tensor]
                found.setdefault(tensor, []).extend(error)
        return found

    def output_floor(self) -> Errors:
        """How far the other kernel sets are from the reference end to end; none if they fail."""
        found: dict[int, list[Metrics]] = {}
        for kernels in KERNEL_SETS:
            if kernels is not self.runtime.kernels:
                for values, outputs in zip(self.values, self.under(kernels), strict=False):
                    for tensor in values.keys() & outputs.keys():
                        error = measure(self.graph.tensors[tensor], values[tensor], outputs[tensor])
                        found.setdefault(tensor, []).append(error)
        return found

    def under(self, kernels: Kernels) -> list[Values]:
        """The untouched model's outputs on each sample under a kernel set; none if it fails."""
        runtime = Runtime(kernels, self.runtime.threads)
        try:
            outputs = [untouched(self.model, sample, runtime) for sample in self.samples]
        except InspectorError:
            return []
        named = [zip(self.graph.outputs, found, strict=True) for found in outputs]
        return [{t: value for t, value in pairs if value is not None} for pairs in named]

    def errors(self, tensors: Sequence[int], pairs: Sequence[Pair]) -> Errors:
        """The distances of some tensors, for (expected, found) pairs of their values."""
        found: dict[int, list[Metrics]] = {tensor: [] for tensor in tensors}
        for expected, got in pairs:
            for index, wanted, given in zip(tensors, expected, got, strict=True):
                tensor = self.graph.tensors[index]
                found[index].append(measure(tensor, wanted, align(tensor, given)))
        return found


def picked(values: Values, tensors: Sequence[int]) -> list[np.ndarray]:
    """The values of some tensors. Raises `RunError` where one has none."""
    for tensor in tensors:
        if tensor not in values:
            raise RunError(f"tensor {tensor} has no value to compare or to feed")
    return [values[tensor] for tensor in tensors]
