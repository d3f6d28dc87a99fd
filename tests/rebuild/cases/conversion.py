"""Bits, buckets and the grids of quantisation-aware training."""

from __future__ import annotations

import numpy as np
from flatbuffers import flexbuffers

from tests.one_operator import Case, Input, Sparse

EDGES = {"boundaries": [-1.0, 0.1, 1.0]}

THIN = np.array([[0, 2, 0], [0, 0, 0], [3, 0, -1]], "float32")

CASES = {
    "densify": Case("DENSIFY", [Sparse(THIN)], unused=[Input((1,))]),
    "densify bytes": Case("DENSIFY", [Sparse(THIN.astype("int8"))], unused=[Input((1,))]),
    "densify halves": Case("DENSIFY", [Sparse(THIN.astype("float16"))], unused=[Input((1,))]),
    "densify full": Case("DENSIFY", [Sparse(THIN[:, 1:] + 4)], unused=[Input((1,))]),
    "densify a column": Case("DENSIFY", [Sparse(THIN[:, :1])], unused=[Input((1,))]),
    "bitcast": Case("BITCAST", [Input((2, 3))], output_dtype="int32"),
    "bitcast smaller": Case("BITCAST", [Input((2, 3), "int32", 0, 1 << 30)], output_dtype="uint8"),
    "bitcast larger": Case("BITCAST", [Input((3, 2), "int32", 0, 9)], output_dtype="int64"),
    "bucketize": Case("BUCKETIZE", [Input((2, 5))], EDGES, output_dtype="int32"),
    "bucketize integers": Case(
        "BUCKETIZE", [Input((9,), "int32", -3, 4)], EDGES, output_dtype="int32"
    ),
    "bucketize long integers": Case(
        "BUCKETIZE", [Input((2, 2, 2), "int64", -3, 4)], EDGES, output_dtype="int32"
    ),
    **{
        f"fake quant {low} {high} {bits}": Case(
            "FAKE_QUANT", [Input((3, 9))], {"min": low, "max": high, "numBits": bits}
        )
        for low, high, bits in ((-1.0, 1.0, 8), (0.0, 1.7, 8), (-1.3, 0.4, 4), (-2.0, 0.0, 16))
    },
    "numeric verify": Case(
        "NumericVerify",
        [Input((2, 3), "float16"), Input((2, 3))],
        custom=bytes(flexbuffers.Dumps({"tolerance": 5.0, "log_if_failed": False})),
        output_dtype="float32",
    ),
}
