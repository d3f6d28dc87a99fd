"""What is measured of a candidate: each unit by itself, and all of it end to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from inspector.compare.candidate import Batching, Candidate, Real, Unit
from inspector.compare.drawn import behind, drawn
from inspector.compare.floors import own_floor, unit_floor
from inspector.compare.hints.suggest import suggest
from inspector.compare.jitter import rounding_floor
from inspector.compare.metrics import Errors, Metrics
from inspector.compare.real_kernels import of_real_numbers
from inspector.compare.recording import Recording
from inspector.compare.reference import Arrays, Reference, Trial, Values, picked
from inspector.compare.rounding import Rounded
from inspector.compare.stress import is_suspect, stressed
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.tolerance import Tolerance, beyond, isolated, same_kernel, terms_added
from inspector.errors import InspectorError
from inspector.read.records import Tensor
from inspector.run.regions import Slice

MOST_HINTS = 8
"""Operators whose cause is looked for: where more are wrong, it is seldom each by itself."""
SILENT = "only random feeds show it, the samples do not"
IDLE = "its constants, options or inputs differ; neither the samples nor random feeds show it"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The errors of a unit's outputs when it was fed the same, or why they are `unknown`.

    `floor` is measured where an error is beyond tolerance, else empty; `beyond` names the figures
    that are beyond both. `remark` says what else there is to know.
    """

    unit: Unit
    isolated: Errors = field(default_factory=dict)
    floor: Errors = field(default_factory=dict)
    beyond: tuple[str, ...] = ()
    unknown: str = ""
    remark: str = ""
    hint: str = ""


def gather(
    reference: Reference, candidate: Candidate | Recording, after_unit: Callable[[], object]
) -> list[Evidence]:
    """What each unit of a candidate was found to be; `after_unit` is called for each."""
    found, random = [], drawn(reference.graph)
    batches = candidate.batches if isinstance(candidate, Batching) else single(candidate.units)
    for batch in batches:
        for unit in batch:
            if reason := next((random[o] for o in unit.operators if o in random), ""):
                found.append(Evidence(unit, unknown=reason))
                after_unit()
        comparable = [unit for unit in batch if random.keys().isdisjoint(unit.operators)]
        for unit, trials in attempted(reference, comparable, candidate) if comparable else ():
            if isinstance(trials, InspectorError):
                found.append(Evidence(unit, unknown=str(trials)))
            else:
                evidence, trials = pressed(reference, unit, trials, candidate)
                if evidence.beyond and sum(bool(e.beyond) for e in found) < MOST_HINTS:
                    rounded = candidate.roundings(unit) if isinstance(candidate, Rounded) else None
                    hint = suggest(reference, unit, trials, evidence.floor, rounded)
                    evidence = replace(evidence, hint=hint)
                found.append(evidence)
            after_unit()
    return found


def pressed(
    reference: Reference, unit: Unit, trials: list[Trial], candidate: Candidate | Recording
) -> tuple[Evidence, list[Trial]]:
    """What the trials say of a unit, on random feeds as well where called for, and all trials."""
    try:
        found = assessed(reference, unit, trials, candidate)
    except InspectorError as error:
        return Evidence(unit, unknown=str(error)), trials
    if found.beyond or not isinstance(candidate, TfliteCandidate):
        return found, trials
    with suppress(InspectorError):  # random feeds may be more than the operator takes
        if is_suspect(reference, unit, candidate):
            every = trials + stressed(reference, unit, candidate)
            more = assessed(reference, unit, every, candidate)
            if more.beyond:
                return replace(more, remark=SILENT), every
            return replace(found, remark=IDLE), trials
    return found, trials


def single(units: Sequence[Unit]) -> list[list[Unit]]:
    """Each unit by itself."""
    return [[unit] for unit in units]


def assessed(
    reference: Reference, unit: Unit, trials: Sequence[Trial], candidate: Candidate | Recording
) -> Evidence:
    """The isolated errors of a unit, and their floor.

    Where the reference's own kernel computes the candidate's side too, integers are to be equal,
    and what other kernels would have given is no excuse; that one side rounds more coarsely is.
    """
    errors = reference.errors(unit.outputs, [(trial.expected, trial.found) for trial in trials])
    same = unit.runtime == reference.runtime
    values = trials[0].values(unit.outputs)
    rounded = candidate.roundings(unit) if isinstance(candidate, Rounded) else None
    terms = terms_added(reference.graph, unit.operators[-1], values)
    allowed = partial(isolated, terms=terms, halves=rounded.halves if rounded else frozenset())
    tolerance = same_kernel if same else allowed
    if not beyond(reference.graph, errors, {}, tolerance):
        return Evidence(unit, errors)
    floor = unit_floor(reference, unit, trials)
    excuse = own_floor(reference, unit, trials) if same else floor
    if rounded:
        coarse = rounding_floor(reference, unit, trials, rounded)
        floor, excuse = joined(floor, coarse), joined(excuse, coarse)
    found = beyond(reference.graph, errors, excuse, tolerance)
    if found and isinstance(candidate, Real) and candidate.in_real:
        return of_real(reference, Evidence(unit, errors, floor, found), trials, allowed)
    return Evidence(unit, errors, floor, found)


def of_real(
    reference: Reference,
    evidence: Evidence,
    trials: Sequence[Trial],
    tolerance: Callable[[Tensor], Tolerance],
) -> Evidence:
    """What is found of a unit that computes with real numbers: held to the kernel for such.

    How far that one is from the quantised kernel counts as floor.
    """
    given = of_real_numbers(reference, evidence.unit, trials)
    if not given:
        return evidence
    outputs, graph = evidence.unit.outputs, reference.graph
    own = reference.errors(outputs, [(t.expected, g) for t, g in zip(trials, given, strict=True)])
    apart = reference.errors(outputs, [(g, t.found) for t, g in zip(trials, given, strict=True)])
    beyond_it = beyond(graph, apart, {}, tolerance) and evidence.beyond
    return replace(evidence, floor=joined(evidence.floor, own), beyond=beyond_it)


def joined(one: Errors, other: Errors) -> Errors:
    """The errors of both, by tensor."""
    return {t: [*one.get(t, ()), *other.get(t, ())] for t in {**one, **other}}


def attempted(
    reference: Reference, batch: Sequence[Unit], candidate: Candidate | Recording
) -> list[tuple[Unit, list[Trial] | InspectorError]]:
    """The trials of the units of a batch, or why they failed: halved until the failure is found."""
    try:
        return list(zip(batch, tried(reference, batch, candidate), strict=True))
    except InspectorError as error:
        if len(batch) == 1:
            return [(batch[0], error)]
    half = len(batch) // 2
    halves = batch[:half], batch[half:]
    return [found for part in halves for found in attempted(reference, part, candidate)]


def tried(
    reference: Reference, batch: Sequence[Unit], candidate: Candidate | Recording
) -> list[list[Trial]]:
    """For each unit of a batch a trial on each sample: the reference's, or that of a recording."""
    if isinstance(candidate, Recording):
        for unit in batch:
            candidate.check(unit)
        recorded = [
            {**dict(zip(reference.graph.inputs, sample, strict=True)), **values}
            for sample, values in zip(reference.samples, candidate.values, strict=False)
        ]
        return [replayed(reference, unit, recorded) for unit in batch]
    samples = [forced(batch, candidate, values) for values in reference.values]
    return [list(trials) for trials in zip(*samples, strict=True)]


def forced(batch: Sequence[Unit], candidate: Candidate, values: Values) -> list[Trial]:
    """The candidate, fed what the reference was fed."""
    expected = [picked(values, unit.outputs) for unit in batch]
    feeds = [picked(values, unit.inputs) for unit in batch]
    if isinstance(candidate, Batching):
        together = candidate.isolated_together(batch, values)
        found: list[Arrays] = [picked(together, unit.outputs) for unit in batch]
    else:
        found = [candidate.isolated(unit, fed) for unit, fed in zip(batch, feeds, strict=True)]
    return [Trial(values, *sides) for sides in zip(expected, found, strict=True)]


def replayed(reference: Reference, unit: Unit, samples: Sequence[Values]) -> list[Trial]:
    """The reference's operators, fed the values of a recording."""
    part = Slice(reference.model, unit.region(unit.inputs), reference.runtime)
    expected = reference.through(part, [picked(values, unit.inputs) for values in samples])
    return [
        Trial(values, given, picked(values, unit.outputs))
        for values, given in zip(samples, expected, strict=True)
    ]


def end_to_end(
    reference: Reference, candidate: Candidate | Recording
) -> tuple[Errors, list[Values]]:
    """The accumulated error of every value that the whole candidate gives, and its outputs.

    The subgraph's inputs are given, so they have none; nor has what hangs on random numbers that
    each run draws anew. Raises as `Candidate.run` does.
    """
    random = behind(reference.graph, drawn(reference.graph))
    found: dict[int, list[Metrics]] = {}
    answers: list[Values] = []
    both = zip(reference.samples, reference.values, strict=True)
    for index, (sample, values) in enumerate(both):
        if isinstance(candidate, Recording):
            run = candidate.replay(index, sample)
        else:
            run = candidate.run(sample)
        given = {**run, **dict(zip(reference.graph.inputs, sample, strict=True))}
        for tensor in sorted((given.keys() & values.keys()) - random):
            error = reference.errors([tensor], [([values[tensor]], [given[tensor]])])
            found.setdefault(tensor, []).extend(error[tensor])
        known = given.keys() - random
        answers.append({i: given[i] for i in reference.graph.outputs if i in known})
    return found, answers
