"""The model that is right: its primary subgraph, with all its values on some samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from inspector.compare.metrics import Errors, Metrics, align, measure
from inspector.errors import RunError
from inspector.graph import graph_of
from inspector.read.model import Model, Subgraph
from inspector.run.probe import Probe
from inspector.run.regions import Slice
from inspector.run.resources import Resources
from inspector.run.runtime import Runtime

Arrays: TypeAlias = Sequence[np.ndarray]
Values: TypeAlias = Mapping[int, np.ndarray]
"""By tensor of the reference, what it holds."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One sample of a unit: the values that both sides were fed, and what each then gave."""

    fed: Values
    expected: Arrays
    found: Arrays

    def values(self, outputs: Sequence[int]) -> Values:
        """What was fed, and what the reference gave for the unit's `outputs`."""
        return {**self.fed, **dict(zip(outputs, self.expected, strict=True))}


class Reference:
    """A model that was run on samples; `values` are all that it computed, one mapping a sample.

    Samples that are `steps` were run one after the other, each from the state that the one before
    left. Raises `RunError` where LiteRT refuses the model, `InputError` where a sample does not
    fit.
    """

    def __init__(
        self, model: Model, samples: Sequence[Arrays], runtime: Runtime, *, steps: bool = False
    ) -> None:
        self.model, self.graph, self.runtime = model, model.subgraphs[0], runtime
        self.samples, self.steps = samples, steps
        probe = Probe(model, None, runtime, operands=constants_written(self.graph))
        self.values: list[Values] = [
            dict(probe.values(samples[number])) for number in probe.runs(samples, steps=steps)
        ]

    def through(self, part: Slice, feeds: Iterable[Arrays]) -> list[list[np.ndarray]]:
        """What a part of the model gives on the feeds of each sample."""
        run = part.step if self.steps else part.run
        return [run(fed) for fed in feeds]

    def errors(self, tensors: Sequence[int], pairs: Sequence[tuple[Arrays, Arrays]]) -> Errors:
        """How far some tensors are off, for pairs of what was expected and what was found."""
        found: dict[int, list[Metrics]] = {tensor: [] for tensor in tensors}
        for expected, given in pairs:
            for index, one, other in zip(tensors, expected, given, strict=True):
                tensor = self.graph.tensors[index]
                found[index].append(measure(tensor, one, align(tensor, other)))
        return found


def constants_written(graph: Subgraph) -> set[int]:
    """The constants that operators put into resources, which no other operator has to do with."""
    resources = Resources(graph, graph_of(graph))
    written = {t for operator in graph.operators for t in resources.written(operator)}
    return {t for t in written if graph.model.is_constant(graph.tensors[t])}


def picked(values: Values, tensors: Sequence[int]) -> list[np.ndarray]:
    """The values of some tensors. Raises `RunError` where one has none."""
    for tensor in tensors:
        if tensor not in values:
            raise RunError(f"tensor {tensor} has no value to compare or to feed")
    return [values[tensor] for tensor in tensors]
