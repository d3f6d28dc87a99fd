"""One of the other subgraphs of two models, as the primary one of both, and what it is fed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

from inspector.calls import calls_of
from inspector.compare.called import (
    Called,
    Fed,
    Seen,
    called_by,
    inputs_seen,
    led,
    named_by_signatures,
)
from inspector.compare.candidate import Candidate, Nesting
from inspector.compare.recording import Recording
from inspector.compare.reference import Arrays
from inspector.compare.result import Comparison
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Verdict
from inspector.errors import InputError, InspectorError
from inspector.read.model import Model
from inspector.run.callers import callers
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Runtime

Nested: TypeAlias = TfliteCandidate | Recording | Nesting
"""A candidate that has something of other subgraphs than the primary one."""


def called_inside(candidate: Nested, subgraph: int) -> Iterator[Called]:
    """The subgraphs that operators of the primary one run, as far as they can be compared.

    The primary one is `subgraph` in the original. Of a recording, they are those that were run, of
    a script those that it has models of.
    """
    if isinstance(candidate, TfliteCandidate):
        yield from called_by(candidate, subgraph)
        return
    model = candidate.reference
    for operator in callers(model.subgraphs[0]):
        for call in calls_of(operator, len(model.subgraphs)):
            if call.subgraph in candidate.inner:
                yield Called(call.subgraph, call.subgraph, operator._replace(subgraph=subgraph))


def inside(candidate: Nested, pair: Called) -> Nested:
    """Both sides of a subgraph. Raises `InputError` where there is no second one."""
    if isinstance(candidate, TfliteCandidate):
        return paired(candidate, pair)
    return candidate.inside(pair.ours)


def paired(candidate: TfliteCandidate, pair: Called) -> TfliteCandidate:
    """The two subgraphs. Raises `InputError` where there is no second one."""
    if pair.theirs is None:
        raise InputError("the candidate has no subgraph in its place")
    ours = led(candidate.reference, pair.ours)
    is_own = candidate.other is candidate.reference and pair.theirs == pair.ours
    theirs = ours if is_own else led(candidate.other, pair.theirs)
    return TfliteCandidate(ours, theirs, candidate.runtime)


def fed(model: Model, subgraph: int, seen: Seen, candidate: Nested) -> Sequence[Fed]:
    """What a subgraph was seen to be fed, else random inputs that both models can hold.

    Of a recording, it is what was recorded.
    """
    if isinstance(candidate, Recording):
        both = zip(candidate.samples(), candidate.calls, strict=True)
        return [Fed(inputs, *call) for inputs, call in both]
    if subgraph in seen:
        return seen[subgraph]
    random = inputs_of(model, subgraph).read([], seed=0)
    return [Fed(candidate.in_range(random) if isinstance(candidate, TfliteCandidate) else random)]


def beside(candidate: Nested) -> list[Called]:
    """The subgraphs that operators of the primary ones run, and those that signatures name."""
    found = [*called_inside(candidate, 0)]
    if isinstance(candidate, TfliteCandidate):
        found += named_by_signatures(candidate)
    return found


def reached(candidate: Nested) -> Iterator[tuple[int, Nested]]:
    """The subgraphs beside the primary ones that can be compared, each with both of its sides."""
    waiting = beside(candidate)
    met = set[int]()
    while waiting:
        pair = waiting.pop(0)
        if pair.ours not in met:
            met.add(pair.ours)
            with suppress(InspectorError):  # what runs it was checked with it inside
                other = inside(candidate, pair)
                waiting += called_inside(other, pair.ours)
                yield pair.ours, other


def part_of(
    candidate: Nested, subgraph: int, samples: Sequence[Arrays], runtime: Runtime
) -> tuple[Nested, Sequence[Fed]] | None:
    """Both sides of a subgraph beside the primary ones, and what they are compared on.

    None where it was not compared by itself.
    """
    for index, other in reached(candidate):
        if index == subgraph:
            seen = inputs_seen(candidate.reference, samples, runtime)
            return other, fed(candidate.reference, subgraph, seen, other)
    return None


def first_to_blame(
    candidate: Candidate,
    samples: Sequence[Arrays],
    runtime: Runtime,
    found: Comparison,
) -> tuple[Candidate, Sequence[Arrays]]:
    """The candidate and the samples of the subgraph that the first SOURCE is in."""
    sources = (o.subgraph for o in found.operators if o.verdict is Verdict.SOURCE)
    subgraph = next(sources, 0)
    if not subgraph or not isinstance(candidate, TfliteCandidate):
        return candidate, samples
    part = part_of(candidate, subgraph, samples, runtime)
    if part is None:
        return candidate, samples
    other, given = part
    assert isinstance(other, TfliteCandidate)  # as the candidate that it is a part of
    return other, [each.arrays for each in given]
