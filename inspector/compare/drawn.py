"""Operators that draw new random numbers in each run: two draws are nothing to compare.

The kernels take other seeds each time where `seed` and `seed2` are both 0 (kernels/random_ops.cc).
"""

from __future__ import annotations

from inspector.calls import calls_of
from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.run.callers import RANDOM, below


def drawn(graph: Subgraph) -> dict[int, str]:
    """Why no two runs of an operator give the same, for each of which that is so, by index."""
    return {o.index: reason for o in graph.operators if (reason := unseeded(graph, o))}


def unseeded(graph: Subgraph, operator: Operator) -> str:
    """Why an operator, or one in a subgraph that it runs, draws anew; nothing where none does."""
    if draws(operator):
        return "it has no seed, so that each run draws other numbers"
    model = graph.model
    for call in calls_of(operator, len(model.subgraphs)):
        for inner in below(model, call.subgraph):
            for each in inner.operators:
                if draws(each):
                    return f"{each} has no seed, so that each run draws other numbers"
    return ""


def draws(operator: Operator) -> bool:
    """Whether an operator is random and has no seed."""
    if operator.name not in RANDOM:
        return False
    return not (operator.options.get("seed") or operator.options.get("seed2"))


def behind(graph: Subgraph, operators: dict[int, str]) -> set[int]:
    """The tensors that some operators compute, and those that are computed from them."""
    found: set[int] = set()
    for operator in graph.operators:
        if operator.index in operators or not found.isdisjoint(operator.inputs):
            found.update(tensor for tensor in operator.outputs if tensor >= 0)
    return found
