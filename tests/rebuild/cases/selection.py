"""WHERE, UNIQUE, diagonals, sequences, sparse values."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

LENGTHS = Input((3,), "int32", 0, 5)
STEPS = Input((3,), "int64", 0, 3)


def index(*values: int, dtype: str = "int32") -> np.ndarray:
    return np.array(values, dtype)


CASES = {
    **{
        f"where {condition.dtype} {condition.shape}": Case(
            "WHERE", [condition], output_dtype="int64"
        )
        for condition in (
            Input((2, 3), "bool"),
            Input((7,), "int32", 0, 2),
            Input((2, 2, 3), "int64", -1, 2),
            Input((2, 2), "float32"),
            Input((4,), "int8", 0, 2),
            Input((1, 2, 1, 3), "uint8", 0, 2),
        )
    },
    **{
        f"unique {dtype} {code}": Case(
            "UNIQUE",
            [Input((9,), dtype, 0, 4)],
            {"idxOutType": code},
            outputs=2,
            output_dtypes=(dtype, {2: "int32", 4: "int64"}[code]),
        )
        for dtype in ("int32", "int64", "int8", "uint8", "int16")
        for code in (2, 4)
    },
    "unique float": Case(
        "UNIQUE", [Input((5,))], {"idxOutType": 2}, outputs=2, output_dtypes=("float32", "int32")
    ),
    "reverse sequence": Case("REVERSE_SEQUENCE", [Input((3, 5, 2)), LENGTHS], {"seqDim": 1}),
    "reverse sequence first": Case(
        "REVERSE_SEQUENCE",
        [Input((3, 3, 2), "int64", -9, 9), STEPS],
        {"seqDim": 0, "batchDim": 1},
    ),
    "reverse sequence last": Case(
        "REVERSE_SEQUENCE",
        [Input((2, 3, 4, 5), "uint8", 0, 200), index(5, 2, 0)],
        {"seqDim": 3, "batchDim": 1},
    ),
    **{
        f"matrix diag {x.dtype} {x.shape}": Case("MATRIX_DIAG", [x])
        for x in (Input((3,)), Input((2, 3)), Input((2, 1, 4), "int32"), Input((2, 2), "int8"))
    },
    **{
        f"matrix set diag {x.dtype} {x.shape}": Case("MATRIX_SET_DIAG", [x, diagonal])
        for x, diagonal in (
            (Input((3, 3)), Input((3,))),
            (Input((2, 3, 4)), Input((2, 3))),
            (Input((2, 4, 3)), Input((2, 3))),
            (Input((2, 2, 2, 2), "int32"), Input((2, 2, 2), "int32")),
            (Input((2, 2), "uint8", 0, 9), Input((2,), "uint8", 0, 9)),
        )
    },
    "sparse to dense": Case(
        "SPARSE_TO_DENSE",
        [np.array([[0, 1], [2, 3]], "int32"), index(3, 4), Input((2,)), np.float32(-1)],
        output_dtype="float32",
    ),
    "sparse to dense one value": Case(
        "SPARSE_TO_DENSE",
        [Input((3, 2), "int32", 0, 2), index(2, 4), np.int32(7), np.int32(0)],
        output_dtype="int32",
    ),
    "sparse to dense computed value": Case(
        "SPARSE_TO_DENSE",
        [Input((3, 4), "int64", 0, 2), index(2, 3, 4, 2, dtype="int64"), Input(()), Input(())],
        output_dtype="float32",
    ),
    "sparse to dense row": Case(
        "SPARSE_TO_DENSE",
        [Input((3,), "int32", 0, 5), index(5), Input((3,), "uint8", 1, 9), np.uint8(0)],
        output_dtype="uint8",
    ),
    "sparse to dense scalar": Case(
        "SPARSE_TO_DENSE",
        [Input((), "int32", 0, 5), index(5), np.int8(3), np.int8(-3)],
        output_dtype="int8",
    ),
}
HELPERS = {"TensorFlow": "reverse sequence"}
