"""Operators that only write into a resource, and what they are checked through.

What they write was checked where it was computed, if the candidate writes the same into the same.
Constants, and inputs of the subgraph, are computed nowhere: there the writing is checked by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.graph import NOBODY, Graph
from inspector.read.records import Operator
from inspector.run.resources import Resources


@dataclass(frozen=True, slots=True)
class Written:
    """An operator of either model that writes, and the tensors: the reference's, the other's."""

    ours: Operator
    theirs: Operator
    values: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Writers:
    """The reference's operators that write: each is in one of three places.

    `folded` has the operator that it is checked through, `unmatched` why it cannot be checked;
    `alone` are those that are checked by themselves.
    """

    folded: dict[int, int] = field(default_factory=dict)
    unmatched: dict[int, str] = field(default_factory=dict)
    alone: list[Written] = field(default_factory=list)


def match_writers(ours: Resources, theirs: Resources, back: Mapping[int, int]) -> Writers:
    """Pair what two subgraphs write, by the resource and the order in which it is written.

    `back` has the reference's tensors by the candidate's.
    """
    found, others = Writers(), theirs.writers()
    for name, operator in ours.writers().items():
        values = ours.written(operator)
        there = theirs.written(others[name]) if name in others else []
        producers = [ours.graph.producer[tensor] for tensor in values]
        if len(values) != len(there):
            found.unmatched[operator.index] = "the candidate writes nothing there"
        elif NOBODY in producers:
            pairs = dict(zip(values, there, strict=True))
            found.alone.append(Written(operator, others[name], pairs))
        elif [back.get(tensor) for tensor in there] != values:
            found.unmatched[operator.index] = "what the candidate writes there matches no tensor"
        else:
            found.folded[operator.index] = max(producers)
    return found


def with_handles(graph: Graph, operator: Operator) -> tuple[int, ...]:
    """An operator behind those that make what it is given."""
    makers = {graph.producer[tensor] for tensor in operator.inputs if tensor >= 0}
    return (*sorted(makers - {NOBODY}), operator.index)
