"""A comparison in the browser: what is asked for, and what can be looked at when it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.evidence import tried
from inspector.compare.metrics import align, real
from inspector.compare.opening import Compared, chosen_candidate, samples_for
from inspector.compare.passes import compare
from inspector.compare.reference import Reference
from inspector.compare.result import Comparison, OperatorResult
from inspector.errors import UnsupportedError
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.report.comparison import headline
from inspector.run.isolation import Pool
from inspector.run.runtime import Kernels, Runtime, kernels_for
from inspector.run.series import Report, Series
from inspector.tui.pictures.colours import Scale, scale_of
from inspector.tui.running import Told, asked_from, parser_of_inputs, words_of

ComparedOn = Callable[[Model, int], Series]


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is to be compared with, and on what.

    `candidate` is a path, or None for the model itself under the kernels `against`. `series` makes
    the samples of a subgraph; `given` says whether somebody chose them.
    """

    candidate: str | None
    series: ComparedOn
    given: bool = False
    against: Kernels | None = None
    signature: str | None = None
    runtime: Runtime | None = None


def question_in(line: str) -> Question:
    """What a line asks for: `CANDIDATE [FILE ...] [--against reference] [--samples 4] ...`.

    Raises `InputError`.
    """
    parser = parser_of_inputs()
    parser.add_argument("--against", choices=[kernels.value for kernels in Kernels])
    parser.add_argument("--signature")
    found = parser.parse_intermixed_args(words_of(line))
    candidate, *inputs = found.given or [None]
    found.given = inputs
    asked = asked_from(found)
    against = Kernels(found.against) if found.against else None
    return Question(candidate, asked.series, bool(inputs), against, found.signature)


class Pair(NamedTuple):
    """A tensor on a sample: what the reference gave and what the candidate did, float64."""

    tensor: Tensor
    expected: np.ndarray
    found: np.ndarray

    @property
    def difference(self) -> np.ndarray:
        """What the candidate gave beyond the reference; not a number where both are infinite."""
        with np.errstate(invalid="ignore", over="ignore"):
            change: np.ndarray = self.found - self.expected
        change[self.found == self.expected] = 0
        return change

    @property
    def furthest(self) -> tuple[int, ...]:
        """The index at which they differ most; a value that is no number differs most of all."""
        size = np.abs(self.difference)
        size[np.isnan(size)] = np.inf
        return tuple(int(i) for i in np.unravel_index(int(size.argmax()), size.shape))


@dataclass(slots=True)
class Answer:
    """A comparison, and both models, made ready to give the values of an operator."""

    comparison: Comparison
    compared: Compared
    samples: Sequence[Sequence[np.ndarray]]
    runtime: Runtime
    reports: Sequence[Report]
    opened: ExitStack
    _reference: list[Reference] = field(default_factory=list)

    @property
    def headline(self) -> str:
        """The outcome in words."""
        return headline(self.comparison)

    def unit(self, operator: OperatorResult) -> Unit | None:
        """What an operator was checked in; None where nothing of it was checked."""
        if operator.subgraph != self.compared.subgraph:
            return None
        units = self.compared.candidate.units
        last = (unit for unit in units if unit.operators[-1] == operator.index)
        inside = (unit for unit in units if operator.index in unit.operators)
        return next(last, None) or next(inside, None)

    def pairs(self, operator: OperatorResult, sample: int) -> list[Pair]:
        """The outputs of an operator, both sides fed the same, on a sample.

        Raises `UnsupportedError` where nothing of it is matched, else as running the candidate
        does.
        """
        unit = self.unit(operator)
        if unit is None:
            raise UnsupportedError("there are no two values to show: it was not checked by itself")
        trial = tried(self.reference, [unit], self.compared.candidate)[0][sample]
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
            self._reference.append(Reference(self.compared.reference, self.samples, self.runtime))
        return self._reference[0]

    def close(self) -> None:
        """Close what was opened for it."""
        self.opened.close()


def comparable(expected: np.ndarray, found: np.ndarray) -> bool:
    """Whether there is a difference to be drawn: numbers, of one shape."""
    return expected.shape == found.shape and "O" not in (expected.dtype.kind, found.dtype.kind)


def answered(model: Model, question: Question, pool: Pool, tell: Told) -> Answer:
    """Compare. Raises as `chosen_candidate` and `compare` do, and `RunError` when cancelled."""
    with ExitStack() as opened:
        runtime = question.runtime or Runtime(kernels_for(model))
        tell("opening the candidate")
        compared = chosen_candidate(
            model, question.candidate, question.against, runtime, opened, question.signature
        )
        samples, reports = samples_for(compared, model, question.series, given=question.given)
        total, done = len(compared.candidate.units), 0

        def advance() -> None:
            nonlocal done
            pool.check()
            done += 1
            tell(f"{done:,} of {max(total, done):,} operators")

        tell(f"running the reference on {len(samples)} samples")
        found = compare(compared.reference, compared.candidate, samples, runtime, advance)
        found = found.moved(compared.subgraph)
        kept = opened.pop_all()
    return Answer(found, compared, samples, runtime, reports, kept)


def shared_scale(pair: Pair) -> Scale:
    """The scale of the colours of both values."""
    return scale_of(np.stack([pair.expected, pair.found]))
