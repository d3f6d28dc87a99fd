"""Which subgraphs of two models stand for each other, and what the reference feeds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from inspector.calls import calls_of
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.turns import MOST_SAMPLES, TURNS
from inspector.errors import RunError
from inspector.read.model import Model
from inspector.read.records import Operator
from inspector.run.callers import below, callers
from inspector.run.edit import watched
from inspector.run.follow import Wanted
from inspector.run.places import Frame, Place
from inspector.run.record import Plan, record
from inspector.run.resources import INITIALISER
from inspector.run.runtime import Runtime


class Fed(NamedTuple):
    """The inputs of a subgraph, and in which run and by which calls it was fed them.

    There are no `calls` where nothing fed it: the inputs are random then.
    """

    arrays: Sequence[np.ndarray]
    run: str = ""
    calls: tuple[Frame, ...] = ()


Seen: TypeAlias = Mapping[int, Sequence[Fed]]
"""By subgraph, what it was fed."""


@dataclass(frozen=True, slots=True)
class Called:
    """A subgraph of the reference, the operator that runs it, and the candidate's in its place.

    `caller` is None where a signature names the subgraph, `theirs` where the candidate has none.
    """

    ours: int
    theirs: int | None
    caller: Operator | None


def led(model: Model, subgraph: int) -> Model:
    """The model with another subgraph as its primary one, which changes places with the first.

    Raises `UnsupportedError` as `edit.watched` does.
    """
    content = b"".join(watched(model, subgraph, model.subgraphs[subgraph].outputs))
    return Model(content, model.path)


def called_by(candidate: TfliteCandidate, subgraph: int) -> Iterator[Called]:
    """The subgraphs that operators of the reference run, and those that the candidate's run.

    The operators are those of the primary subgraphs, which are `subgraph` in the original.
    """
    theirs = {u.operators[-1]: region.operators[-1] for u, region in candidate.regions.items()}
    both = [
        [operator.index for operator in graph.operators if operator.name == INITIALISER]
        for graph in (candidate.ours, candidate.theirs)
    ]
    theirs |= dict(zip(*both, strict=False))
    for operator in callers(candidate.ours):
        calls = calls_of(operator, len(candidate.reference.subgraphs))
        others: Sequence[int] = []
        if operator.index in theirs:
            other = candidate.theirs.operators[theirs[operator.index]]
            others = [call.subgraph for call in calls_of(other, len(candidate.other.subgraphs))]
        for place, call in enumerate(calls):
            found = others[place] if len(others) == len(calls) else None
            yield Called(call.subgraph, found, operator._replace(subgraph=subgraph))


def named_by_signatures(candidate: TfliteCandidate) -> Iterator[Called]:
    """The subgraphs of signatures, and those that signatures of the same key name."""
    others = {signature.key: signature.subgraph for signature in candidate.other.signatures}
    for signature in candidate.reference.signatures:
        if signature.subgraph:
            yield Called(signature.subgraph, others.get(signature.key), None)


def inputs_seen(model: Model, samples: Sequence[Sequence[np.ndarray]], runtime: Runtime) -> Seen:
    """What operators fed each subgraph that they ran, on some samples; some of all at the most.

    What cannot be followed (`follow.Follower`) is left out, and all where the model cannot be run
    to its end.
    """
    graphs = {graph.index: graph for graph in below(model, 0) if graph.index}
    if not graphs:
        return {}
    calls: dict[tuple[int, str, tuple[Frame, ...]], dict[int, np.ndarray]] = {}

    def take(place: Place, value: np.ndarray) -> None:
        if place.subgraph in graphs and not place.before:
            key = place.subgraph, place.run, place.calls
            calls.setdefault(key, {})[place.tensor] = value

    wanted = Wanted({index: list(graph.inputs) for index, graph in graphs.items()})
    with suppress(RunError):
        record(model, samples, Plan(runtime, wanted=wanted, turns=TURNS), take)
    found: dict[int, list[Fed]] = {}
    for (index, run, frames), values in calls.items():
        inputs, kept = graphs[index].inputs, found.get(index, [])
        if len(kept) < MOST_SAMPLES and values.keys() >= set(inputs):
            arrays = [values[tensor] for tensor in inputs]
            found.setdefault(index, []).append(Fed(arrays, run, frames))
    return found
