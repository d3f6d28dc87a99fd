"""Who makes and who reads each tensor of a subgraph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.read.model import Subgraph
    from inspector.read.records import Operator

NOBODY = -1


@dataclass(frozen=True, slots=True)
class Graph:
    """The edges of one subgraph, by tensor index.

    `producer[t]` is the operator that writes tensor t, or -1; `consumers[t]` are the operators
    that read it, in execution order, each once.
    """

    producer: tuple[int, ...]
    consumers: tuple[tuple[int, ...], ...]


def graph_of(subgraph: Subgraph) -> Graph:
    """The edges of `subgraph`, made in one pass over its operators. Raises `ModelError`."""
    return edges(len(subgraph.tensors), subgraph.operators)


def edges(tensors: int, operators: Iterable[Operator]) -> Graph:
    """The edges between so many tensors that the given operators of a subgraph make."""
    producer = [NOBODY] * tensors
    consumers: list[list[int]] = [[] for _ in producer]
    for operator in operators:
        for tensor in operator.outputs:
            if tensor >= 0:
                producer[tensor] = operator.index
        for tensor in dict.fromkeys(operator.inputs):
            if tensor >= 0:
                consumers[tensor].append(operator.index)
    return Graph(tuple(producer), tuple(map(tuple, consumers)))
