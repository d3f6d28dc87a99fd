"""Variables that subgraphs have in common: what is handed to one that is called, and taken back.

The interpreter keeps the variables of all subgraphs in one place (core/subgraph.h, `resources_`). A
script has none: an operator that runs a subgraph hands it what they hold, and gets back what it
leaves in them. Where several signatures use them, their models share one layer `State`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, TypeAlias, TypeGuard

from inspector.calls import CALLERS, Call, calls_of
from inspector.errors import ModelError
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator
from rebuild.translate.resources import Key, handles

State: TypeAlias = tuple[str, str] | tuple[int, int]
"""A variable by its container and name, or a variable tensor by its subgraph and index."""

INITIALIZER = "CALL_ONCE"
CHOOSING = {"IF", "STABLEHLO_CASE"}
"""Operators whose first input says which subgraph is run, and is not handed to it."""

ON_VARIABLES = {"READ_VARIABLE", "ASSIGN_VARIABLE"}


class Running(NamedTuple):
    """An operator of `graph` that runs the subgraph `callee`, as its condition or otherwise."""

    graph: Subgraph
    operator: Operator
    callee: Subgraph
    is_condition: bool

    @property
    def given(self) -> tuple[int, ...]:
        """The tensors that are handed over, in the order of the callee's inputs."""
        inputs = self.operator.inputs
        return tuple(inputs[1:] if self.operator.name in CHOOSING else inputs)


class Threads:
    """Which variables run through which subgraphs; `entries` are those that users call."""

    def __init__(self, model: Model, entries: set[int]) -> None:
        self.model, self.entries = model, entries

    @cached_property
    def runs(self) -> list[Running]:
        """All runs of subgraphs but those before the first call."""
        codes = {code.name for code in self.model.operator_codes}
        if not codes & (CALLERS.keys() - {INITIALIZER}):
            return []
        return [
            Running(graph, operator, self.model.subgraphs[call.subgraph], call.role == "cond")
            for graph in self.model.subgraphs
            for operator in graph.operators
            for call in self._calls(operator)
        ]

    def _calls(self, operator: Operator) -> list[Call]:
        """The subgraphs that an operator runs; none where it names one that there is not."""
        if operator.name == INITIALIZER:
            return []
        try:
            return calls_of(operator, len(self.model.subgraphs))
        except ModelError:
            return []  # its translation says so

    @cached_property
    def _handles(self) -> list[dict[int, Key | None]]:
        """The variable that each handle names, by subgraph; None for one that names several."""
        found: list[dict[int, Key | None]] = [dict(handles(g)) for g in self.model.subgraphs]
        waiting = True
        while waiting:
            moves = [move for run in self.runs for move in handed(run, found)]
            waiting = sum(bind(names, tensor, key) for names, tensor, key in moves) > 0
        return found

    def handles(self, graph: Subgraph) -> dict[int, Key]:
        """The variable that each handle of a subgraph names, by the handle's tensor."""
        return {tensor: key for tensor, key in self._handles[graph.index].items() if key}

    @cached_property
    def _states(self) -> list[set[State]]:
        """The variables that each subgraph and those below it use.

        Variable tensors of a subgraph that is called are known to those that the same operator
        calls, too, since what they take and give is alike; not to who calls them, for the
        interpreter starts them anew then.
        """
        found = [set(self._own(graph)) for graph in self.model.subgraphs]
        together: dict[tuple[int, int], list[Running]] = {}
        for run in self.runs:
            together.setdefault((run.graph.index, run.operator.index), []).append(run)
        before = -1
        while before != (before := sum(map(len, found))):
            for (graph, _), group in together.items():
                union = set[State]().union(*(found[run.callee.index] for run in group))
                for run in group:
                    found[run.callee.index] |= union
                found[graph] |= {state for state in union if is_resource(state)}
        return found

    def _own(self, graph: Subgraph) -> Iterator[State]:
        """The variables that a subgraph reads or assigns itself."""
        names = self.handles(graph)
        for operator in graph.operators:
            if operator.name in ON_VARIABLES and operator.inputs and operator.inputs[0] in names:
                yield names[operator.inputs[0]]
        if self._is_called(graph.index):
            for tensor in graph.tensors:
                if tensor.is_variable and tensor.index not in graph.inputs:
                    yield graph.index, tensor.index

    def passed(self, index: int) -> list[State]:
        """The variables that the called subgraph `index` takes and gives beside its tensors."""
        return sorted(self._states[index], key=repr)

    def is_only_condition(self, index: int) -> bool:
        """Whether a subgraph is run as the condition of loops, and not otherwise."""
        return all(run.is_condition for run in self.runs if run.callee.index == index)

    def is_split(self, index: int) -> bool:
        """Whether a subgraph needs two models: users call it, operators do, and it has variables.

        The model of users keeps them; the other is handed them.
        """
        return index in self.entries and bool(self._states[index]) and self._is_called(index)

    def _is_called(self, index: int) -> bool:
        return any(run.callee.index == index for run in self.runs)

    def shared(self, index: int) -> list[State]:
        """The variables that the models of several entries hold in common; none for other ones."""
        users = {i: {s for s in self._states[i] if is_resource(s)} for i in self.entries}
        counts = [state for states in users.values() for state in states]
        common = {state for state in counts if counts.count(state) > 1}
        if not users.get(index, set()) & common:
            return []
        return sorted(set[State]().union(*(s for s in users.values() if s & common)), key=repr)


def handed(
    run: Running, names: list[dict[int, Key | None]]
) -> Iterator[tuple[dict[int, Key | None], int, Key | None]]:
    """What a run tells of handles: in which subgraph, which tensor, and what it names."""
    here, there = names[run.graph.index], names[run.callee.index]
    for given, taken in zip(run.given, run.callee.inputs, strict=False):
        if given in here:
            yield there, taken, here[given]
    if not run.is_condition:
        for inner, outer in zip(run.callee.outputs, run.operator.outputs, strict=False):
            if inner in there:
                yield here, outer, there[inner]


def bind(names: dict[int, Key | None], tensor: int, key: Key | None) -> bool:
    """Note what a handle names; whether that is news."""
    known = names.get(tensor, key)
    merged = key if known == key else None
    if tensor in names and names[tensor] == merged:
        return False
    names[tensor] = merged
    return True


def is_resource(state: State) -> TypeGuard[Key]:
    """Whether a variable has a name, and is no tensor of a subgraph."""
    return isinstance(state[0], str)
