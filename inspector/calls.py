"""Which operators run which subgraphs: control flow, calls, and the parts of composites."""

from __future__ import annotations

from typing import NamedTuple

from inspector.errors import ModelError
from inspector.read.records import Operator

CALLERS: dict[str, dict[str, str]] = {
    "IF": {"then_subgraph_index": "then", "else_subgraph_index": "else"},
    "WHILE": {"cond_subgraph_index": "cond", "body_subgraph_index": "body"},
    "CALL": {"subgraph": "call"},
    "CALL_ONCE": {"init_subgraph_index": "init"},
    "STABLEHLO_COMPOSITE": {"decomposition_subgraph_index": "decomposition"},
    "STABLEHLO_WHILE": {"cond_subgraph_index": "cond", "body_subgraph_index": "body"},
    "STABLEHLO_CASE": {"branch_subgraph_indices": "branch"},
    "STABLEHLO_REDUCE": {"body_subgraph_index": "body"},
    "STABLEHLO_REDUCE_WINDOW": {"body_subgraph_index": "body"},
    "STABLEHLO_SCATTER": {"update_computation_subgraph_index": "update"},
    "STABLEHLO_SORT": {"comparator_subgraph_index": "comparator"},
    "STABLEHLO_CUSTOM_CALL": {"called_computations": "computation"},
}
"""The options that name subgraphs, and what each is to the operator."""

NOWHERE = -1
"""A composite without a decomposition (LiteRT's `core/model/model.cc`)."""


class Call(NamedTuple):
    """An operator's use of a subgraph: `then`, `body`, ..."""

    operator: Operator
    role: str
    subgraph: int


def calls_of(operator: Operator, subgraphs: int) -> list[Call]:
    """The calls of one operator of a model of so many subgraphs; most have none.

    Raises `ModelError` when its options cannot be read or name a subgraph that there is not.
    """
    if operator.custom or operator.name not in CALLERS:
        return []
    options, found = operator.options, []
    for option, role in CALLERS[operator.name].items():
        named = options.get(option, [])
        for index in named if isinstance(named, list) else [named]:
            if not NOWHERE <= index < subgraphs:
                raise ModelError(
                    f"{operator}: its {option} is {index}, and the model has {subgraphs} subgraphs"
                )
            if index != NOWHERE:
                found.append(Call(operator, role, index))
    return found
