"""The piece of a subgraph around an operator: what is at most so many steps away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inspector.graph import Graph
from inspector.read.records import Operator

MOST_NODES = 120
MOST_READERS = 8
"""Boxes that one operator leads to, before the others are only counted."""


@dataclass(frozen=True, order=True, slots=True)
class Node:
    """An operator (`tensor` is -1), or an input of the subgraph (`operator` is -1)."""

    operator: int
    tensor: int = -1


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Nodes and the edges between them; `above` and `below` count what a node leads to besides."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[Node, Node], ...]
    above: dict[Node, int]
    below: dict[Node, int]


class Surroundings:
    """Who is next to whom in a subgraph: operators by their tensors, and the subgraph's inputs.

    Operators that only unpack constants (DEQUANTIZE of weights) are next to nobody.
    """

    def __init__(self, operators: Sequence[Operator], graph: Graph, inputs: Sequence[int]) -> None:
        self.operators = {operator.index: operator for operator in operators}
        self.graph = graph
        self.inputs = {tensor for tensor in inputs if tensor >= 0}
        self.changing = set(self.inputs)
        for operator in operators:
            if not operator.inputs or not self.changing.isdisjoint(operator.inputs):
                self.changing.update(tensor for tensor in operator.outputs if tensor >= 0)

    def knows(self, node: Node) -> bool:
        """Whether a node can be drawn: an operator that cannot be read is not."""
        return node.operator < 0 or node.operator in self.operators

    def before(self, node: Node) -> list[Node]:
        """What a node reads from, in the order of its operands, each once."""
        if node.operator < 0:
            return []
        found: dict[Node, None] = {}
        for tensor in self.operators[node.operator].inputs:
            if tensor in self.inputs:
                found[Node(-1, tensor)] = None
            elif tensor in self.changing:
                found[Node(self.graph.producer[tensor])] = None
        found.pop(node, None)  # damaged files have operators that read what they write
        return list(found)

    def after(self, node: Node) -> list[Node]:
        """What reads from a node, in execution order, each once."""
        written = [node.tensor]
        if node.operator >= 0:
            written = [tensor for tensor in self.operators[node.operator].outputs if tensor >= 0]
        readers = {reader for tensor in written for reader in self.graph.consumers[tensor]}
        return [Node(each) for each in sorted(readers) if each != node.operator]


def around(all_of: Surroundings, focus: Node, steps: int) -> Neighbourhood:
    """The nodes at most `steps` edges from `focus`, nearest first, and all edges between them.

    At most `MOST_NODES`, and of an operator's readers the first `MOST_READERS`.
    """
    found = {focus: None}
    edge = [focus]
    for _ in range(steps):
        following: list[Node] = []
        for node in edge:
            for other in (*all_of.before(node), *all_of.after(node)[:MOST_READERS]):
                if other not in found and len(found) < MOST_NODES:
                    found[other] = None
                    following.append(other)
        edge = following
    nodes = sorted(found, key=in_order)
    edges = [(node, other) for node in nodes for other in all_of.after(node) if other in found]
    forwards = [(one, other) for one, other in edges if in_order(one) < in_order(other)]
    above = {node: sum(one not in found for one in all_of.before(node)) for node in nodes}
    below = {node: sum(one not in found for one in all_of.after(node)) for node in nodes}
    return Neighbourhood(tuple(nodes), tuple(forwards), above, below)


def in_order(node: Node) -> int:
    """Inputs first, as the operands that they are, then operators as they are executed."""
    return node.operator
