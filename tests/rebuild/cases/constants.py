"""Constants of one element, where a number will not do: in lists, and where they give the axis."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

SCALAR, ROW, INDEX = Input(()), Input((3,)), Input((1,), "int32", 1, 3)
POSITIVE = Input((), low=0.5)
COUNT = Input((), "int32", 1, 9)
ONE = np.array([0.5], "float32")
FIRST, SECOND = np.array([0], "int32"), np.array([1], "int32")
NUMBER = np.array(2, "int32")
FLOATS = {"output_dtype": "float32"}

CASES = {
    "one packed": Case("PACK", [COUNT, NUMBER], {"axis": 0, "valuesCount": 2}),
    "one packed first": Case("PACK", [NUMBER, COUNT], {"axis": 0, "valuesCount": 2}),
    "one packed of rank 1": Case("PACK", [Input((1,)), ONE], {"axis": 0, "valuesCount": 2}),
    "one concatenated": Case("CONCATENATION", [ROW, ONE], {"axis": 0}),
    "one concatenated first": Case("CONCATENATION", [ONE, ROW], {"axis": 0}),
    **{
        f"one {operator.lower()} a scalar": Case(operator, [ONE, POSITIVE])
        for operator in ("ADD", "SUB", "MUL", "DIV", "POW", "MAXIMUM", "SQUARED_DIFFERENCE")
    },
    "one under a scalar": Case("LESS", [SCALAR, ONE], output_dtype="bool"),
    "one or a scalar": Case("LOGICAL_OR", [Input((), "bool"), np.array([True])]),
    "one modulo": Case("FLOOR_MOD", [COUNT, np.array([4], "int32")]),
    "one exclusive or": Case("BITWISE_XOR", [COUNT, np.array([4], "int32")]),
    "one gathered": Case("GATHER", [ONE, Input((3,), "int32", 0, 1)]),
    "one index": Case("GATHER", [ROW, SECOND]),
    "one gathered by places": Case("GATHER_ND", [ONE, Input((2, 1), "int32", 0, 1)]),
    "one place": Case("GATHER_ND", [ROW, SECOND]),
    "one scattered": Case(
        "SCATTER_ND", [Input((1, 1), "int32", 0, 4), ONE, np.array([4], "int32")], **FLOATS
    ),
    "one tiled": Case("TILE", [ONE, INDEX], **FLOATS),
    "one broadcast": Case("BROADCAST_TO", [ONE, INDEX], version=2, **FLOATS),
    "one put into a row": Case("DYNAMIC_UPDATE_SLICE", [ROW, ONE, Input((1,), "int32", 0, 2)]),
    "one overwritten": Case("DYNAMIC_UPDATE_SLICE", [ONE, Input((1,)), FIRST]),
    **{
        f"one selected {list(shape)}": Case("SELECT_V2", [Input(shape, "bool"), ONE, Input((1, 1))])
        for shape in ((), (1,))
    },
    "one selected, scalar": Case("SELECT", [Input((1,), "bool"), Input((1,)), ONE]),
    "one reshaped": Case("RESHAPE", [ONE, Input((1,), "int32", 1, 2)], **FLOATS),
}
