"""An operator under suspicion, and what both sides made of its inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import NamedTuple, TypeAlias

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.hints.remake import Change, Part
from inspector.compare.metrics import Errors, Metrics, align, measure, quality, real, worst
from inspector.compare.reference import Arrays, Reference, Trial, Values, picked
from inspector.compare.rounding import Roundings
from inspector.compare.tolerance import beyond, isolated, size, terms_added
from inspector.errors import InspectorError
from inspector.graph import Graph, graph_of
from inspector.read.records import Operator, Tensor
from inspector.run.grid import stored as in_type
from inspector.run.regions import fed
from inspector.weights.trace import TRANSPARENT, way_back

MOST_TRIALS = 3
BETTER = 20.0
"""dB by which a cause has to come nearer to the candidate than the reference does."""
LEFT = 0.5
"""Of the largest error, what may be left instead where both sides round differently."""


class Guess(NamedTuple):
    """What a cause would have made of a trial's feeds, and the cause in words: `its ... looks ...`.

    A guess that cannot be computed raises an `InspectorError`, and is wrong. Whether it `is_rerun`:
    the operator is run for it, which costs as much as the operator does.
    """

    words: str
    values: Callable[[Trial], Arrays]
    is_rerun: bool = True


Cause: TypeAlias = "Callable[[Suspect], Iterator[Guess]]"


class Suspect:
    """A unit that was found wrong, on those of its trials that show it."""

    def __init__(
        self,
        reference: Reference,
        unit: Unit,
        trials: Sequence[Trial],
        floor: Errors,
        rounded: Roundings | None,
    ) -> None:
        self.floor, self.rounded = floor, rounded
        self.reference, self.graph, self.unit = reference, reference.graph, unit
        self.inputs = fed(reference.model, self.graph, unit.operators)
        differing = [t for t in trials if self.distance(t, t.expected) < np.inf]
        beyond_floor = [t for t in differing if self._is_beyond(t, t.expected)]
        self.trials = (beyond_floor or differing)[:MOST_TRIALS]

    @property
    def operator(self) -> Operator:
        """The operator that the verdict is on."""
        return self.graph.operators[self.unit.operators[-1]]

    @cached_property
    def operators(self) -> list[Operator]:
        """All that compute something, the one that the verdict is on first."""
        records = [self.graph.operators[i] for i in reversed(self.unit.operators)]
        return [o for o in records if o is self.operator or o.name not in TRANSPARENT]

    @cached_property
    def edges(self) -> Graph:
        """Who makes and who reads each tensor."""
        return graph_of(self.graph)

    @cached_property
    def part(self) -> Part:
        """The suspect by itself, as a file that can be changed."""
        return Part(self.reference.model, self.unit.region(self.inputs))

    def output(self) -> Tensor:
        """The first of the tensors that are compared."""
        return self.graph.tensors[self.unit.outputs[0]]

    def constant(self, operator: Operator, operand: int) -> Tensor | None:
        """The stored tensor that an operand comes from; None where it is computed or left out."""
        index = operator.inputs[operand] if operand < len(operator.inputs) else -1
        if index < 0:
            return None
        tensor = self.graph.tensors[way_back(self.graph, index, self.edges)[-1]]
        return tensor if self.reference.model.is_constant(tensor) else None

    def changed(
        self, change: Change, feed: Callable[[Values], Values] = dict
    ) -> Callable[[Trial], Arrays]:
        """What the part computes after a change of its file, and of what it is fed."""
        changed = self.part.changed(change)
        return lambda trial: changed().run(picked(feed(trial.fed), self.inputs))

    def fed_otherwise(self, feed: Callable[[Values], Values]) -> Callable[[Trial], Arrays]:
        """What the part computes of other feeds."""
        return self.changed(lambda _: None, feed)

    def real(self, tensor: int, value: np.ndarray) -> np.ndarray:
        """A tensor's value as real numbers in float64."""
        return real(self.graph.tensors[tensor], value)

    def fed_real(self, trial: Trial, tensor: int) -> np.ndarray:
        """What a tensor was fed, as real numbers in float64. Raises `RunError` if it was not."""
        return self.real(tensor, *picked(trial.fed, [tensor]))

    def expected_real(self, trial: Trial) -> np.ndarray:
        """What the reference made of it, as real numbers in float64: the first output."""
        return real(self.output(), trial.expected[0])

    def found_real(self, trial: Trial) -> np.ndarray:
        """What the candidate made of it, likewise."""
        return real(self.output(), align(self.output(), trial.found[0]))

    def as_output(self, values: np.ndarray) -> Arrays:
        """Real numbers as the only output stores them."""
        return [in_type(values, self.output())]

    def distance(self, trial: Trial, values: Arrays) -> float:
        """How near the candidate is to some values of the outputs: an SQNR in dB."""
        return quality(worst(self._errors(trial, values)))

    def is_explained_by(self, guess: Guess) -> bool:
        """Whether a guess is what the candidate gave, within tolerance, and better than before."""
        try:
            return bool(self.trials) and all(self._explains(guess, trial) for trial in self.trials)
        except (InspectorError, ValueError):  # that form of it cannot be computed
            return False

    def _explains(self, guess: Guess, trial: Trial) -> bool:
        values = guess.values(trial)
        if not self._comes_nearer(trial, values) or self._is_beyond(trial, values):
            return False
        if self.distance(trial, values) >= self.distance(trial, trial.expected) + BETTER:
            return True
        left, before = (
            size(worst(self._errors(trial, v)).max_abs) for v in (values, trial.expected)
        )
        return bool(self.rounded) and left <= LEFT * before

    def _comes_nearer(self, trial: Trial, values: Arrays) -> bool:
        """Whether the largest error becomes smaller, or there was none that could be told."""
        outputs = (self.graph.tensors[i] for i in self.unit.outputs)
        for tensor, *sides in zip(outputs, trial.expected, values, trial.found, strict=True):
            expected, value, found = (np.ravel(align(tensor, side)) for side in sides)
            alike = found.size == value.size == expected.size and found.dtype.kind in "fiu"
            if alike and largest_gap(value, found) > largest_gap(expected, found):
                return False
        return True

    def _is_beyond(self, trial: Trial, values: Arrays) -> bool:
        """Whether the candidate is further from some values than tolerance and floor allow."""
        found = self._errors(trial, values)
        errors = {t: [error] for t, error in zip(self.unit.outputs, found, strict=True)}
        shown = trial.values(self.unit.outputs)
        terms = terms_added(self.graph, self.unit.operators[-1], shown)
        return bool(beyond(self.graph, errors, self.floor, partial(isolated, terms=terms)))

    def _errors(self, trial: Trial, values: Arrays) -> list[Metrics]:
        return [
            measure(tensor, given, align(tensor, found))
            for tensor, given, found in zip(
                (self.graph.tensors[i] for i in self.unit.outputs),
                values,
                trial.found,
                strict=True,
            )
        ]


def largest_gap(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference of two arrays; of NaNs none."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.nan_to_num(np.abs(one.astype(np.float64) - other)).max(initial=0))
