"""What goes on inside WHILE, IF and calls: the subgraphs they run, run again and watched.

The interpreter gives the tensors of a subgraph that an operator runs as the last turn left them, if
at all. So each such subgraph is made the primary one of a copy of the model, and fed what the
operator was fed: a loop turn by turn, until its condition says no. What comes out at the end must
be what the operator gave in the real run, bit for bit. A loop's condition and body are followed in
the order in which the interpreter runs them, and their variables live on between turns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from inspector.calls import Call, calls_of
from inspector.errors import InspectorError, RunError
from inspector.read.model import Model
from inspector.read.records import Operator
from inspector.run.bits import same_bits
from inspector.run.callers import (
    BRANCHES,
    LOOPS,
    below,
    branch,
    callers,
    check,
    operands_of,
)
from inspector.run.places import Frame, Place
from inspector.run.probe import Probe
from inspector.run.runtime import Runtime

Sink: TypeAlias = Callable[[Place, np.ndarray], object]
"""Takes a captured value, and where it was seen."""
Values: TypeAlias = Mapping[int, np.ndarray]


@dataclass(slots=True)
class Followed:
    """One run of a calling operator: how often it went round, and whether it ended the same.

    `equal` is None where that could not be told: the loop went on after the last turn that was
    asked for.
    """

    caller: tuple[Frame, ...]
    turns: int
    equal: bool | None


@dataclass(slots=True)
class Wanted:
    """The tensors to capture: by subgraph, those of a name, or all (None)."""

    tensors: Mapping[int, Sequence[int]] | None = None

    def of(self, subgraph: int) -> Sequence[int] | None:
        """Those of one subgraph."""
        return None if self.tensors is None else self.tensors.get(subgraph, [])


@dataclass
class Follower:
    """Follows calling operators of a model, up to `turns` turns of each loop, into a sink.

    `missing` says by (subgraph, tensor) why there is no value; `followed` lists what was run.
    """

    model: Model
    runtime: Runtime
    wanted: Wanted
    turns: int
    sink: Sink
    missing: dict[tuple[int, int], str] = field(default_factory=dict)
    followed: list[Followed] = field(default_factory=list)
    probes: dict[int, Probe] = field(default_factory=dict)
    started: set[int] = field(default_factory=set)
    checked: dict[int, str] = field(default_factory=dict)

    def restart(self) -> None:
        """Forget the variables of all subgraphs: another run begins."""
        self.probes.clear()
        self.started.clear()

    def follow(
        self, operator: Operator, values: Values, run: str, chain: tuple[Frame, ...] = ()
    ) -> None:
        """Run what an operator called, given the values of the subgraph that it stands in."""
        calls = self._calls(operator)
        try:
            self._check(operator, calls, chain)
            if operator.name == "CALL_ONCE" and not self._first(operator):
                return
            turns, found = self._outcome(operator, calls, fed(operator, values), run, chain)
        except InspectorError as error:
            self._lose(calls, f"{operator} runs it, and cannot be followed: {error}")
            return
        equal = None if found is None else ended_alike(operator, values, found)
        here = Frame(operator.subgraph, operator.index, calls[-1].subgraph)
        self.followed.append(Followed((*chain, here), turns, equal))

    def _check(self, operator: Operator, calls: Sequence[Call], chain: tuple[Frame, ...]) -> None:
        """Raise `RunError` where the operator cannot be followed; looked at once."""
        if operator.at not in self.checked:
            self.checked[operator.at] = check(self.model, operator, calls, chain)
        if self.checked[operator.at]:
            raise RunError(self.checked[operator.at])

    def _calls(self, operator: Operator) -> list[Call]:
        return calls_of(operator, len(self.model.subgraphs))

    def _first(self, operator: Operator) -> bool:
        """Whether an initialiser has not been run yet: the interpreter runs it once."""
        fresh = operator.at not in self.started
        self.started.add(operator.at)
        return fresh

    def _outcome(
        self,
        operator: Operator,
        calls: Sequence[Call],
        state: Sequence[np.ndarray],
        run: str,
        chain: tuple[Frame, ...],
    ) -> tuple[int, Sequence[np.ndarray] | None]:
        """How often the operator went round, and what it ended with; None where that is unknown."""
        if operator.name in LOOPS:
            return self._loop(operator, calls, state, run, chain)
        if operator.name in BRANCHES:
            taken = branch(operator, state[0], len(calls))
            others = [call for place, call in enumerate(calls) if place != taken]
            self._lose(others, f"{operator} took another branch")
            calls, state = [calls[taken]], state[1:]
        frame = Frame(operator.subgraph, operator.index, calls[0].subgraph)
        return 1, self._run(calls[0].subgraph, state, run, (*chain, frame))

    def _loop(
        self,
        operator: Operator,
        calls: Sequence[Call],
        state: Sequence[np.ndarray],
        run: str,
        chain: tuple[Frame, ...],
    ) -> tuple[int, Sequence[np.ndarray] | None]:
        """A loop, turn by turn: the condition, then the body, until the condition says no."""
        condition, body = (call.subgraph for call in calls)
        for turn in range(self.turns):
            frame = Frame(operator.subgraph, operator.index, condition, turn)
            if not self._run(condition, state, run, (*chain, frame))[0].any():
                if not turn:
                    self._lose(calls[1:], f"{operator} did not go round once")
                return turn, state
            state = self._run(body, state, run, (*chain, frame._replace(callee=body)))
        return self.turns, None

    def _run(
        self, subgraph: int, state: Sequence[np.ndarray], run: str, chain: tuple[Frame, ...]
    ) -> list[np.ndarray]:
        """The outputs of a subgraph that is run on `state`; what it computes goes to the sink."""
        probe, values = self._probe(subgraph), dict[int, np.ndarray]()
        wanted = set(probe.wanted)
        for tensor, value in probe.feed(state):
            if tensor in wanted:
                self.sink(Place(subgraph, tensor, chain, run), value)
            if tensor in probe.operands:
                values[tensor] = value
        for operator in callers(probe.graph):
            self.follow(operator, values, run, chain)
        self.missing.update({(subgraph, t): why for t, why in probe.missing.items()})
        return [needed(values, tensor) for tensor in probe.graph.outputs]

    def _probe(self, subgraph: int) -> Probe:
        """The subgraph, loaded; it keeps its variables as long as the run lasts."""
        if subgraph not in self.probes:
            graph = self.model.subgraphs[subgraph]
            operands = {*graph.outputs, *operands_of(callers(graph))}
            wanted = self.wanted.of(subgraph)
            self.probes[subgraph] = Probe(self.model, wanted, self.runtime, subgraph, operands)
        return self.probes[subgraph]

    def _lose(self, calls: Sequence[Call], why: str) -> None:
        """Say why the tensors of called subgraphs, and of those that they call, are missing."""
        for call in calls:
            for graph in below(self.model, call.subgraph):
                wanted = self.wanted.of(graph.index)
                for tensor in range(len(graph.tensors)) if wanted is None else wanted:
                    if not self.model.is_constant(graph.tensors[tensor]):
                        self.missing.setdefault((graph.index, tensor), why)


def fed(operator: Operator, values: Values) -> list[np.ndarray]:
    """The values of an operator's inputs. Raises `RunError` where one has none."""
    return [needed(values, tensor) for tensor in operator.inputs]


def needed(values: Values, tensor: int) -> np.ndarray:
    """The value of a tensor. Raises `RunError` where it has none."""
    if tensor not in values:
        raise RunError(f"tensor {tensor} has no value")
    return values[tensor]


def ended_alike(operator: Operator, values: Values, found: Sequence[np.ndarray]) -> bool:
    """Whether what was found is what the operator gave, bit for bit, as far as that is known."""
    pairs = zip(operator.outputs, found, strict=False)
    return all(same_bits(values[t], value) for t, value in pairs if t in values)
