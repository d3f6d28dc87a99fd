"""Operators whose results nothing uses, which a candidate need not have.

Converters leave some behind: the kernels of a model that was rounded in training, twice.
"""

from __future__ import annotations

from inspector.calls import CALLERS
from inspector.read.model import Subgraph
from inspector.read.records import Operator

UNUSED = "nothing uses what it computes"


def idle_operators(graph: Subgraph) -> set[int]:
    """Those from which nothing leads to an output of the subgraph, a variable or a resource."""
    needed, idle = set(graph.outputs), set()
    for operator in reversed(list(graph.operators)):
        if acts(graph, operator) or needed.intersection(operator.outputs):
            needed.update(operator.inputs)
        else:
            idle.add(operator.index)
    return idle


def acts(graph: Subgraph, operator: Operator) -> bool:
    """Whether an operator does more than to give its outputs, or may do so."""
    keeps = (graph.tensors[t].is_variable for t in (*operator.inputs, *operator.outputs) if t >= 0)
    return not operator.outputs or operator.name in CALLERS or operator.custom or any(keeps)
