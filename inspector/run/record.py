"""The work of a capture: in one pass, or in as many as a limit of memory asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from inspector.read.model import Model, Subgraph
from inspector.run.callers import below
from inspector.run.follow import Sink, Wanted
from inspector.run.groups import Address, grouped, memory_held, room_within, sizes_of
from inspector.run.probe import Probe
from inspector.run.recorder import Findings, Plan, Recorder

__all__ = ["Findings", "Plan", "record"]

NOTHING = Wanted({})
Outputs: TypeAlias = list[list[np.ndarray | None]]
"""Of each run, the outputs in their order."""


def record(model: Model, runs: Sequence[Sequence[np.ndarray]], plan: Plan, sink: Sink) -> Findings:
    """Run a model on the inputs of each of `runs`, and give `sink` each value as it comes.

    The model is loaded once, however many the runs are, and once more for each group of tensors
    where memory is limited. Raises as `capture` does.
    """
    recorder = ThriftyRecorder if plan.memory else Recorder
    return recorder(model, runs, plan, sink).record()


class ThriftyRecorder(Recorder):
    """Makes a pass for each group of tensors that fits into the memory of its plan.

    First those of the subgraph itself, then those of the subgraphs that its operators run.
    """

    def _passes(self) -> None:
        expected = self._expected()
        shapes = self.untouched.loaded().tensor_shapes()
        self._note(everything := self._probe(self.plan.wanted.of(self.plan.subgraph)))
        sizes = sizes_of(self.graph, shapes)
        room = self._room(sizes)
        self.untouched.session = None  # its memory is free before there is another
        here = self.graph.index
        groups = list(grouped([(here, t) for t in everything.wanted], sizes, room)) or [[]]
        for group in groups:
            self._pass(self._probe([t for _, t in group]), expected, ())
        self.findings.groups = len(groups)
        if self.calling:
            self._inside(expected)

    def _expected(self) -> Outputs:
        """The outputs of all runs of the untouched model."""
        expected = []
        for index, inputs in enumerate(self.runs):
            if self._is_anew(index):
                self.untouched.begin(inputs)
            self.untouched.step(inputs)
            expected.append(self.untouched.outputs())
        return expected

    def _room(self, sizes: dict[Address, int]) -> int:
        """The bytes that a group may have, beside what is held now."""
        held, largest = memory_held(), max(sizes.values(), default=0)
        short = max(0, held + largest - self.plan.memory)
        self.findings.short = max(self.findings.short, short)
        return room_within(self.plan.memory, held, largest)

    def _inside(self, expected: Outputs) -> None:
        """The tensors of the subgraphs that operators run: once for their sizes, then in groups."""
        probe = self._probe([], self.calling)
        self.follower = self._following(NOTHING)
        self._pass(probe, expected, self.calling)
        self.findings.followed = self.follower.followed
        sizes, wanted = self._sizes_inside(self.follower.probes), list[Address]()
        for sought in self._sought():
            wanted += [(sought.graph.index, tensor) for tensor in sought.wanted]
        for group in grouped(wanted, sizes, self._room(sizes)):
            tensors: dict[int, list[int]] = {}
            for subgraph, tensor in group:
                tensors.setdefault(subgraph, []).append(tensor)
            self.follower = self._following(Wanted(tensors))
            self._pass(probe, expected, self.calling)
            self._note_inside()
            self.findings.groups += 1

    def _sizes_inside(self, probes: Mapping[int, Probe]) -> dict[Address, int]:
        """The bytes of the tensors that are called, as they last were; else as the file says."""
        sizes: dict[Address, int] = {}
        for graph in self._called():
            shapes = {tensor.index: tensor.shape for tensor in graph.tensors}
            if graph.index in probes:
                shapes |= probes[graph.index].loaded().tensor_shapes()
            sizes |= sizes_of(graph, shapes)
        return sizes

    def _sought(self) -> Iterator[Probe]:
        """Of each subgraph that operators run, what is wanted and can be had."""
        for graph in self._called():
            wanted = self.plan.wanted.of(graph.index)
            probe = Probe(self.model, wanted, self.plan.runtime, graph.index)
            self._note(probe)
            yield probe

    def _called(self) -> list[Subgraph]:
        """The subgraphs that operators run."""
        here = self.graph.index
        return [graph for graph in below(self.model, here) if graph.index != here]
