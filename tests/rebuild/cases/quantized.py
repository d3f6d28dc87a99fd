"""Operators with quantised kernels, in the types that these take (kernels/*.cc, `Prepare`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.quantized_operator import LIMITS, Q, QuantizedCase, constant
from tests.rebuild.cases.quantized_recurrent import HYBRID_RECURRENT, INTEGER_RECURRENT

rng = np.random.default_rng(11)
ZERO = {"int8": -5, "uint8": 120, "int16": 0}
STEP = {"int8": 0.05, "uint8": 0.05, "int16": 2e-4}
SMALL = ("int8", "uint8")
ALL = ("int8", "uint8", "int16")
RELU, RELU6 = 1, 3
SAME, VALID = 0, 1
CONV = {"strideH": 1, "strideW": 1, "dilationHFactor": 1, "dilationWFactor": 1}
POOL = {"strideH": 2, "strideW": 2, "filterHeight": 3, "filterWidth": 2}


def given(dtype: str, *shape: int, factor: float = 1, zero: int = 0) -> Q:
    """A computed tensor with the usual scale of its type times a factor."""
    zero_point = ZERO[dtype] + (zero if dtype != "int16" else 0)
    return Q(shape, dtype, STEP[dtype] * factor, zero_point)


def same(of: Q) -> Q:
    """A computed tensor on the grid of another."""
    return Q((), of.dtype, of.scale, of.zero_point)


def kernel(dtype: str, *shape: int, channels: int = 0, axis: int = 0) -> Q:
    """A kernel with a scale for each of its channels, or with one for all."""
    low, high = {"uint8": (0, 255), "int4": (-7, 7)}.get(dtype, (-127, 127))
    values = rng.integers(low, high, shape, endpoint=True)
    scale = rng.uniform(0.005, 0.02, channels) if channels else 0.01
    return Q(shape, dtype, scale, 128 if dtype == "uint8" else 0, values, axis)


def bias(x: Q, weights: Q, units: int) -> Q:
    """A bias with the scale that its sums have."""
    scale = np.atleast_1d(weights.scale) * float(np.float32(x.scale))
    dtype = "int64" if x.dtype == "int16" else "int32"
    values = np.clip(rng.normal(size=units) / scale, -30000, 30000).astype(int)
    return Q((units,), dtype, scale, 0, values)


def weighted(
    operator: str, x: Q, weights: Q, units: int, options: dict[str, Any], factor: float = 2
) -> QuantizedCase:
    """An operator with a kernel and a bias."""
    output = given(x.dtype, factor=factor)
    return QuantizedCase(operator, [x, weights, bias(x, weights, units)], [output], options)


def convolutions() -> dict[str, QuantizedCase]:
    """CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV by types, channels and options."""
    found = {}
    kinds = (("int8", "int8", 5), ("int8", "int8", 0), ("int8", "int4", 5), ("int16", "int8", 5))
    for dtype, stored, channels in (*kinds, ("uint8", "uint8", 0)):
        x, name = given(dtype, 1, 7, 9, 4), f"{dtype} by {stored}{' channels' if channels else ''}"
        weights = kernel(stored, 5, 3, 3, 4, channels=channels)
        found[f"conv {name}"] = weighted("CONV_2D", x, weights, 5, CONV)
        found[f"conv relu6 {name}"] = weighted(
            "CONV_2D",
            x,
            weights,
            5,
            {**CONV, "strideH": 2, "strideW": 2} | {"fusedActivationFunction": RELU6},
        )
        weights = kernel(stored, 1, 3, 3, 8, channels=channels and 8, axis=3)
        found[f"depthwise {name}"] = weighted(
            "DEPTHWISE_CONV_2D", x, weights, 8, {**CONV, "depthMultiplier": 2, "padding": VALID}, 1
        )
        if stored != "int4":
            weights = kernel(stored, 5, 3, 3, 4, channels=channels)
            operands, options = [constant([1, 14, 18, 5]), weights, x], {"strideH": 2, "strideW": 2}
            found[f"transpose conv {name}"] = QuantizedCase(
                "TRANSPOSE_CONV", operands, [given(dtype, factor=2)], options
            )
        if dtype == "int16":
            found |= promised(x, kernel(stored, 5, 3, 3, 4, channels=channels))
        weights = kernel(stored, 6, 12, channels=channels and 6)
        x = given(dtype, 3, 12)
        found[f"dense {name}"] = weighted("FULLY_CONNECTED", x, weights, 6, {})
        found[f"dense relu {name}"] = weighted(
            "FULLY_CONNECTED",
            given(dtype, 2, 3, 12),
            weights,
            6,
            {"keepNumDims": True, "fusedActivationFunction": RELU},
        )
    return found


def promised(x: Q, weights: Q) -> dict[str, QuantizedCase]:
    """Sums of 16-bit integers whose bias has 32 bits, as the file says: all are added in 32."""
    own, options = bias(x, weights, 5), {"quantizedBiasType": schema.TensorType.INT32}
    short, output = replace(own, dtype="int32"), given("int16", factor=2)
    turned = [constant([1, 14, 18, 5]), weights, x, short]
    return {
        "conv int16 promised": QuantizedCase(
            "CONV_2D", [x, weights, short], [output], {**CONV, **options}, 8
        ),
        "transpose conv int16 promised": QuantizedCase(
            "TRANSPOSE_CONV", turned, [output], {"strideH": 2, "strideW": 2, **options}, 5
        ),
    }


def halves() -> dict[str, QuantizedCase]:
    """Convolutions by 1 whose multiplier is a half but for its last bits, of 31 or of float32."""
    x = Q((1, 16, 16, 1), "int8", 0.031, -5)
    source = np.float32(x.scale)
    found = {}
    for _ in range(1 << 12):
        one = np.float32(rng.uniform(0.005, 0.02))
        product = float(source) * float(one)
        scale = np.float32(2 * product)
        last = 2 * product / float(scale) - 1
        if 0 < abs(last) < 2.0**-33:
            steps = float(one) * 0.5 ** np.arange(5)
            found["conv by nearly half channels"] = halved(x, steps, scale)
        if np.float32(source * one) * 2 == scale and -(2.0**-24) < last < -(2.0**-26):
            found["conv by nearly half"] = halved(x, float(one), scale)
    assert len(found) == 2
    return found


def halved(x: Q, scales: Any, output: np.float32) -> QuantizedCase:
    """A convolution that hands on what comes in, times these scales."""
    units = np.size(scales)
    weights = Q((units, 1, 1, 1), "int8", scales, 0, np.ones((units, 1, 1, 1), int))
    nothing = Q((units,), "int32", np.atleast_1d(scales) * float(np.float32(x.scale)), 0)
    nothing.values = np.zeros(units, int)
    return QuantizedCase("CONV_2D", [x, weights, nothing], [Q((), "int8", float(output), 3)], CONV)


UNARY = {
    **dict.fromkeys(("RELU", "RELU6", "LEAKY_RELU", "GELU"), ALL),
    **dict.fromkeys(("RELU_N1_TO_1", "RELU_0_TO_1", "HARD_SWISH"), SMALL),
    **dict.fromkeys(("ABS", "EXP", "LOG", "NEG"), ("int8", "int16")),
    "ELU": ("int8",),
}
"""Operators of one operand, and the types that their kernels take."""


def elementwise() -> dict[str, QuantizedCase]:
    """Operators of one or two quantised operands of any scales."""
    found = {}
    for dtype in ALL:
        x, y = given(dtype, 2, 3, 4), given(dtype, 2, 3, 4, factor=0.7, zero=9)
        row = given(dtype, 1, 1, 4, factor=1.3, zero=-3)
        wide = given(dtype, factor=1.9, zero=4)
        for operator in ("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE", "DIV"):
            if operator == "SQUARED_DIFFERENCE" and dtype != "int8":
                continue
            factor = 6 if operator in ("MUL", "SQUARED_DIFFERENCE") else 1.9
            output = given(dtype, factor=factor, zero=4)
            if operator == "DIV":  # of numbers near zero its kernel shifts by more than 31 bits
                x = Q((2, 3, 4), dtype, STEP[dtype], 0, None, 0, 60, 127)
                y = Q((2, 3, 4), dtype, 0.02, 0, None, 0, 50, 127)
            found[f"{operator.lower()} {dtype}"] = QuantizedCase(operator, [x, y], [output])
            if operator not in ("SQUARED_DIFFERENCE", "DIV"):
                found[f"{operator.lower()} row relu {dtype}"] = QuantizedCase(
                    operator, [x, row], [output], {"fusedActivationFunction": RELU}
                )
        for operator in ("MAXIMUM", "MINIMUM"):
            found[f"{operator.lower()} {dtype}"] = QuantizedCase(operator, [x, x], [same(x)])
        for operator in ("EQUAL", "LESS", "GREATER_EQUAL", "NOT_EQUAL", "GREATER", "LESS_EQUAL"):
            found[f"{operator.lower()} {dtype}"] = QuantizedCase(
                operator, [x, Q(x.shape, dtype, x.scale, x.zero_point)], [Q((), "bool", None)]
            )
        for operator, kinds in UNARY.items():
            if dtype in kinds:
                found[f"{operator.lower()} {dtype}"] = QuantizedCase(operator, [x], [wide])
        if dtype != "uint8":
            positive = Q((2, 3, 40), dtype, STEP[dtype], LIMITS[dtype][0] * (dtype == "int8"))
            positive.low = LIMITS[dtype][0] if dtype == "int8" else 1
            small = Q((), dtype, STEP[dtype] / 2, ZERO[dtype])
            for operator in ("LOG", "RSQRT"):
                found[f"{operator.lower()} positive {dtype}"] = QuantizedCase(
                    operator, [positive], [wide if operator == "LOG" else small]
                )
        found[f"leaky relu {dtype}"] = QuantizedCase("LEAKY_RELU", [x], [wide], {"alpha": 0.1})
        narrow = "uint8" if dtype == "uint8" else "int8"
        alpha = Q((1, 1, 4), narrow, 0.004, ZERO[narrow], np.array([[[0, 90, 40, 127]]]))
        found[f"prelu {dtype}"] = QuantizedCase("PRELU", [given(dtype, 1, 3, 5, 4), alpha], [wide])
    for scale in (1e-15, 1e-20, 1.2e-35):
        x, y = Q((1, 7), "uint8", 1 / 256), Q((1, 7), "uint8", 5e-6, 124)
        found[f"mul overflowing {scale}"] = QuantizedCase("MUL", [x, y], [Q((), "uint8", scale)])
    return found


FIXED = {
    "LOGISTIC": {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (1 / 32768, 0)},
    "TANH": {"int8": (1 / 128, 0), "uint8": (1 / 128, 128), "int16": (1 / 32768, 0)},
    "SOFTMAX": {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (1 / 32768, 0)},
    "LOG_SOFTMAX": {"int8": (16 / 256, 127), "uint8": (16 / 256, 255)},
    "L2_NORMALIZATION": {"int8": (1 / 128, 0), "uint8": (1 / 128, 128)},
}
"""Output scales and zero points that kernels insist on."""


def fixed() -> dict[str, QuantizedCase]:
    """Operators whose output has one scale, whatever comes in."""
    found = {}
    for operator, kinds in FIXED.items():
        for dtype, (scale, zero_point) in kinds.items():
            for factor in (0.5, 1.0):
                x = given(dtype, 2, 40, 10, factor=factor)
                options = {"beta": 1.0} if operator == "SOFTMAX" else {}
                found[f"{operator.lower()} {factor} {dtype}"] = QuantizedCase(
                    operator, [x], [Q((), dtype, scale, zero_point)], options
                )
    x = given("int8", 2, 10)
    found["softmax to int16"] = QuantizedCase(
        "SOFTMAX", [x], [Q((), "int16", 1 / 65536, -32768)], {"beta": 1.0}
    )
    x = Q((2, 40, 10), "int16", 5.14575e-05)  # whose rescaling is rounded twice
    found["softmax fine int16"] = QuantizedCase(
        "SOFTMAX", [x], [Q((), "int16", 1 / 32768)], {"beta": 1.0}
    )
    x = Q((2, 40, 10), "int16", 1 / 4096)
    for operator in ("LOGISTIC", "TANH"):
        found[f"{operator.lower()} power of two int16"] = QuantizedCase(
            operator, [x], [Q((), "int16", 1 / 32768)]
        )
    return found


def windows() -> dict[str, QuantizedCase]:
    """Pooling, reductions and resizing."""
    found = {}
    for dtype in ALL:
        x, axes = given(dtype, 1, 7, 9, 4), constant([1, 2])
        for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            for padding in (SAME, VALID):
                found[f"{operator.lower()} {padding} {dtype}"] = QuantizedCase(
                    operator, [x], [same(x)], {**POOL, "padding": padding}
                )
        other = Q((), dtype, 1.7 * float(x.scale), ZERO[dtype] // 2)  # which kernels do not look at
        found[f"average pool of another scale {dtype}"] = QuantizedCase(
            "AVERAGE_POOL_2D", [x], [other], {**POOL, "padding": SAME}
        )
        found[f"resize bilinear to another scale {dtype}"] = QuantizedCase(
            "RESIZE_BILINEAR", [x, constant([5, 13])], [other]
        )
        if dtype != "int16":
            places, rows = constant([[4], [0], [4], [4]]), given(dtype, 4, 9)
            found[f"scatter {dtype}"] = QuantizedCase(
                "SCATTER_ND", [places, rows, constant([5, 9])], [other]
            )
        found[f"pool relu6 {dtype}"] = QuantizedCase(
            "MAX_POOL_2D", [x], [same(x)], {**POOL, "fusedActivationFunction": RELU6}
        )
        for operator in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"):
            factor = {"MEAN": 0.4, "SUM": 6}.get(operator, 1)
            output = given(dtype, factor=factor, zero=0 if factor == 1 else 7)
            found[f"{operator.lower()} {dtype}"] = QuantizedCase(operator, [x, axes], [output])
            found[f"{operator.lower()} last {dtype}"] = QuantizedCase(
                operator, [x, constant([3])], [output], {"keepDims": True}
            )
        found[f"mean same {dtype}"] = QuantizedCase("MEAN", [x, axes], [same(x)])
        for options in ({}, {"alignCorners": True}, {"halfPixelCenters": True}):
            for operator in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
                found[f"{operator.lower()} {options} {dtype}"] = QuantizedCase(
                    operator, [x, constant([11, 13])], [same(x)], options
                )
        if dtype != "int16":
            found[f"arg max {dtype}"] = QuantizedCase(
                "ARG_MAX", [x, constant(3)], [Q((), "int32", None)], {"outputType": 2}
            )
        found[f"top k {dtype}"] = QuantizedCase(
            "TOPK_V2", [x, constant(2)], [same(x), Q((), "int32", None)]
        )
    found["reduce prod"] = QuantizedCase(
        "REDUCE_PROD", [given("int8", 3, 5, 2), constant([2])], [given("int8", factor=8)]
    )
    for dtype, scale, output in (("int8", 0.024, 0.05), ("int16", 9e-5, 5e-4)):
        zero_point = -9 if dtype == "int8" else 0
        found[f"reduce long prod {dtype}"] = QuantizedCase(
            "REDUCE_PROD",
            [Q((4, 3, 5, 2), dtype, scale, zero_point), constant([0, 2])],
            [Q((), dtype, output, zero_point)],
            {"keepDims": True},
        )
    return found


def moves() -> dict[str, QuantizedCase]:
    """Operators that hand integers on, also where the scales of their tensors differ."""
    found = {}
    for dtype in ALL:
        x = given(dtype, 2, 4, 6, 3)
        pads = constant([[0, 0], [1, 2], [0, 1], [0, 0]])
        block = constant([2, 3])
        none = constant([[0, 0], [0, 0]])
        cases: dict[str, tuple[Sequence[Q], dict[str, Any]]] = {
            "RESHAPE": ([x, constant([2, 24, 3])], {}),
            "TRANSPOSE": ([x, constant([0, 2, 1, 3])], {}),
            "PAD": ([x, pads], {}),
            "MIRROR_PAD": ([x, pads], {}),
            "SLICE": ([x, constant([0, 1, 0, 0]), constant([2, 2, 6, 3])], {}),
            "STRIDED_SLICE": (
                [x, constant([0, 1, 0, 0]), constant([2, 4, 6, 3]), constant([1, 2, 1, 1])],
                {},
            ),
            "GATHER": ([x, constant([2, 0])], {"axis": 1}),
            "GATHER_ND": ([x, constant([[0, 1], [1, 2]])], {}),
            "TILE": ([x, constant([1, 2, 1, 1])], {}),
            "REVERSE_V2": ([x, constant([1])], {}),
            "SPACE_TO_BATCH_ND": ([x, block, none], {}),
            "BATCH_TO_SPACE_ND": ([given(dtype, 6, 2, 2, 3), block, none], {}),
            "EXPAND_DIMS": ([x, constant(1)], {}),
            "SQUEEZE": ([given(dtype, 2, 1, 3)], {"squeezeDims": [1]}),
            "BROADCAST_TO": ([given(dtype, 4, 1, 3), constant([2, 4, 6, 3])], {}),
            "CONCATENATION": ([x, given(dtype, 2, 4, 6, 2)], {"axis": 3}),
            "PACK": ([x, x], {"axis": 1, "valuesCount": 2}),
            "SELECT_V2": ([Q((2, 4, 6, 3), "bool", None), x, x], {}),
            "DYNAMIC_UPDATE_SLICE": ([x, given(dtype, 1, 2, 2, 3), constant([0, 1, 2, 0])], {}),
        }
        if dtype != "int16":
            cases["DEPTH_TO_SPACE"] = ([given(dtype, 1, 2, 2, 8)], {"blockSize": 2})
            cases["SPACE_TO_DEPTH"] = ([x], {"blockSize": 2})
        for operator, (operands, options) in cases.items():
            found[f"{operator.lower()} {dtype}"] = QuantizedCase(
                operator, operands, [same(x)], options, 2 if operator == "BROADCAST_TO" else 1
            )
        found[f"split {dtype}"] = QuantizedCase(
            "SPLIT", [constant(2), x], [same(x), same(x)], {"numSplits": 2}
        )
        found[f"unpack {dtype}"] = QuantizedCase(
            "UNPACK", [x], [same(x), same(x)], {"axis": 0, "num": 2}
        )
        found[f"reshape to another scale {dtype}"] = QuantizedCase(
            "RESHAPE", [x, constant([2, 24, 3])], [given(dtype, factor=0.3, zero=40)]
        )
    x = given("uint8", 2, 3, 4)
    others = [given("uint8", 2, 3, 4, factor=0.6, zero=-30), given("uint8", 2, 3, 4, factor=2)]
    found["concatenation of other scales"] = QuantizedCase(
        "CONCATENATION", [x, *others], [given("uint8", factor=1.1)], {"axis": 2}
    )
    return found


def conversions() -> dict[str, QuantizedCase]:
    """QUANTIZE between all types, DEQUANTIZE, and CAST, which takes integers as they are."""
    found = {}
    for dtype in ALL:
        x = given(dtype, 3, 50)
        for other in ALL if dtype != "int16" else ("int8", "int16"):
            y = given(other, factor=1.7, zero=6)
            found[f"quantize {dtype} to {other}"] = QuantizedCase("QUANTIZE", [x], [y])
        real = Q((3, 50), "float32", None)
        found[f"quantize to {dtype}"] = QuantizedCase("QUANTIZE", [real], [given(dtype)])
        found[f"dequantize {dtype}"] = QuantizedCase("DEQUANTIZE", [x], [Q((), "float32", None)])
        found[f"cast {dtype}"] = QuantizedCase("CAST", [x], [Q((), "float32", None)])
    return found


def products() -> dict[str, QuantizedCase]:
    """BATCH_MATMUL and FULLY_CONNECTED of computed matrices."""
    found = {}
    for dtype in ("int8", "int16"):
        x, y = given(dtype, 2, 3, 8), given(dtype, 2, 8, 5, factor=0.4)
        output = given(dtype, factor=4)
        if dtype == "int16":
            output.scale = 1e-3
        found[f"matmul {dtype}"] = QuantizedCase("BATCH_MATMUL", [x, y], [output])
        y = given(dtype, 2, 5, 8, factor=0.4)
        found[f"matmul adjoint {dtype}"] = QuantizedCase(
            "BATCH_MATMUL", [x, y], [output], {"adjY": True}
        )
    for dtype in ("int8", "int16"):  # of several scales its kernel knows none
        x, several = given(dtype, 2, 3, 8), kernel("int8", 8, 5, channels=5, axis=1)
        output = given(dtype, factor=4)
        found[f"matmul channels {dtype}"] = QuantizedCase("BATCH_MATMUL", [x, several], [output])
    x, y = Q((1, 40, 90), "int16", 2e-5), Q((1, 60, 90), "int16", 5e-4)
    for scale in (3e-9, 2e-11):
        found[f"matmul overflowing {scale}"] = QuantizedCase(
            "BATCH_MATMUL", [x, y], [Q((), "int16", scale)], {"adjY": True}
        )
    return found


def hybrid() -> dict[str, QuantizedCase]:
    """Float activations and integer kernels."""
    found = {}
    for channels, label in ((0, "tensor"), (5, "channels")):
        x, weights = Q((2, 7, 9, 4), "float32", None), kernel("int8", 5, 3, 3, 4, channels=channels)
        real = Q((), "float32", None)
        offset = Q((5,), "float32", None, values=rng.normal(size=5))
        found[f"hybrid conv {label}"] = QuantizedCase("CONV_2D", [x, weights, offset], [real], CONV)
        turned, options = [constant([2, 14, 18, 5]), weights, x], {"strideH": 2, "strideW": 2}
        found[f"hybrid transpose conv {label}"] = QuantizedCase(
            "TRANSPOSE_CONV", turned, [real], options, 3
        )
        weights = kernel("int8", 1, 3, 3, 4, channels=4, axis=3)
        found[f"hybrid depthwise {label}"] = QuantizedCase(
            "DEPTHWISE_CONV_2D",
            [x, weights, Q((4,), "float32", None, values=rng.normal(size=4))],
            [real],
            {**CONV, "depthMultiplier": 1},
        )
        for asymmetric in (False, True):
            for dtype in ("int8", "int4"):
                weights = kernel(dtype, 5, 12, channels=channels)
                for shape in ((3, 12), (2, 3, 4), (2, 3, 8)):
                    found[f"hybrid dense {dtype} {label} {asymmetric} {shape}"] = QuantizedCase(
                        "FULLY_CONNECTED",
                        [Q(shape, "float32", None), weights, offset],
                        [real],
                        {"asymmetricQuantizeInputs": asymmetric},
                    )
            weights = kernel("int8", 2, 8, 5)
            found[f"hybrid matmul {asymmetric}"] = QuantizedCase(
                "BATCH_MATMUL",
                [Q((2, 3, 8), "float32", None), weights],
                [real],
                {"asymmetricQuantizeInputs": asymmetric},
            )
    return found


QUANTIZED = {
    **convolutions(),
    **elementwise(),
    **fixed(),
    **windows(),
    **moves(),
    **conversions(),
    **products(),
    **INTEGER_RECURRENT,
    **HYBRID_RECURRENT,
    **hybrid(),
    **halves(),
}

EXACT_HELPERS = {
    "Dequantize": "relu int8",
    "FixedPointFunctions": "int8 lstm",
    "FunctionTable": "exp int16",
    "HybridConv2D": "hybrid conv channels",
    "HybridDense": "hybrid dense int8 channels True (2, 3, 8)",
    "HybridDepthwiseConv2D": "hybrid depthwise channels",
    "HybridLSTMCell": "hybrid lstm step",
    "HybridProduct": "hybrid conv channels",
    "HybridRNNCell": "hybrid rnn",
    "IntegerBasicLSTMCell": "uint8 lstm basic",
    "IntegerGates": "int8 lstm",
    "IntegerLSTMCell": "int8 lstm all features",
    "IntegerResize": "resize_bilinear {} int16",
    "IntegerSVDFCell": "int8 svdf",
    "IntegerSoftmax": "softmax 1.0 int16",
    "IntegerSteps": "int8 svdf",
    "OnGrid": "conv int8 by int8 channels",
    "OverflowingMatrices": "matmul overflowing 3e-09",
    "OverflowingProduct": "mul overflowing 1e-20",
    "Quantize": "relu int8",
    "QuantizeRows": "hybrid conv channels",
    "Requantize": "relu int8",
    "Rescale": "conv int8 by int8 channels",
    "ScaledProduct": "reduce long prod int8",
    "SigmoidTable": "tanh 1.0 int16",
}
"""For each helper layer that only the exact reading uses, a case whose script has it."""

INTEGER_HELPERS = {
    "ByteTable": "logistic 1.0 int8",
    "FixedPoint": "conv int8 by int8 channels",
    "FixedPointHardSwish": "hard_swish int8",
    "FixedPointSoftmax": "softmax 1.0 int8",
    "FixedPointSum": "add int8",
    "RoundedProduct": "dense int8 by int8 channels",
    "Steps": "int8 svdf",
}
"""For each helper layer that only the integer reading uses, a case whose script has it."""
