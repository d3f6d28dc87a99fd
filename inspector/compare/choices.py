"""Operators that choose: a difference however small may give another answer, far from the first."""

from __future__ import annotations

from inspector.compare.metrics import Errors, worst
from inspector.compare.tolerance import Tolerance, size
from inspector.read.model import Subgraph
from inspector.read.records import Operator

NAMES = """
    ARG_MAX ARG_MIN BUCKETIZE CAST CEIL EQUAL FLOOR FLOOR_DIV FLOOR_MOD GREATER GREATER_EQUAL LESS
    LESS_EQUAL NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 NOT_EQUAL ROUND SIGN STABLEHLO_COMPARE
    STABLEHLO_SORT TFLite_Detection_PostProcess TOPK_V2 UNIQUE WHERE
"""
CHOOSING = frozenset(NAMES.split())
"""Those whose result jumps, or lists elements in another order, as its inputs pass a threshold."""


def chosen_otherwise(graph: Subgraph, accumulated: Errors, floats: Tolerance) -> dict[int, str]:
    """What operators wrote that chose otherwise in a run of the candidate, and which one did.

    `accumulated` are the errors of that run by tensor. Integers and booleans are another choice
    where any differ; of numbers that are listed or rounded, what is beyond `floats` is.
    """
    found = {}
    for operator in graph.operators:
        outputs = [index for index in operator.outputs if index >= 0]
        if operator.name in CHOOSING and any(
            differs(accumulated, index, floats) for index in outputs
        ):
            found.update(dict.fromkeys(outputs, behind(operator)))
    return found


def differs(accumulated: Errors, index: int, floats: Tolerance) -> bool:
    """Whether a tensor came out otherwise; one whose error is not known did not."""
    if index not in accumulated:
        return False
    found = worst(accumulated[index])
    if found.max_lsb is not None:
        return found.max_lsb > 0
    return size(found.max_rel_range) > size(floats.max_rel_range)


def behind(operator: Operator) -> str:
    """Why what comes behind an operator is not judged."""
    return f"operator {operator.index} ({operator.name}) before it chose otherwise"
