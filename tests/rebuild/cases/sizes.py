"""RANGE and BROADCAST_ARGS of values that the model is given."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

CASES = {
    "shape": Case("SHAPE", [Input((2, 3, 4))], {"outType": 4}, output_dtype="int64"),
    "rank": Case("RANK", [Input((2, 3, 4))], output_dtype="int32"),
    "range limit": Case("RANGE", [np.int32(0), Input((), "int32", 3, 9), np.int32(1)]),
    "range down": Case(
        "RANGE", [Input((), "int64", 5, 9), Input((), "int64", -9, 0), np.int64(-2)]
    ),
    "range float": Case("RANGE", [Input(()), np.float32(4), Input((), low=0.1, high=0.9)]),
    "broadcast args": Case(
        "BROADCAST_ARGS", [np.array([1, 2, 1], "int32"), Input((2,), "int32", 1, 3)]
    ),
    "broadcast args alike": Case(
        "BROADCAST_ARGS", [Input((2,), "int64", 1, 2), np.array([3, 1], "int64")]
    ),
}
