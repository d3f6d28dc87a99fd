"""A comparison in the browser: what is asked for, and what can be looked at when it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from inspector.compare.called import Fed
from inspector.compare.candidate import Nesting, Settling, Unit
from inspector.compare.opening import Compared, chosen_candidate, samples_for
from inspector.compare.parts import part_of
from inspector.compare.passes import compare
from inspector.compare.recording import Recording
from inspector.compare.result import Comparison, OperatorResult
from inspector.compare.tflite import TfliteCandidate
from inspector.errors import UnsupportedError
from inspector.read.model import Model
from inspector.report.comparison import headline
from inspector.run.isolation import Pool
from inspector.run.runtime import Kernels, Runtime, kernels_for
from inspector.run.series import Report, Series
from inspector.tui.command_line import words_of
from inspector.tui.pairs import Pair, Part
from inspector.tui.running import Told, asked_from, parser_of_inputs

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

    Without a candidate inputs are named by `--input`. Raises `InputError`.
    """
    parser = parser_of_inputs()
    parser.add_argument("--against", choices=[kernels.value for kernels in Kernels])
    parser.add_argument("--signature")
    found = parser.parse_intermixed_args(words_of(line))
    candidate, *inputs = found.given or [None]
    found.given = inputs
    asked = asked_from(found)
    against = Kernels(found.against) if found.against else None
    return Question(candidate, asked.series, bool(asked.given), against, found.signature)


class Values(NamedTuple):
    """Both values of each output on a sample: which of how many it is, and when it was fed.

    Samples may be `steps`.
    """

    pairs: Sequence[Pair]
    sample: int
    samples: int
    moment: str
    steps: bool


@dataclass(slots=True)
class Answer:
    """A comparison, and both models, made ready to give the values of an operator."""

    comparison: Comparison
    compared: Compared
    samples: Sequence[Sequence[np.ndarray]]
    runtime: Runtime
    reports: Sequence[Report]
    opened: ExitStack
    _parts: dict[int, Part | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reference, candidate, subgraph = self.compared
        fed = [Fed(sample) for sample in self.samples]
        self._parts[subgraph] = Part(reference, candidate, fed, self.runtime)

    @property
    def headline(self) -> str:
        """The outcome in words."""
        return headline(self.comparison)

    def unit(self, operator: OperatorResult) -> Unit | None:
        """What an operator was checked in; None where nothing of it was, or that is not known yet.

        Of subgraphs that others call it is known when `values` has been asked for.
        """
        part = self._parts.get(operator.subgraph)
        return part.unit(operator.index) if part else None

    def values(self, operator: OperatorResult, sample: int) -> Values:
        """The outputs of an operator, both sides fed the same, on a sample; round at the end.

        Raises `UnsupportedError` where nothing of it is matched, else as running the candidate
        does.
        """
        part = self._part(operator.subgraph)
        unit = part.unit(operator.index) if part else None
        if part is None or unit is None:
            raise UnsupportedError("there are no two values to show: it was not checked by itself")
        at = sample % len(part.fed)
        pairs = part.pairs(unit, at)
        return Values(pairs, at, len(part.fed), part.moment(at), part.are_steps)

    def _part(self, subgraph: int) -> Part | None:
        """A subgraph that was compared; None where it was not by itself."""
        if subgraph not in self._parts:
            self._parts[subgraph] = self._called(subgraph)
        return self._parts[subgraph]

    def _called(self, subgraph: int) -> Part | None:
        """A subgraph that operators of the compared one run, or another signature names."""
        candidate = self.compared.candidate
        if not isinstance(candidate, TfliteCandidate | Recording | Nesting):
            return None
        found = part_of(candidate, subgraph, self.samples, self.runtime)
        if found is None:
            return None
        other, given = found
        part = Part(other.reference, other, given, self.runtime, is_called=True)
        if isinstance(other, Settling):
            other.settle(given[0].arrays, part.reference.values[0])
        return part

    def close(self) -> None:
        """Close what was opened for it."""
        self.opened.close()


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
