"""Operators that run other subgraphs, and whether those can be run by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from inspector.calls import Call, calls_of
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator
from inspector.run.places import Frame
from inspector.run.readable import HANDLES

LOOPS = frozenset({"WHILE", "STABLEHLO_WHILE"})
BRANCHES = frozenset({"IF", "STABLEHLO_CASE"})
ONCE = frozenset({"CALL", "CALL_ONCE", "STABLEHLO_COMPOSITE"})
RANDOM = frozenset({"RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL"})


def callers(graph: Subgraph) -> Iterator[Operator]:
    """The operators of a subgraph that run another, in order of execution."""
    count = len(graph.model.subgraphs)
    return (operator for operator in graph.operators if calls_of(operator, count))


def operands_of(operators: Iterable[Operator]) -> set[int]:
    """The tensors that operators read and write."""
    return {t for o in operators for t in (*o.inputs, *o.outputs) if t >= 0}


def below(model: Model, subgraph: int) -> list[Subgraph]:
    """A subgraph and all that it calls, directly or not, each once."""
    found = {subgraph: model.subgraphs[subgraph]}
    waiting = [subgraph]
    while waiting:
        for operator in callers(found[waiting.pop()]):
            for call in calls_of(operator, len(model.subgraphs)):
                if call.subgraph not in found:
                    found[call.subgraph] = model.subgraphs[call.subgraph]
                    waiting.append(call.subgraph)
    return list(found.values())


def check(model: Model, operator: Operator, calls: Sequence[Call], chain: Sequence[Frame]) -> str:
    """Why an operator's subgraphs would not do by themselves what they did; empty if they would."""
    if operator.name not in LOOPS | BRANCHES | ONCE:
        return "its kernel reads the subgraph and does not run it"
    above = {operator.subgraph, *(frame.subgraph for frame in chain)}
    graphs = {graph.index: graph for call in calls for graph in below(model, call.subgraph)}
    if above & graphs.keys():
        return f"subgraph {min(above & graphs.keys())} calls itself"
    for graph in graphs.values():
        for inner in graph.operators:
            if inner.name in RANDOM:
                return f"{inner} is random"
            if operator.name != "CALL_ONCE" and uses_handle(graph, inner):
                return f"{inner} uses a resource, which holds what was done to it before"
    return ""


def uses_handle(graph: Subgraph, operator: Operator) -> bool:
    """Whether an operator touches a resource or a variant."""
    named = (*operator.inputs, *operator.outputs)
    return any(t >= 0 and graph.tensors[t].dtype in HANDLES for t in named)


def branch(operator: Operator, selector: np.ndarray, branches: int) -> int:
    """The place of the branch that was taken: then is 0, else 1; a case out of range, the last."""
    if operator.name == "IF":
        return 0 if selector.any() else 1
    index = int(selector.reshape(-1)[0])
    return index if 0 <= index < branches else branches - 1
