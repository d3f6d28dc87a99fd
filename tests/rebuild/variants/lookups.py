"""Operators that count, choose, shift and look up: sizes, edges and the types that they take."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.one_operator import Case, Input
from tests.rebuild.variants.elementwise import drawn

SCHEMA_TYPES = {"int32": 2, "int64": 4}
"""Numbers of `outType` in the schema (schema.fbs, TensorType)."""


def suppression(name: str, boxes: int, most: object, numbers: tuple[float, ...]) -> Case:
    """Boxes that are chosen: overlap, least score and, in version 5, sigma are `numbers`."""
    places, scores = Input((boxes, 4), low=0, high=3), Input((boxes,), low=0, high=1)
    operands = [places, scores, most, *map(np.float32, numbers)]
    kinds = ("int32", "int32") if name.endswith("V4") else ("int32", "float32", "int32")
    return Case(name, operands, outputs=len(kinds), output_dtypes=kinds)


VARIANTS = {
    "SHAPE": [
        Case("SHAPE", [drawn(shape, kind)], {"outType": SCHEMA_TYPES[out]}, output_dtype=out)
        for shape in ((3,), (0, 2), (2, 1, 3, 1, 2))
        for kind in ("float32", "int8", "bool")
        for out in SCHEMA_TYPES
    ],
    "RANK": [
        Case("RANK", [drawn(shape, kind)], output_dtype="int32")
        for shape in ((), (3,), (0, 2), (2, 1, 3, 1, 2))
        for kind in ("float32", "int64", "bool")
    ],
    "RANGE": [
        *(
            Case("RANGE", [np.array(first, kind), Input((), kind, low, high), np.array(step, kind)])
            for kind in ("int32", "int64", "float32")
            for first, low, high, step in ((0, 1, 9, 1), (9, 0, 5, -2), (-3, 5, 9, 3), (4, 5, 6, 1))
        ),
        Case("RANGE", [Input((), low=0, high=1), np.float32(2.05), np.float32(0.1)]),
    ],
    "BITCAST": [
        Case("BITCAST", [Input(shape, source, 0, 100)], output_dtype=target)
        for source, target, shape in (
            *(("float32", "uint32", (2, 3)), ("float32", "int8", (2,)), ("int64", "int16", (3,))),
            *(("int8", "int32", (2, 4)), ("uint8", "int8", (5,)), ("int16", "int64", (2, 2, 4))),
            *(("float64", "int64", ()), ("int32", "float32", (0, 3)), ("int8", "int16", (2,))),
        )
    ],
    "BUCKETIZE": [
        Case("BUCKETIZE", [Input(shape, kind, -3, 4)], {"boundaries": edges}, output_dtype="int32")
        for kind in ("float32", "float64", "int32", "int64")
        for shape in ((), (9,), (2, 0), (2, 2, 3))
        for edges in ([0.0], [-1.0, 0.0, 1.0, 2.5])
    ],
    "SEGMENT_SUM": [
        Case("SEGMENT_SUM", [drawn((5, *rest), kind), np.array(segments, "int32")])
        for kind in ("float32", "int32")
        for rest in ((), (3,), (2, 1, 2))
        for segments in ([0, 0, 1, 1, 2], [0, 1, 2, 3, 4], [0, 0, 0, 0, 0])
    ],
    "STABLEHLO_SHIFT_LEFT": [
        Case("STABLEHLO_SHIFT_LEFT", [Input(shape, kind, -99, 99), Input(shape, kind, 0, 7)])
        for kind in ("int8", "int16", "int32")
        for shape in ((), (5,), (2, 1, 3))
    ],
    "HASHTABLE_LOOKUP": [
        Case(
            "HASHTABLE_LOOKUP",
            [Input((sought,), "int32", 0, 9), np.array([1, 3, 4, 8], "int32"), rows],
            outputs=2,
            output_dtypes=(str(rows.dtype), "uint8"),
        )
        for sought, kind in product((1, 6), ("float32", "int32", "int64"))
        for rows in (np.arange(4).astype(kind), np.arange(12).reshape(4, 3).astype(kind))
    ],
    "NON_MAX_SUPPRESSION_V4": [
        suppression("NON_MAX_SUPPRESSION_V4", boxes, most, numbers)
        for boxes in (1, 12)
        for most in (np.int32(0), np.int32(5), np.int32(20), Input((), "int32", 2, 6))
        for numbers in ((0.5, 0.0), (0.1, 0.3), (1.0, 0.6))
    ],
    "NON_MAX_SUPPRESSION_V5": [
        suppression("NON_MAX_SUPPRESSION_V5", boxes, most, numbers)
        for boxes in (1, 12)
        for most in (np.int32(0), np.int32(5), Input((), "int32", 2, 6))
        for numbers in ((0.5, 0.0, 0.0), (0.4, 0.3, 0.5), (1.0, 0.1, 2.0))
    ],
}
