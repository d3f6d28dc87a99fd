"""Inputs that are indices: how large they may be."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.graph import graph_of
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator

PASSING = frozenset({"RESHAPE", "EXPAND_DIMS", "SQUEEZE", "CAST"})
"""Operators that hand on their first input's values."""
COMPARING = frozenset({"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"})
"""Operators that take any value."""
UNKNOWN = 0


def table_rows(model: Model, subgraph: Subgraph) -> dict[int, int]:
    """For inputs that only look up rows of constant tables: how many rows the shortest has.

    Such an input is an index (a token, a category) and may be any number below that. An input that
    goes anywhere else too, but for comparisons, is left out.
    """
    found = {}
    for tensor in subgraph.inputs:
        rows = set(lookups(model, subgraph, tensor))
        if rows and UNKNOWN not in rows:
            found[tensor] = min(rows)
    return found


def lookups(model: Model, subgraph: Subgraph, tensor: int) -> Iterator[int]:
    """The rows of each table that a tensor's values are looked up in; 0 for another use."""
    consumers = graph_of(subgraph).consumers
    waiting, seen = [tensor], {tensor}
    while waiting:
        read = waiting.pop()
        for operator in (subgraph.operators[i] for i in consumers[read]):
            if operator.name in PASSING and operator.inputs[0] == read:
                waiting += [i for i in operator.outputs if i not in seen]
                seen.update(operator.outputs)
            elif operator.name not in COMPARING:
                yield rows_of(model, subgraph, operator, read)


def rows_of(model: Model, subgraph: Subgraph, operator: Operator, read: int) -> int:
    """The rows of the constant table that an operator looks `read` up in; 0 if it does not."""
    if operator.name == "GATHER" and operator.inputs[1] == read:
        table, axis = operator.inputs[0], operator.options.get("axis", 0)
    elif operator.name == "EMBEDDING_LOOKUP" and operator.inputs[0] == read:
        table, axis = operator.inputs[1], 0
    else:
        return UNKNOWN
    tensor = subgraph.tensors[table]
    fits = table != read and model.is_constant(tensor) and -1 <= axis < len(tensor.shape)
    return tensor.shape[axis] if fits else UNKNOWN
