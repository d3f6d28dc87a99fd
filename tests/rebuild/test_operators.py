"""Each operator that is translated: the emitted script computes what the interpreter computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import OpResolverType

import inspector
from rebuild.execute import load
from rebuild.folder import write as write_folder
from rebuild.translate.translator import translate
from tests.one_operator import Case, Input, draw, runs, write
from tests.rebuild.cases import collected

KERNELS = (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF)
rng = np.random.default_rng(7)


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def ints(*values: int) -> np.ndarray:
    return np.array(values, "int32")


IMAGE = Input((1, 7, 9, 4))
SAME, VALID = 0, 1
RELU, RELU_N1, RELU6, TANH = 1, 2, 3, 4
SMALL = Input((2, 3, 4))
POSITIVE = Input((2, 3, 4), low=0.1)
BOOLS = Input((2, 3), "bool")
INTS = Input((2, 3), "int32", -20, 20)
CORNERS = {"alignCorners": True}
HALF = {"halfPixelCenters": True}


def conv(**options: int) -> dict[str, int]:
    return {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1, **options}


def pool(**options: int) -> dict[str, int]:
    return {"strideH": 2, "strideW": 2, "filterHeight": 2, "filterWidth": 2, **options}


CASES = {
    "conv same": Case("CONV_2D", [IMAGE, normal(5, 3, 3, 4), normal(5)], conv(padding=SAME)),
    "conv stride": Case(
        "CONV_2D", [IMAGE, normal(5, 3, 3, 4), normal(5)], conv(strideH=2, strideW=2)
    ),
    "conv uneven stride": Case("CONV_2D", [IMAGE, normal(5, 3, 2, 4), normal(5)], conv(strideW=3)),
    "conv valid": Case("CONV_2D", [IMAGE, normal(5, 3, 3, 4), normal(5)], conv(padding=VALID)),
    "conv dilated": Case(
        "CONV_2D",
        [IMAGE, normal(5, 3, 3, 4), normal(5)],
        conv(dilationHFactor=2, dilationWFactor=2),
    ),
    "conv groups": Case("CONV_2D", [IMAGE, normal(6, 3, 3, 2), normal(6)], conv()),
    **{
        f"conv activation {code}": Case(
            "CONV_2D", [IMAGE, normal(5, 1, 1, 4), normal(5)], conv(fusedActivationFunction=code)
        )
        for code in (RELU, RELU_N1, RELU6)
    },
    "depthwise": Case(
        "DEPTHWISE_CONV_2D", [IMAGE, normal(1, 3, 3, 4), normal(4)], conv(depthMultiplier=1)
    ),
    "depthwise multiplier": Case(
        "DEPTHWISE_CONV_2D", [IMAGE, normal(1, 3, 3, 8), normal(8)], conv(depthMultiplier=2)
    ),
    "depthwise stride": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, normal(1, 3, 3, 4), normal(4)],
        conv(depthMultiplier=1, strideH=2, strideW=2),
    ),
    "depthwise uneven stride": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, normal(1, 3, 3, 4), normal(4)],
        conv(depthMultiplier=1, strideH=1, strideW=2),
    ),
    "depthwise stride and dilation": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, normal(1, 3, 3, 4), normal(4)],
        conv(depthMultiplier=1, strideH=2, strideW=2, dilationHFactor=2, dilationWFactor=2),
    ),
    "transpose conv": Case(
        "TRANSPOSE_CONV",
        [ints(1, 14, 18, 5), normal(5, 3, 3, 4), IMAGE],
        {"strideH": 2, "strideW": 2},
        output_dtype="float32",
    ),
    "transpose conv valid": Case(
        "TRANSPOSE_CONV",
        [ints(1, 15, 19, 5), normal(5, 3, 3, 4), IMAGE, normal(5)],
        {"strideH": 2, "strideW": 2, "padding": VALID},
        output_dtype="float32",
        version=3,
    ),
    "transpose conv longer": Case(
        "TRANSPOSE_CONV",
        [ints(1, 16, 20, 5), normal(5, 3, 3, 4), IMAGE],
        {"strideH": 2, "strideW": 2, "padding": VALID},
        output_dtype="float32",
    ),
    "transpose conv shorter": Case(
        "TRANSPOSE_CONV",
        [ints(1, 13, 17, 5), normal(5, 3, 3, 4), IMAGE],
        {"strideH": 2, "strideW": 2},
        output_dtype="float32",
    ),
    "conv 3d": Case(
        "CONV_3D",
        [Input((1, 4, 5, 6, 2)), normal(2, 3, 3, 2, 4), normal(4)],
        {"strideD": 2, "strideH": 1, "strideW": 2},
    ),
    "dense": Case("FULLY_CONNECTED", [Input((3, 4)), normal(5, 4), normal(5)]),
    "dense flattens": Case("FULLY_CONNECTED", [SMALL, normal(5, 12), normal(5)]),
    "dense keeps dimensions": Case(
        "FULLY_CONNECTED", [SMALL, normal(5, 4), normal(5)], {"keepNumDims": True}
    ),
    "dense no bias relu": Case(
        "FULLY_CONNECTED", [Input((3, 4)), normal(5, 4), None], {"fusedActivationFunction": RELU}
    ),
    "dense computed kernel": Case("FULLY_CONNECTED", [Input((3, 4)), Input((5, 4)), None]),
    "matmul": Case("BATCH_MATMUL", [SMALL, Input((2, 4, 5))]),
    "matmul adjoint": Case("BATCH_MATMUL", [SMALL, Input((2, 5, 4))], {"adjY": True}),
    "matmul constant": Case("BATCH_MATMUL", [SMALL, normal(2, 4, 5)]),
    "embedding": Case(
        "EMBEDDING_LOOKUP", [Input((6,), "int32", 0, 5), normal(5, 3)], output_dtype="float32"
    ),
    **{
        f"{kind.lower()} {padding}": Case(kind, [IMAGE], pool(padding=padding, filterWidth=3))
        for kind in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
        for padding in (SAME, VALID)
    },
    **{
        name.lower(): Case(name, [SMALL])
        for name in (
            "RELU",
            "RELU6",
            "RELU_N1_TO_1",
            "RELU_0_TO_1",
            "ELU",
            "TANH",
            "LOGISTIC",
            "HARD_SWISH",
            "LOG_SOFTMAX",
            "ABS",
            "NEG",
            "EXP",
            "SQUARE",
            "SIN",
            "COS",
            "FLOOR",
            "CEIL",
            "SIGN",
        )
    },
    **{name.lower(): Case(name, [POSITIVE]) for name in ("LOG", "SQRT", "RSQRT")},
    "leaky relu": Case("LEAKY_RELU", [SMALL], {"alpha": 0.1}),
    "prelu": Case("PRELU", [IMAGE, normal(1, 1, 4)]),
    "prelu low rank": Case("PRELU", [IMAGE, normal(4)]),
    "prelu everywhere": Case("PRELU", [IMAGE, normal(7, 9, 4)]),
    "gelu": Case("GELU", [SMALL]),
    "gelu tanh": Case("GELU", [SMALL], {"approximate": True}),
    "softmax": Case("SOFTMAX", [SMALL], {"beta": 1.0}),
    "softmax beta": Case("SOFTMAX", [SMALL], {"beta": 0.5}),
    "l2 normalization": Case("L2_NORMALIZATION", [IMAGE]),
    "local response": Case(
        "LOCAL_RESPONSE_NORMALIZATION",
        [Input((1, 3, 3, 8))],
        {"radius": 2, "bias": 1.0, "alpha": 0.1, "beta": 0.5},
    ),
    **{
        name.lower(): Case(name, [SMALL, Input((1, 3, 4))])
        for name in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "FLOOR_MOD")
    },
    "add constant": Case("ADD", [SMALL, normal(4)]),
    "add scalar": Case("ADD", [SMALL, np.float32(0.1)], {"fusedActivationFunction": RELU}),
    "subtract from constant": Case("SUB", [normal(3, 1), SMALL]),
    "div": Case("DIV", [SMALL, POSITIVE]),
    "div integers": Case("DIV", [INTS, Input((2, 3), "int32", 1, 9)]),
    "floor div": Case("FLOOR_DIV", [INTS, Input((2, 3), "int32", 1, 9)]),
    "pow": Case("POW", [POSITIVE, SMALL]),
    "add n": Case("ADD_N", [SMALL, SMALL, SMALL]),
    **{
        name.lower(): Case(name, [INTS, Input((2, 3), "int32", -3, 3)], output_dtype="bool")
        for name in ("EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL")
    },
    "logical and": Case("LOGICAL_AND", [BOOLS, BOOLS]),
    "logical or": Case("LOGICAL_OR", [BOOLS, BOOLS]),
    "logical not": Case("LOGICAL_NOT", [BOOLS]),
    "select": Case("SELECT_V2", [BOOLS, Input((2, 3)), Input((1, 3))], output_dtype="float32"),
    "select rows": Case(
        "SELECT", [Input((2,), "bool"), Input((2, 3)), Input((2, 3))], output_dtype="float32"
    ),
    "cast": Case("CAST", [Input((2, 3), low=-9, high=9)], output_dtype="int32"),
    **{
        f"{name.lower()} {axis} {keep}": Case(name, [SMALL, ints(axis)], {"keepDims": keep})
        for name in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD")
        for axis, keep in ((1, False), (-1, True))
    },
    "global mean": Case("MEAN", [IMAGE, ints(1, 2)]),
    "reduce any": Case("REDUCE_ANY", [BOOLS, ints(1)]),
    "reduce all": Case("REDUCE_ALL", [BOOLS, ints(0)]),
    "arg max": Case("ARG_MAX", [SMALL, ints(2)], {"outputType": 4}, output_dtype="int64"),
    "arg min": Case("ARG_MIN", [SMALL, ints(-2)], {"outputType": 2}, output_dtype="int32"),
    "cumsum": Case("CUMSUM", [SMALL, ints(1)], {"exclusive": True, "reverse": True}),
    "reshape": Case("RESHAPE", [SMALL, ints(2, 12)]),
    "reshape batch": Case("RESHAPE", [SMALL, ints(6, 4)]),
    "squeeze": Case("SQUEEZE", [Input((2, 1, 3, 1))], {"squeezeDims": [1]}),
    "expand dims": Case("EXPAND_DIMS", [SMALL, ints(1)]),
    "transpose": Case("TRANSPOSE", [SMALL, ints(2, 0, 1)]),
    "concatenation": Case("CONCATENATION", [SMALL, Input((2, 3, 5))], {"axis": -1}),
    "concatenation batch": Case("CONCATENATION", [SMALL, Input((1, 3, 4))], {"axis": 0}),
    "concatenation constant": Case("CONCATENATION", [SMALL, normal(2, 1, 4)], {"axis": 1}),
    "pack": Case("PACK", [SMALL, SMALL], {"axis": 1, "valuesCount": 2}),
    "unpack": Case("UNPACK", [SMALL], {"axis": 1, "num": 3}, outputs=3),
    "split": Case("SPLIT", [ints(2), SMALL], {"numSplits": 2}, outputs=2, output_dtype="float32"),
    "split v": Case("SPLIT_V", [SMALL, ints(1, 3), ints(2)], {"numSplits": 2}, outputs=2),
    "slice": Case("SLICE", [SMALL, ints(0, 1, 2), ints(-1, 1, 2)]),
    "slice first axis": Case("SLICE", [SMALL, ints(0, 0, 0), ints(1, 3, 4)]),
    "strided slice": Case(
        "STRIDED_SLICE", [SMALL, ints(0, 2, 0), ints(2, 0, 4), ints(1, -1, 2)], {"beginMask": 1}
    ),
    "strided slice shrink": Case(
        "STRIDED_SLICE",
        [SMALL, ints(0, -1, 0), ints(0, 0, 3), ints(1, 1, 1)],
        {"shrinkAxisMask": 2, "endMask": 1},
    ),
    "gather": Case("GATHER", [SMALL, ints(2, 0)], {"axis": 1}),
    "gather one": Case("GATHER", [SMALL, np.int32(2)], {"axis": 1}),
    "gather computed": Case("GATHER", [SMALL, Input((5,), "int32", 0, 3)], {"axis": 2}),
    "gather nd": Case("GATHER_ND", [SMALL, np.array([[1, 2], [0, 0], [1, 0]], "int32")]),
    "gather nd rows": Case("GATHER_ND", [SMALL, Input((4, 1), "int32", 0, 2)]),
    "scatter nd": Case(
        "SCATTER_ND",
        [Input((3, 1), "int32", 0, 5), Input((3, 4)), ints(5, 4)],
        output_dtype="float32",
    ),
    "update slice": Case("DYNAMIC_UPDATE_SLICE", [SMALL, Input((1, 2, 2)), ints(1, 2, 0)]),
    "update slice computed": Case(
        "DYNAMIC_UPDATE_SLICE", [SMALL, Input((1, 2, 2)), Input((3,), "int32", 0, 4)]
    ),
    "tile": Case("TILE", [SMALL, ints(1, 2, 3)]),
    "pad": Case("PAD", [IMAGE, np.array([[0, 0], [1, 2], [0, 1], [0, 0]], "int32")]),
    "pad channels": Case("PAD", [IMAGE, np.array([[0, 0], [0, 0], [0, 0], [0, 3]], "int32")]),
    "pad value": Case(
        "PADV2", [SMALL, np.array([[1, 0], [0, 2], [0, 0]], "int32"), np.float32(-7)]
    ),
    "mirror pad": Case("MIRROR_PAD", [SMALL, np.array([[0, 0], [1, 1], [2, 1]], "int32")]),
    "mirror pad symmetric": Case(
        "MIRROR_PAD", [SMALL, np.array([[0, 0], [1, 1], [2, 1]], "int32")], {"mode": 1}
    ),
    "reverse": Case("REVERSE_V2", [SMALL, ints(1)]),
    "broadcast to": Case("BROADCAST_TO", [Input((3, 1)), ints(2, 3, 4)], version=2),
    "depth to space": Case("DEPTH_TO_SPACE", [Input((1, 3, 2, 12))], {"blockSize": 2}),
    "space to depth": Case("SPACE_TO_DEPTH", [Input((1, 4, 6, 3))], {"blockSize": 2}),
    "space to batch": Case(
        "SPACE_TO_BATCH_ND", [Input((1, 4, 5, 3)), ints(2, 3), np.array([[0, 0], [0, 1]], "int32")]
    ),
    "batch to space": Case(
        "BATCH_TO_SPACE_ND", [Input((6, 2, 2, 3)), ints(2, 3), np.array([[0, 1], [2, 1]], "int32")]
    ),
    "one hot": Case(
        "ONE_HOT",
        [Input((4,), "int32", 0, 5), np.int32(5), np.float32(2), np.float32(-1)],
        {"axis": -1},
        output_dtype="float32",
    ),
    "top k": Case("TOPK_V2", [SMALL, np.int32(2)], outputs=2, output_dtypes=("float32", "int32")),
    "round": Case("ROUND", [SMALL]),
    "zeros like": Case("ZEROS_LIKE", [SMALL]),
    "arc tangent": Case("ATAN2", [SMALL, SMALL]),
    "bitwise xor": Case("BITWISE_XOR", [INTS, INTS]),
    "right shift": Case("RIGHT_SHIFT", [INTS, Input((2, 3), "int32", 0, 5)]),
    "fill": Case("FILL", [ints(2, 3), Input(())], output_dtype="float32"),
    **{
        f"{name.lower()} {size} {options}": Case(name, [IMAGE, ints(*size)], options)
        for name in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
        for size in ((14, 18), (5, 11), (1, 1))
        for options in ({}, CORNERS, HALF)
    },
}
for case_name, family_case in collected():
    assert CASES.setdefault(case_name, family_case) is family_case, f"two cases named {case_name}"


@pytest.mark.parametrize("name", CASES)
def test_script_computes_what_the_interpreter_computes(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = write(case, tmp_path / "model.tflite")
    model, inputs = rebuilt(path, tmp_path), draw(case, 1)
    found = outputs_of(model(inputs if len(inputs) > 1 else inputs[0]))
    expected = runs(path, inputs)
    for place, value in enumerate(found):
        assert value.shape == expected[0][place].shape
        assert min(distance(value, side[place]) for side in expected) <= 1e-5


def rebuilt(path: Path, folder: Path):
    """The emitted script's model, with its weights."""
    program = translate(inspector.open(path))
    assert not program.unsupported
    write_folder(program, folder)
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    return model


def outputs_of(value) -> list[np.ndarray]:
    return [np.asarray(v) for v in (value if isinstance(value, (list, tuple)) else [value])]


def distance(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference as a share of the range; float32 sums differ by their order."""
    assert found.dtype == expected.dtype
    if expected.dtype.kind not in "fc" or np.abs(expected).max(initial=0) < 1e-37:
        return float(not np.array_equal(found, expected))
    wide = np.promote_types(expected.dtype, "float64")
    finite = np.isfinite(expected)
    if not np.array_equal(found[~finite], expected[~finite], equal_nan=True):
        return np.inf
    left, right = found[finite].astype(wide), expected[finite].astype(wide)
    spread = np.ptp(right.real) if right.size else 0
    return float(
        np.abs(left - right).max(initial=0) / max(spread, np.abs(right).max(initial=1e-30))
    )
