"""Operators between types, and those that look values up: each type that they take."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.one_operator import Case, Input
from tests.rebuild.variants.elementwise import SHAPES, drawn, types

NUMBERS = """
    float32 float16 float64 int8 int16 int32 int64 uint8 uint16 uint32 bool complex64
"""


def small(shape: tuple[int, ...], kind: str) -> Input:
    """Numbers that each type holds."""
    return Input(shape, kind, 0, 9)


def ints(*values: int, dtype: str = "int32") -> np.ndarray:
    return np.array(values, dtype)


VARIANTS = {
    "CAST": [
        Case("CAST", [small((2, 3), source)], output_dtype=target)
        for source, target in product(NUMBERS.split(), repeat=2)
    ],
    "DEQUANTIZE": [
        Case("DEQUANTIZE", [drawn(shape, "float16")], output_dtype="float32", version=3)
        for shape in SHAPES
    ],
    **{
        operator: [
            Case(operator, [drawn(shape, "complex64")], output_dtype="float32") for shape in SHAPES
        ]
        for operator in ("COMPLEX_ABS", "REAL", "IMAG")
    },
    "FILL": [
        Case("FILL", [ints(*shape, dtype=size), small((), kind)], output_dtype=kind)
        for kind in types("FILL", 1)
        if kind != "object"  # of which the interpreter copies addresses
        for size in ("int32", "int64")
        for shape in ((2, 3), (), (0, 2), (2, 1, 2, 1, 3))
    ],
    "ONE_HOT": [
        Case(
            "ONE_HOT",
            [Input((2, 3), index, -1, 5), np.int32(4), np.array(1, kind), np.array(0, kind)],
            {"axis": axis},
            output_dtype=kind,
        )
        for kind in types("ONE_HOT", 2)
        for index in ("int32", "int64")
        for axis in (-1, 0, 1, 2)
    ],
    "SCATTER_ND": [
        Case(
            "SCATTER_ND",
            [places, Input(updates, kind, 0, 9), ints(*shape)],
            output_dtype=kind,
        )
        for kind in types("SCATTER_ND", 1)
        for places, updates, shape in (
            (np.array([[4], [0]], "int32"), (2,), (5,)),
            (np.array([[2], [0]], "int32"), (2, 3), (4, 3)),
            (np.array([[1, 1], [0, 2]], "int32"), (2, 2), (2, 3, 2)),
        )
    ],
    "REVERSE_SEQUENCE": [
        Case(
            "REVERSE_SEQUENCE",
            [drawn((3, 4, 2), kind), Input((3,), lengths, 0, 5)],
            {"seqDim": 1, "batchDim": 0},
        )
        for kind in types("REVERSE_SEQUENCE")
        for lengths in ("int32", "int64")
    ],
    "DYNAMIC_UPDATE_SLICE": [
        Case("DYNAMIC_UPDATE_SLICE", [small(shape, kind), small(block, kind), start])
        for kind in types("DYNAMIC_UPDATE_SLICE")
        for shape, block, start in (
            ((5,), (2,), ints(1)),
            ((3, 4), (2, 2), ints(-1, 9, dtype="int64")),
            ((3, 4), (1, 4), Input((2,), "int32", 0, 3)),
        )
    ],
    "EMBEDDING_LOOKUP": [
        Case("EMBEDDING_LOOKUP", [Input((4,), "int32", 0, 5), table], output_dtype=kind)
        for kind in types("EMBEDDING_LOOKUP", 1)
        for table in (
            *(Input((5, 3), kind, 0, 9), Input((5, 2, 2), kind, 0, 9)),
            *(
                np.arange(15).reshape(5, 3).astype(kind),
                np.arange(5 * 4).reshape(5, 2, 2).astype(kind),
            ),
        )
    ],
    "MATRIX_SET_DIAG": [
        Case("MATRIX_SET_DIAG", [small(shape, kind), small(diagonal, kind)])
        for kind in types("MATRIX_SET_DIAG")
        for shape, diagonal in (((3, 3), (3,)), ((2, 3, 4), (2, 3)), ((2, 4, 3), (2, 3)))
    ],
    "BROADCAST_ARGS": [
        Case("BROADCAST_ARGS", [ints(*left, dtype=kind), Input((size,), kind, 1, 2)])
        for kind in types("BROADCAST_ARGS")
        for left, size in (((2, 3), 2), ((2, 3), 1), ((3,), 3), ((4, 1, 2), 2))
    ],
    **{
        f"UNSORTED_SEGMENT_{name}": [
            Case(f"UNSORTED_SEGMENT_{name}", [drawn(shape, kind), segments, np.int32(4)])
            for kind in ("float32", "int32")
            for shape, segments in (
                ((5,), Input((5,), "int32", -1, 4)),
                ((5, 2, 3), Input((5,), "int32", -1, 4)),
                ((2, 3, 2), np.array([[0, 2, -1], [2, 2, 0]], "int32")),
            )
        ]
        for name in ("MAX", "MIN", "PROD", "SUM")
    },
}
