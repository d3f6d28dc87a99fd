"""From an operand back to the stored constant behind it, and from a stored constant to its users.

float16 weights stand behind a DEQUANTIZE each, sparse ones behind a DENSIFY: a converter's way to
store a constant, not part of what the network computes.
"""

from __future__ import annotations

from inspector.graph import Graph
from inspector.read.model import Subgraph

TRANSPARENT = frozenset({"DEQUANTIZE", "DENSIFY"})


def way_back(subgraph: Subgraph, index: int, graph: Graph) -> tuple[int, ...]:
    """The tensors from `index` back through DEQUANTIZE and DENSIFY, `index` itself first."""
    way = {index: None}
    while (producer := graph.producer[index]) >= 0:
        operator = subgraph.operators[producer]
        index = operator.inputs[0] if operator.inputs else -1
        if operator.name not in TRANSPARENT or index < 0 or index in way:
            break
        way[index] = None
    return tuple(way)


def uses(subgraph: Subgraph, index: int, graph: Graph) -> list[tuple[int, int]]:
    """The (operator, operand) pairs that read tensor `index` in the end, in execution order.

    DEQUANTIZE and DENSIFY are looked through: the readers of their outputs count, they do not.
    """
    found, todo, seen = [], [index], {-1, index}
    while todo:
        tensor = todo.pop()
        for operator in map(subgraph.operators.__getitem__, graph.consumers[tensor]):
            if operator.name in TRANSPARENT:
                todo += [i for i in operator.outputs[:1] if i not in seen]
                seen.update(operator.outputs[:1])
            else:
                found += [(operator.index, k) for k, i in enumerate(operator.inputs) if i == tensor]
    return sorted(found)
