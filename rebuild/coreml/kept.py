"""Operators that write into a variable, and the state of a MIL program that stands for it.

What they write was checked where it was computed, if the program puts the same into the state of
that name, and adds to it when it reads what it took away when it wrote (see `state.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from inspector.compare.writers import Writers
from inspector.graph import NOBODY, Graph
from inspector.read.model import Subgraph
from inspector.run.resources import Resources
from inspector.weights.names import identifier
from rebuild.call_match import Held

KEEPING = ("cast", "reshape", "expand_dims", "squeeze", "identity", "sub")
"""Operations between a value and the state that it is put into; `sub` takes the start away."""


def match_states(
    graph: Subgraph, edges: Graph, operations: Sequence[Any], held: Mapping[int, Held]
) -> Writers:
    """The operators of a subgraph that only write: what each is checked through, or why it is not.

    `operations` are the program's, `held` its values by tensor of the subgraph.
    """
    found, resources = Writers(), Resources(graph, edges)
    for operator in graph.operators:
        for tensor in resources.written(operator)[:1]:
            names = {name_of(graph, edges, handle) for handle in resources.handles(operator)}
            var = held[tensor].tensor if tensor in held else None
            producer = edges.producer[tensor]
            if producer == NOBODY:
                reason = "what it writes is computed by no operator through which to check it"
                found.unmatched[operator.index] = reason
            elif not any(keeps(operations, name, var) for name in names):
                reason = "no state of the candidate is seen to take what it writes"
                found.unmatched[operator.index] = reason
            else:
                found.folded[operator.index] = producer
    return found


def name_of(graph: Subgraph, edges: Graph, handle: int) -> str:
    """The name that a state has for the variable behind a handle; empty where nobody named it."""
    maker = edges.producer[handle]
    options: Mapping[str, Any] = {} if maker == NOBODY else graph.operators[maker].options
    return identifier(str(options.get("shared_name", "")))


def keeps(operations: Sequence[Any], name: str, var: Any) -> bool:
    """Whether the last value that the state of a name takes is `var`, less what reading adds."""
    updates = [o for o in operations if o.op_type == "coreml_update_state" and o.state.name == name]
    if not updates or var is None:
        return False
    at, taken = updates[-1].outputs[0], [0.0]
    while at is not var:
        if at.op is updates[-1]:
            at = at.op.value
            continue
        if at.op is None or at.op.op_type not in KEEPING:
            return False
        taken += [at.op.y.val] if at.op.op_type == "sub" else []
        at = at.op.x
    reads = (o for o in operations if o.op_type == "read_state" and o.input.name == name)
    starts = [[0.0, *added(read.outputs[0])] for read in reads]
    return all(same(start, taken) for start in starts)


def added(var: Any) -> Iterator[np.ndarray]:
    """What is added to a value before it is used."""
    for operation in var.child_ops:
        if operation.op_type == "cast":
            yield from added(operation.outputs[0])
        elif operation.op_type == "add" and operation.x is var and operation.y.val is not None:
            yield operation.y.val


def same(start: Sequence[Any], taken: Sequence[Any]) -> bool:
    """Whether two lists of constants, zero among them, are of the same numbers."""
    one, other = (np.asarray(each[-1], np.float32).ravel() for each in (start, taken))
    return max(len(start), len(taken)) <= 2 and bool(np.all(one == other))
