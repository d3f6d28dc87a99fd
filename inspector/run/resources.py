"""Which operators of a subgraph touch which resource: variables behind a handle, hash tables.

A resource outlives the tensors that name it. What a READ_VARIABLE gives depends on each operator
that wrote to the variable before, and on the initialisers (CALL_ONCE), though no tensor leads from
them to it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property

from inspector.calls import calls_of
from inspector.graph import NOBODY, Graph
from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.run.callers import below, uses_handle
from inspector.run.readable import HANDLES

READERS = frozenset({"READ_VARIABLE", "HASHTABLE_FIND", "HASHTABLE_SIZE"})
"""Operators that leave a resource as it is."""
MAKERS = frozenset({"VAR_HANDLE", "HASHTABLE"})
"""Operators whose options name a resource."""
INITIALISER = "CALL_ONCE"


class Resources:
    """The resources of a subgraph, by the names that the interpreter knows them by.

    Two handles are of one variable if container and name are the same (`kernels/var_handle.cc`),
    of one table if its number is (`kernels/hashtable.cc`).
    """

    def __init__(self, subgraph: Subgraph, graph: Graph) -> None:
        self.subgraph, self.graph = subgraph, graph

    def behind(self, tensor: int) -> Hashable:
        """The resource that a handle names; None where that is not to be seen.

        So it is of an input of the subgraph, and of what comes out of a call or a TensorFlow node.
        """
        maker = self.graph.producer[tensor]
        operator = None if maker == NOBODY else self.subgraph.operators[maker]
        if operator is None or operator.name not in MAKERS:
            return None
        named = {k: v for k, v in operator.options.items() if not k.endswith("_dtype")}
        return operator.name, tuple(sorted(named.items()))

    def handles(self, operator: Operator) -> list[int]:
        """The handles that an operator is given."""
        return [t for t in operator.inputs if t >= 0 and self.is_handle(t)]

    def is_handle(self, tensor: int) -> bool:
        """Whether a tensor names a resource in the place of having a value."""
        return self.subgraph.tensors[tensor].dtype in HANDLES

    def written(self, operator: Operator) -> list[int]:
        """The values that an operator puts into a resource and gives to nobody else."""
        if operator.outputs or not self.handles(operator):
            return []
        return [t for t in operator.inputs if t >= 0 and not self.is_handle(t)]

    @cached_property
    def users(self) -> list[tuple[Operator, frozenset[Hashable]]]:
        """The operators that may change a resource, and which; None stands for any.

        They are those that are given a handle and do not just read, and those that run a subgraph
        which has handles of its own.
        """
        found: list[tuple[Operator, frozenset[Hashable]]] = []
        for operator in self.subgraph.operators:
            if operator.name == INITIALISER or self._reaches_handles(operator):
                found.append((operator, frozenset([None])))
            elif operator.name not in READERS and self.handles(operator):
                found.append((operator, self._behind_each(operator)))
        return found

    def before(self, operator: Operator) -> Iterator[int]:
        """The operators that what `operator` finds in resources depends on, if it touches any."""
        return (user for user in self.around(operator) if user < operator.index)

    def around(self, operator: Operator) -> Iterator[int]:
        """As `before`, and those that come later too: what they leave is found by the next step."""
        mine = self._touched(operator)
        if mine:
            for user, theirs in self.users:
                if user.index != operator.index and (None in mine | theirs or mine & theirs):
                    yield user.index

    def _touched(self, operator: Operator) -> frozenset[Hashable]:
        """The resources that an operator reads or writes, itself or by what it runs."""
        mine = self._behind_each(operator)
        return mine | {None} if self._reaches_handles(operator) else mine

    def _behind_each(self, operator: Operator) -> frozenset[Hashable]:
        return frozenset(self.behind(tensor) for tensor in self.handles(operator))

    def _reaches_handles(self, operator: Operator) -> bool:
        """Whether an operator, other than an initialiser, runs what has handles of its own."""
        model = self.subgraph.model
        return operator.name != INITIALISER and any(
            uses_handle(graph, inner)
            for call in calls_of(operator, len(model.subgraphs))
            for graph in below(model, call.subgraph)
            for inner in graph.operators
        )

    def writers(self) -> Mapping[Hashable, Operator]:
        """The operators that only write, by the resource and which writing of it that is."""
        found: dict[Hashable, Operator] = {}
        for operator in self.subgraph.operators:
            if self.written(operator):
                name = (operator.name, self._behind_each(operator))
                place = next(n for n in range(len(found) + 1) if (name, n) not in found)
                found[name, place] = operator
        return found
