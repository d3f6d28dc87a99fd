"""One pass over the runs of a capture: what they show, and what they are checked against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from inspector.calls import calls_of
from inspector.read.model import Model
from inspector.read.records import Operator
from inspector.run.bits import same_bits
from inspector.run.callers import below, callers, operands_of
from inspector.run.follow import Followed, Follower, Sink, Wanted
from inspector.run.places import Place
from inspector.run.probe import Probe, Untouched, arranged
from inspector.run.runtime import Runtime
from inspector.run.together import do_both, step_together

TURNS = 1000
"""Turns of a loop that are captured unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to capture, and how.

    `turns` bounds each loop. With `memory`, the tensors are taken in as many runs as keep this
    process and the interpreter's together under so many bytes. With `state`, the runs are steps:
    each goes on from what the one before left in variables and resources.
    """

    runtime: Runtime = field(default_factory=Runtime)
    subgraph: int = 0
    wanted: Wanted = field(default_factory=Wanted)
    turns: int = TURNS
    memory: int = 0
    state: bool = False


@dataclass(slots=True)
class Findings:
    """What is to be said of a capture beside its values.

    `missing` says by (subgraph, tensor) why there is no value. `outputs_equal` is the self-check:
    the untouched model gave the same outputs, bit for bit. `followed` are the operators whose
    subgraphs were run again. `groups` is how many times the model was run for want of memory, and
    `preserved` tells that its file could not be patched. `short` are the bytes by which the memory
    that was allowed falls short of what a single tensor takes beside the processes themselves.
    """

    missing: dict[tuple[int, int], str] = field(default_factory=dict)
    followed: list[Followed] = field(default_factory=list)
    outputs_equal: bool = True
    groups: int = 1
    preserved: bool = False
    short: int = 0

    @property
    def sound(self) -> bool:
        """Whether no check failed."""
        return self.outputs_equal and all(one.equal is not False for one in self.followed)


class Recorder:
    """Runs a model, and hands each value to `sink` as it comes."""

    def __init__(
        self, model: Model, runs: Sequence[Sequence[np.ndarray]], plan: Plan, sink: Sink
    ) -> None:
        self.model, self.runs, self.plan, self.sink = model, runs, plan, sink
        self.findings, self.seen = Findings(), set[tuple[int, int]]()
        self.untouched = Untouched(model, plan.runtime, plan.subgraph)
        self.graph = self.untouched.graph
        self.calling = [operator for operator in callers(self.graph) if self._leads(operator)]
        self.follower = self._following(plan.wanted)

    def record(self) -> Findings:
        """Make all runs."""
        self._passes()
        missing = self.findings.missing
        self.findings.missing = {at: missing[at] for at in sorted(missing) if at not in self.seen}
        return self.findings

    def _passes(self) -> None:
        """Everything at once."""
        everything = self.plan.wanted.of(self.plan.subgraph)
        self._pass(self._probe(everything, self.calling), None, self.calling)
        self._note_inside()
        self.findings.followed = self.follower.followed

    def _following(self, wanted: Wanted) -> Follower:
        """What follows calling operators, for some tensors of the subgraphs that they run."""
        return Follower(self.model, self.plan.runtime, wanted, self.plan.turns, self._take)

    def _probe(self, tensors: Iterable[int] | None, calling: Sequence[Operator] = ()) -> Probe:
        """What shows some tensors, and what the operators of `calling` read and write."""
        operands = operands_of(calling)
        return Probe(self.model, tensors, self.plan.runtime, self.plan.subgraph, operands)

    def _pass(
        self,
        probe: Probe,
        expected: Sequence[Sequence[np.ndarray | None]] | None,
        calling: Sequence[Operator],
    ) -> None:
        """All runs, watched by one probe; checked against `expected`, or the model run beside.

        The operators of `calling` are followed.
        """
        for index, inputs in enumerate(self.runs):
            label = self._label(index)
            if self._is_anew(index):
                self._begin(probe, inputs, beside=expected is None)
            for tensor, value in probe.variables().items():
                self._take(Place(self.graph.index, tensor, run=label, before=True), value)
            self._step(probe, inputs, beside=expected is None)
            operands = self._values(probe, inputs, label)
            outputs = self.untouched.outputs() if expected is None else expected[index]
            self.findings.outputs_equal &= all(map(same_bits, probe.outputs(), outputs))
            for operator in calling:
                self.follower.follow(operator, operands, label)
        self._note(probe)

    def _begin(self, probe: Probe, inputs: Sequence[np.ndarray], beside: bool) -> None:
        """Forget all state: the probe's, the untouched model's, that of what was followed."""
        self.follower.restart()
        if beside:
            do_both(partial(probe.begin, inputs), partial(self.untouched.begin, inputs))
        else:
            probe.begin(inputs)

    def _step(self, probe: Probe, inputs: Sequence[np.ndarray], beside: bool) -> None:
        """One run of the probe, and of the untouched model at the same time."""
        if not beside:
            probe.step(inputs)
            return
        with probe.telling(inputs):
            session, other = probe.loaded(), self.untouched.loaded()
            given = arranged(session, self.graph, inputs)
            step_together(session, given, other, arranged(other, self.graph, inputs))

    def _values(
        self, probe: Probe, inputs: Sequence[np.ndarray], label: str
    ) -> dict[int, np.ndarray]:
        """Hand on what the probe shows; what the calling operators read is given back."""
        wanted, operands = set(probe.wanted), {}
        for tensor, value in probe.values(inputs):
            if tensor in wanted:
                self._take(Place(self.graph.index, tensor, run=label), value)
            if tensor in probe.operands:
                operands[tensor] = value
        return operands

    def _take(self, place: Place, value: np.ndarray) -> None:
        """Hand on a value."""
        if not place.before:
            self.seen.add((place.subgraph, place.tensor))
        self.sink(place, value)

    def _note(self, probe: Probe) -> None:
        """Keep what a probe has to say beside values."""
        here = probe.graph.index
        self.findings.missing.update({(here, t): why for t, why in probe.missing.items()})
        self.findings.preserved |= probe.preserved

    def _note_inside(self) -> None:
        """Keep what the follower has to say beside values; of the subgraph itself we know more."""
        self.findings.missing = {**self.follower.missing, **self.findings.missing}

    def _leads(self, operator: Operator) -> bool:
        """Whether tensors are wanted of a subgraph that an operator runs, or of one below."""
        calls = calls_of(operator, len(self.model.subgraphs))
        graphs = (graph.index for call in calls for graph in below(self.model, call.subgraph))
        return any(self.plan.wanted.of(index) != [] for index in graphs)

    def _is_anew(self, index: int) -> bool:
        return index == 0 or not self.plan.state

    def _label(self, index: int) -> str:
        """What tells the run apart from others, for `Place.run`."""
        if self.plan.state:
            return f"t{index}"
        return f"n{index}" if len(self.runs) > 1 else ""
