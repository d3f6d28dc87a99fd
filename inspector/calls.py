"""Which operators run which subgraphs: control flow, calls, and the parts of composites."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from inspector.errors import InputError, ModelError
from inspector.read.records import Operator

if TYPE_CHECKING:
    from inspector.read.model import Model

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


def subgraph_of_signature(model: Model, key: str | None) -> int:
    """The subgraph that a signature runs; without a key, the primary one.

    Raises `InputError` where the model has no such signature.
    """
    if key is None:
        return 0
    for signature in model.signatures:
        if signature.key == key:
            return signature.subgraph
    known = ", ".join(repr(signature.key) for signature in model.signatures) or "none"
    raise InputError(f"{model.path} has no signature {key!r}; it has {known}")
