"""Inputs of plain integers: which values they may have, as far as what reads them tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inspector.graph import Graph, graph_of
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator
from inspector.read.schema import INTEGERS

PASSING = frozenset({"RESHAPE", "EXPAND_DIMS", "SQUEEZE", "CAST"})
"""Operators that hand on their first input's values."""
DIVIDING = frozenset({"DIV", "FLOOR_DIV", "FLOOR_MOD"})
"""Operators that fail where their second input is 0."""
RECKONING = DIVIDING | {"ADD", "SUB", "MUL", "NEG", "ABS", "SIGN", "SQUARE"}
RECKONING |= {"MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "CONCATENATION", "PACK", "TRANSPOSE"}
RECKONING |= {"SUM", "REDUCE_MAX", "REDUCE_MIN", "BITWISE_XOR"}
"""Operators that take any value, and give integers that may be too many for an index."""
COMPARING = frozenset({"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"})
"""Operators that take any value and give none."""
SMALL = 9
"""The greatest number drawn where any may be, and the least with its sign turned."""


class Bounds(NamedTuple):
    """The least and the greatest value; None where there is none."""

    least: int | None = None
    most: int | None = None


ANY, DIVISOR, UNKNOWN = Bounds(), Bounds(least=1), Bounds(0, 0)


def integer_ranges(model: Model, subgraph: Subgraph) -> dict[int, range]:
    """For the inputs of integers without a scale that may be more than 0: their possible values.

    One that is looked up in constant tables (a token, a category) may be any number below their
    rows; one that is only reckoned with, a small number, no zero where it divides. An input that
    goes anywhere else is left out, since it may be a length, a shape or an axis.
    """
    graph = graph_of(subgraph)
    found = {}
    for index in subgraph.inputs:
        tensor = subgraph.tensors[index]
        if tensor.dtype in INTEGERS and not tensor.is_quantized:
            uses = list(allowed(model, subgraph, graph, index))
            lowest = 0 if str(tensor.dtype).startswith("u") else -SMALL
            least = max((u.least for u in uses if u.least is not None), default=lowest)
            most = min((u.most for u in uses if u.most is not None), default=SMALL)
            if uses and most > max(least, 0):
                found[index] = range(least, most + 1)
    return found


def allowed(model: Model, subgraph: Subgraph, graph: Graph, tensor: int) -> Iterator[Bounds]:
    """What each use of a tensor allows; what is computed from it may only be reckoned with."""
    waiting, seen = [(tensor, False)], {tensor}
    while waiting:
        read, computed = waiting.pop()
        for operator in (subgraph.operators[i] for i in graph.consumers[read]):
            passes = operator.name in PASSING and operator.inputs[0] == read
            if passes or operator.name in RECKONING:
                new = [i for i in operator.outputs if subgraph.tensors[i].dtype in INTEGERS]
                waiting += [(i, computed or not passes) for i in new if i not in seen]
                seen.update(new)
                divides = operator.name in DIVIDING and operator.inputs[1] == read
                yield (UNKNOWN if computed else DIVISOR) if divides else ANY
            elif operator.name not in COMPARING:
                yield UNKNOWN if computed else rows_of(model, subgraph, operator, read)
            else:
                yield ANY


def rows_of(model: Model, subgraph: Subgraph, operator: Operator, read: int) -> Bounds:
    """The rows of the constant table that an operator looks `read` up in, if it does."""
    if operator.name == "GATHER" and operator.inputs[1] == read:
        table, axis = operator.inputs[0], operator.options.get("axis", 0)
    elif operator.name == "EMBEDDING_LOOKUP" and operator.inputs[0] == read:
        table, axis = operator.inputs[1], 0
    else:
        return UNKNOWN
    tensor = subgraph.tensors[table]
    fits = table != read and model.is_constant(tensor) and -1 <= axis < len(tensor.shape)
    return Bounds(0, max(tensor.shape[axis] - 1, 0)) if fits else UNKNOWN
