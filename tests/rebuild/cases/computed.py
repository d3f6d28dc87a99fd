"""Operands that are mostly constants, and here are computed: weights, shapes, axes, borders."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

IMAGE = Input((1, 7, 9, 4))
CUBE = Input((2, 3, 4, 5, 2))
SMALL = Input((2, 3, 4))


class Exactly(Input):
    """An input that is always given the same integers."""

    def __init__(self, *values: int, shape: tuple[int, ...] | None = None) -> None:
        self.values = np.array(values, "int32").reshape(shape if shape is not None else -1)
        super().__init__(self.values.shape, "int32")

    def draw(self, _rng: np.random.Generator) -> np.ndarray:
        return self.values


def scalar(value: int) -> Exactly:
    return Exactly(value, shape=())


def conv(**options: int) -> dict[str, int]:
    return {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1, **options}


def conv3d(**options: int) -> dict[str, int]:
    ones = {"strideD": 1, "strideH": 1, "strideW": 1}
    return ones | {f"dilation{a}Factor": 1 for a in "DHW"} | options


CUBIC = np.random.default_rng(5).normal(size=(2, 2, 2, 3, 2)).astype("float32")
KERNEL, BIAS = Input((5, 3, 3, 4)), Input((5,))
CASES = {
    "computed conv": Case("CONV_2D", [IMAGE, KERNEL, BIAS], conv(fusedActivationFunction=1)),
    "computed bias": Case(
        "CONV_2D", [IMAGE, np.ones((5, 3, 3, 4), "float32"), BIAS], conv(dilationHFactor=2)
    ),
    "computed groups": Case("CONV_2D", [IMAGE, Input((6, 3, 3, 2)), Input((6,))], conv()),
    "computed conv stride and dilation": Case(
        "CONV_2D", [IMAGE, KERNEL, BIAS], conv(strideH=2, strideW=2, dilationHFactor=2)
    ),
    "computed depthwise": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, Input((1, 3, 3, 8)), Input((8,))],
        conv(depthMultiplier=2, strideH=2, strideW=2),
    ),
    "computed depthwise uneven": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, Input((1, 3, 3, 4)), Input((4,))],
        conv(depthMultiplier=1, strideW=2, dilationHFactor=2, dilationWFactor=2),
    ),
    "computed transpose conv": Case(
        "TRANSPOSE_CONV",
        [np.array([1, 14, 18, 5], "int32"), KERNEL, IMAGE, BIAS],
        {"strideH": 2, "strideW": 2},
        output_dtype="float32",
        version=3,
    ),
    "computed transposed shape": Case(
        "TRANSPOSE_CONV",
        [Exactly(1, 14, 18, 5), KERNEL, IMAGE],
        {"strideH": 2, "strideW": 2},
        output_dtype="float32",
    ),
    "computed conv 3d": Case("CONV_3D", [CUBE, Input((2, 2, 2, 2, 3)), Input((3,))], conv3d()),
    "computed fully connected": Case(
        "FULLY_CONNECTED", [Input((2, 4)), Input((3, 4)), Input((3,))]
    ),
    "computed blocks back": Case(
        "BATCH_TO_SPACE_ND",
        [Input((4, 2, 3, 3)), np.array([2, 2], "int32"), Exactly(0, 1, 1, 0, shape=(2, 2))],
    ),
    "computed pad of the front": Case("PAD", [SMALL, Exactly(1, 0, 0, 0, 0, 0, shape=(3, 2))]),
    "transpose conv of a size that Keras does not make": Case(
        "TRANSPOSE_CONV",
        [np.array([1, 20, 26, 5], "int32"), np.ones((5, 2, 2, 4), "float32"), IMAGE],
        {"strideH": 3, "strideW": 3},
        output_dtype="float32",
    ),
    **{
        f"conv 3d transpose {padding} {stride} {shape} {type(kernel).__name__}": Case(
            "CONV_3D_TRANSPOSE",
            [np.array([2, *shape, 3], "int32"), kernel, CUBE, *bias],
            conv3d(padding=padding, strideD=stride, strideH=stride, strideW=stride),
            output_dtype="float32",
        )
        for padding, stride, shape, kernel, bias in (
            (0, 1, (3, 4, 5), CUBIC, []),
            (0, 2, (6, 8, 10), CUBIC, [np.ones(3, "float32")]),
            (1, 2, (6, 8, 10), CUBIC, []),
            (0, 2, (5, 7, 9), CUBIC, []),
            (0, 2, (6, 8, 10), Input((2, 2, 2, 3, 2)), [Input((3,))]),
        )
    },
    "conv 3d transpose with an activation": Case(
        "CONV_3D_TRANSPOSE",
        [np.array([2, 3, 4, 5, 3], "int32"), CUBIC, CUBE],
        conv3d(fusedActivationFunction=1),
        output_dtype="float32",
    ),
    "computed reshape": Case("RESHAPE", [SMALL, Exactly(4, -1)]),
    "computed tile": Case("TILE", [SMALL, Exactly(1, 2, 3)]),
    "computed transpose": Case("TRANSPOSE", [SMALL, Exactly(2, 0, 1)]),
    "computed pad": Case("PAD", [SMALL, Exactly(0, 1, 2, 0, 1, 1, shape=(3, 2))]),
    "computed pad value": Case(
        "PADV2", [SMALL, np.array([[1, 0], [0, 2], [0, 0]], "int32"), Input(())]
    ),
    "computed mirror pad": Case("MIRROR_PAD", [SMALL, Exactly(0, 1, 2, 0, 1, 1, shape=(3, 2))]),
    "computed slice": Case("SLICE", [SMALL, Exactly(1, 0, 2), np.array([1, 2, -1], "int32")]),
    "computed slice size": Case("SLICE", [SMALL, Exactly(1, 0, 2), Exactly(1, 2, -1)]),
    "computed strided slice": Case(
        "STRIDED_SLICE",
        [SMALL, Exactly(0, 1, 0), Exactly(2, 3, 4), np.array([1, 1, 2], "int32")],
        {"beginMask": 1, "shrinkAxisMask": 0},
    ),
    "computed element": Case(
        "STRIDED_SLICE",
        [SMALL, Exactly(0, -1, 0), Exactly(2, 0, 4), np.array([1, 1, 1], "int32")],
        {"shrinkAxisMask": 2, "endMask": 5, "beginMask": 5},
    ),
    "computed mean": Case("MEAN", [SMALL, Exactly(0, 2)]),
    "computed sum": Case("SUM", [SMALL, Exactly(-1)], {"keepDims": True}),
    "computed arg max": Case(
        "ARG_MAX", [SMALL, scalar(1)], {"outputType": 4}, output_dtype="int64"
    ),
    "computed top k": Case(
        "TOPK_V2", [SMALL, scalar(2)], outputs=2, output_dtypes=("float32", "int32")
    ),
    "computed one hot": Case(
        "ONE_HOT",
        [Input((4,), "int32", 0, 5), scalar(5), Input(()), Input(())],
        {"axis": -1},
        output_dtype="float32",
    ),
    "computed fill": Case("FILL", [Exactly(2, 3), Input(())], output_dtype="float32"),
    "computed fill of a number": Case(
        "FILL", [Exactly(2, 3), np.float32(0.5)], output_dtype="float32"
    ),
    "computed broadcast": Case("BROADCAST_TO", [Input((3, 1)), Exactly(2, 3, 4)], version=2),
    "computed axis": Case("EXPAND_DIMS", [SMALL, scalar(1)]),
    "computed split": Case(
        "SPLIT", [scalar(2), SMALL], {"numSplits": 2}, outputs=2, output_dtype="float32"
    ),
    "computed cumsum": Case("CUMSUM", [SMALL, scalar(1)], {"exclusive": True}),
    "computed size": Case("RESIZE_BILINEAR", [IMAGE, Exactly(14, 18)]),
    "computed nearest size": Case("RESIZE_NEAREST_NEIGHBOR", [IMAGE, Exactly(5, 11)]),
    "computed scatter": Case(
        "SCATTER_ND",
        [Input((3, 1), "int32", 0, 5), Input((3, 4)), Exactly(5, 4)],
        output_dtype="float32",
    ),
    "computed blocks": Case(
        "SPACE_TO_BATCH_ND",
        [Input((1, 4, 6, 3)), np.array([2, 2], "int32"), Exactly(0, 0, 0, 2, shape=(2, 2))],
    ),
    "computed sparse shape": Case(
        "SPARSE_TO_DENSE",
        [np.array([[0, 1], [2, 3]], "int32"), Exactly(3, 4), Input((2,)), np.float32(-1)],
        output_dtype="float32",
    ),
    "computed sizes": Case(
        "SPLIT_V", [SMALL, Exactly(1, 3), np.int32(2)], {"numSplits": 2}, outputs=2
    ),
    "gather batch": Case(
        "GATHER", [SMALL, Input((2, 5), "int32", 0, 3)], {"axis": 1, "batchDims": 1}
    ),
    "gather batches": Case(
        "GATHER", [SMALL, Input((2, 3, 2), "int32", 0, 4)], {"axis": 2, "batchDims": 2}
    ),
    "gather batch axis": Case(
        "GATHER", [SMALL, Input((2, 5), "int64", 0, 4)], {"axis": 2, "batchDims": 1}
    ),
    "stride and dilation": Case(
        "CONV_2D",
        [IMAGE, np.ones((5, 3, 3, 4), "float32"), np.ones(5, "float32")],
        conv(strideH=2, strideW=3, dilationHFactor=2, dilationWFactor=1),
    ),
    "stride and dilation inside": Case(
        "CONV_2D",
        [IMAGE, np.ones((5, 3, 3, 4), "float32"), np.ones(5, "float32")],
        conv(padding=1, strideH=2, strideW=2, dilationHFactor=2, dilationWFactor=3),
    ),
}
