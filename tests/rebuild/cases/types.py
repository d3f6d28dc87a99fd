"""Types and ranks that are rare: wide and narrow integers, complex numbers, texts, five axes."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

LONG, SHORT = Input((2, 3), "int64", -9, 9), Input((2, 3), "int16", -9, 9)
BYTE, SIGNED = Input((2, 3), "uint8", 0, 20), Input((2, 3), "int8", -9, 9)
INTS, BOOLS, TEXTS = Input((2, 3), "int32", -9, 9), Input((2, 3), "bool"), Input((2, 3), "object")
Z, FIVE = Input((2, 3), "complex64"), Input((2, 3, 2, 2, 3))
POSITIVE = Input((2, 3), "int32", 1, 5)


def each(operator: str, *kinds: Input, count: int = 2, **options: object) -> dict[str, Case]:
    """A case of `count` operands of each type."""
    return {
        f"{operator} of {kind.dtype} {kind.shape}": Case(operator, [kind] * count, **options)
        for kind in kinds
    }


def reduced(operator: str, *kinds: Input) -> dict[str, Case]:
    axes = np.array([1], "int32")
    return {f"{operator} over {kind.dtype}": Case(operator, [kind, axes]) for kind in kinds}


CASES = {
    **each("ADD", LONG, SHORT, FIVE),
    **each("SUB", LONG, FIVE),
    **each("MUL", LONG, Z, FIVE),
    **each("MAXIMUM", LONG, SIGNED, BYTE, FIVE),
    **each("MINIMUM", LONG, SHORT),
    **each("SQUARED_DIFFERENCE", INTS),
    **each("EQUAL", LONG, BOOLS, TEXTS, output_dtype="bool"),
    **each("NOT_EQUAL", TEXTS, BOOLS, output_dtype="bool"),
    **each("GREATER", LONG, INTS, output_dtype="bool"),
    **each("ABS", INTS, count=1),
    **each("NEG", LONG, INTS, count=1),
    **each("SIGN", INTS, count=1),
    **each("SQUARE", FIVE, count=1),
    **each("ZEROS_LIKE", LONG, INTS, count=1),
    **each("RELU", FIVE, Input((3,)), count=1),
    **each("SOFTMAX", FIVE, Input((5,)), count=1),
    **each("LOGISTIC", FIVE, Input(()), count=1),
    **each("L2_NORMALIZATION", Input((2, 5)), Input((2, 2, 3)), count=1),
    **each("BITWISE_XOR", BYTE, SIGNED, Input((2, 3), "uint32", 0, 99)),
    **each("ATAN2", Input((2, 3), "float64")),
    **reduced("SUM", LONG, INTS),
    **reduced("MEAN", LONG, INTS),
    **reduced("REDUCE_MAX", LONG, SIGNED, BYTE, SHORT),
    **reduced("REDUCE_MIN", LONG, BYTE),
    **reduced("REDUCE_PROD", LONG, INTS),
    "floor div negative": Case("FLOOR_DIV", [INTS, Input((2, 3), "int32", -5, -1)]),
    "floor div floats": Case("FLOOR_DIV", [Input((2, 3)), Input((2, 3), low=0.3, high=1)]),
    "floor mod long": Case("FLOOR_MOD", [LONG, Input((2, 3), "int64", -5, -1)]),
    "pow integers": Case("POW", [INTS, POSITIVE]),
    "right shift bytes": Case("RIGHT_SHIFT", [SIGNED, Input((2, 3), "int8", 0, 5)]),
    "arg max of bytes": Case(
        "ARG_MAX", [BYTE, np.array([1], "int32")], {"outputType": 2}, output_dtype="int32"
    ),
    "arg max of booleans": Case(
        "ARG_MAX", [BOOLS, np.int64(0)], {"outputType": 4}, output_dtype="int64"
    ),
    "cumsum long": Case("CUMSUM", [LONG, np.int32(-1)]),
    "top k bytes": Case(
        "TOPK_V2", [BYTE, np.int32(2)], outputs=2, output_dtypes=("uint8", "int32")
    ),
    "transpose five": Case("TRANSPOSE", [FIVE, np.array([4, 0, 3, 1, 2], "int32")]),
    "transpose booleans": Case("TRANSPOSE", [BOOLS, np.array([1, 0], "int32")]),
    "concatenation booleans": Case("CONCATENATION", [BOOLS, BOOLS], {"axis": 1}),
    "concatenation long": Case("CONCATENATION", [LONG, LONG], {"axis": -2}),
    "pack scalars": Case("PACK", [Input(()), Input(())], {"axis": 0, "valuesCount": 2}),
    "pack bytes": Case("PACK", [BYTE, BYTE], {"axis": -1, "valuesCount": 2}),
    "unpack backwards": Case("UNPACK", [BYTE], {"axis": -1, "num": 3}, outputs=3),
    "tile long": Case("TILE", [LONG, np.array([2, 1], "int64")]),
    "tile booleans": Case("TILE", [BOOLS, np.array([2, 2], "int32")]),
    "pad integers": Case("PAD", [INTS, np.array([[1, 0], [0, 2]], "int32")]),
    "pad long pads": Case("PAD", [LONG, np.array([[1, 0], [0, 2]], "int64")]),
    "pad five": Case("PAD", [FIVE, np.array([[0, 0], [1, 0], [0, 2], [0, 0], [1, 1]], "int32")]),
    "mirror pad bytes": Case("MIRROR_PAD", [BYTE, np.array([[1, 1], [0, 2]], "int32")]),
    "reverse booleans": Case("REVERSE_V2", [BOOLS, np.array([0], "int32")]),
    "gather texts": Case("GATHER", [Input((4,), "object"), np.array([1, 0, 1], "int32")]),
    "gather booleans": Case("GATHER", [BOOLS, np.array([[1, 0]], "int64")], {"axis": -1}),
    "gather rows of integers": Case("GATHER", [INTS, Input((2, 2), "int32", 0, 2)]),
    "gather nd texts": Case("GATHER_ND", [TEXTS, np.array([[1, 2], [0, 0]], "int32")]),
    "gather nd booleans": Case("GATHER_ND", [BOOLS, Input((4, 1), "int64", 0, 2)]),
    "select long": Case("SELECT_V2", [BOOLS, LONG, LONG], output_dtype="int64"),
    "select scalar": Case(
        "SELECT_V2", [Input((), "bool"), INTS, Input((1, 3), "int32", 0, 9)], output_dtype="int32"
    ),
    "slice texts": Case("SLICE", [TEXTS, np.array([0, 1], "int32"), np.array([2, 1], "int32")]),
    "slice five": Case(
        "SLICE", [FIVE, np.array([0, 1, 0, 0, 1], "int64"), np.array([2, 1, 1, 2, -1], "int64")]
    ),
    "strided slice booleans": Case(
        "STRIDED_SLICE", [BOOLS, *(np.array(v, "int32") for v in ([0, 0], [2, 3], [1, 2]))]
    ),
    "strided slice five": Case(
        "STRIDED_SLICE",
        [
            FIVE,
            *(np.array(v, "int32") for v in ([0, 2, 0, 0, 0], [2, 0, 2, 1, 3], [1, -1, 1, 1, 2])),
        ],
    ),
    "strided slice new axis": Case(
        "STRIDED_SLICE",
        [INTS, *(np.array(v, "int32") for v in ([0, 0, 1], [1, 2, 3], [1, 1, 1]))],
        {"newAxisMask": 1},
    ),
    "strided slice ellipsis": Case(
        "STRIDED_SLICE",
        [Input((2, 3, 4)), *(np.array(v, "int32") for v in ([0, 1], [0, 3], [1, 1]))],
        {"ellipsisMask": 1},
    ),
    "reshape texts": Case("RESHAPE", [TEXTS, np.array([3, 2], "int32")]),
    "expand texts": Case("EXPAND_DIMS", [BOOLS, np.int64(-1)]),
    "scatter long": Case(
        "SCATTER_ND",
        [Input((3, 2), "int32", 0, 2), Input((3,), "int64", 0, 9), np.array([2, 2], "int32")],
        output_dtype="int64",
    ),
    "scatter booleans": Case(
        "SCATTER_ND",
        [np.array([[0], [3]], "int32"), Input((2,), "bool"), np.array([4], "int32")],
        output_dtype="bool",
    ),
    "one hot integers": Case(
        "ONE_HOT",
        [Input((2, 2), "int64", -1, 4), np.int32(3), np.int64(7), np.int64(2)],
        {"axis": 0},
        output_dtype="int64",
    ),
    "one hot booleans": Case(
        "ONE_HOT",
        [Input((4,), "int32", 0, 3), np.int32(3), np.bool_(True), np.bool_(False)],
        {"axis": -1},
        output_dtype="bool",
    ),
    "fill long": Case(
        "FILL", [np.array([2, 3], "int64"), Input((), "int64", 0, 9)], output_dtype="int64"
    ),
    "broadcast bytes": Case(
        "BROADCAST_TO", [Input((3, 1), "uint8", 0, 9), np.array([2, 3, 4])], version=2
    ),
    "update bytes": Case(
        "DYNAMIC_UPDATE_SLICE", [BYTE, Input((1, 2), "uint8", 0, 9), np.array([1, 1], "int32")]
    ),
    "update booleans": Case(
        "DYNAMIC_UPDATE_SLICE", [BOOLS, Input((1, 2), "bool"), np.array([1, 1], "int64")]
    ),
    "depth to space integers": Case(
        "DEPTH_TO_SPACE", [Input((1, 2, 2, 8), "int32", 0, 99)], {"blockSize": 2}
    ),
    "space to depth long": Case(
        "SPACE_TO_DEPTH", [Input((1, 2, 4, 2), "int64", 0, 99)], {"blockSize": 2}
    ),
    "batches of matrices": Case("BATCH_MATMUL", [Input((2, 1, 3, 4)), Input((5, 4, 2))]),
    "matrices of five axes": Case(
        "BATCH_MATMUL", [Input((2, 1, 2, 3, 4)), Input((1, 3, 1, 5, 4))], {"adjY": True}
    ),
    **{
        f"cast {source} to {target}": Case(
            "CAST", [Input((2, 3), source, 0, 9)], output_dtype=target
        )
        for source, target in (
            ("float32", "bool"),
            ("float32", "uint8"),
            ("float32", "complex64"),
            ("float32", "float64"),
            ("float32", "int16"),
            ("int64", "int8"),
            ("bool", "float32"),
            ("uint8", "int64"),
            ("uint16", "float32"),
            ("uint32", "int32"),
            ("int16", "float32"),
            ("float16", "float32"),
            ("float64", "int64"),
            ("int32", "uint32"),
            ("int32", "float16"),
        )
    },
    "cast complex to float": Case("CAST", [Z], output_dtype="float32"),
    "cast negative": Case("CAST", [Input((3, 3), low=-300, high=300)], output_dtype="int8"),
    "cast large": Case("CAST", [Input((3, 3), "int32", -9999, 9999)], output_dtype="uint8"),
}
