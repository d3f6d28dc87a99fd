"""Both values of an operator that was compared: on each sample, in loops and calls on each turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from inspector.compare.called import Fed
from inspector.compare.candidate import Candidate, Unit
from inspector.compare.evidence import tried
from inspector.compare.metrics import align, real
from inspector.compare.recording import Recording
from inspector.compare.reference import Reference
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.run.runtime import Runtime
from inspector.tui.captured import Moment
from inspector.tui.pictures.colours import Scale, scale_of


class Pair(NamedTuple):
    """A tensor on a sample: what the reference gave and what the candidate did, float64."""

    tensor: Tensor
    expected: np.ndarray
    found: np.ndarray

    @property
    def difference(self) -> np.ndarray:
        """What the candidate gave beyond the reference; not a number where both are infinite."""
        with np.errstate(invalid="ignore", over="ignore"):
            change = self.found - self.expected
        return np.where(self.found == self.expected, 0.0, change)

    @property
    def furthest(self) -> tuple[int, ...]:
        """The index at which they differ most; a value that is no number differs most of all."""
        change = self.difference
        size = np.where(np.isnan(change), np.inf, np.abs(change))
        return tuple(int(i) for i in np.unravel_index(int(size.argmax()), size.shape))

    @property
    def scale(self) -> Scale:
        """The scale of the colours of both values."""
        return scale_of(np.stack([self.expected, self.found]))


@dataclass(slots=True)
class Part:
    """A subgraph that was compared, as the primary one of both sides, and what it was fed."""

    model: Model
    candidate: Candidate | Recording
    fed: Sequence[Fed]
    runtime: Runtime
    is_called: bool = False
    _reference: list[Reference] = field(default_factory=list)

    @property
    def are_steps(self) -> bool:
        """Whether what it was fed are steps, each of which goes on from the one before."""
        return isinstance(self.candidate, Recording) and self.candidate.steps

    def unit(self, operator: int) -> Unit | None:
        """What an operator was checked in; None where nothing of it was checked."""
        units = self.candidate.units
        last = (unit for unit in units if unit.operators[-1] == operator)
        inside = (unit for unit in units if operator in unit.operators)
        return next(last, None) or next(inside, None)

    def moment(self, sample: int) -> str:
        """When it was fed a sample, in words; empty for a sample of the whole model."""
        if not self.is_called:
            return ""
        given = self.fed[sample]
        if given.calls:
            return Moment(given.run, given.calls).words
        return "random: no operator ran it" if given.arrays else "nothing: it has no inputs"

    def pairs(self, unit: Unit, sample: int) -> list[Pair]:
        """The outputs of a unit, both sides fed the same. Raises as running the candidate does."""
        trial = tried(self.reference, [unit], self.candidate)[0][sample]
        tensors = [self.reference.graph.tensors[index] for index in unit.outputs]
        return [
            Pair(tensor, real(tensor, expected), real(tensor, align(tensor, found)))
            for tensor, expected, found in zip(tensors, trial.expected, trial.found, strict=True)
            if comparable(expected, found)
        ]

    @property
    def reference(self) -> Reference:
        """The reference with all its values, run when it is first asked for."""
        if not self._reference:
            samples = [each.arrays for each in self.fed]
            found = Reference(self.model, samples, self.runtime, steps=self.are_steps)
            self._reference.append(found)
        return self._reference[0]


def comparable(expected: np.ndarray, found: np.ndarray) -> bool:
    """Whether there is a difference to be drawn: numbers, of one shape."""
    return expected.shape == found.shape and "O" not in (expected.dtype.kind, found.dtype.kind)
