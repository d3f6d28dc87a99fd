"""Operators with weights, one a case, for the tests of each framework's layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.one_operator import Case, Input, Variable

rng = np.random.default_rng(3)
SAME, VALID = 0, 1
TANH = 4
STRIDES = {"strideH": 2, "strideW": 1, "padding": SAME}
GATES = ("input", "forget", "cell", "output")


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def conv(**options: Any) -> dict[str, Any]:
    return {"dilationHFactor": 1, "dilationWFactor": 1, **STRIDES, **options}


CONV_3D = {"strideD": 1, "strideH": 2, "strideW": 1, "padding": SAME}
CONV_3D |= {f"dilation{axis}Factor": 1 for axis in "DHW"}


def product(x: tuple[int, ...], y: tuple[int, ...], adj_y: bool) -> Case:
    return Case("BATCH_MATMUL", [Input(x), normal(*y)], {"adjY": adj_y})


def gates(
    units: int,
    inputs: int,
    *,
    cifg: bool = False,
    peephole: bool = False,
    projection: int = 0,
    projection_bias: bool = False,
) -> list[np.ndarray | None]:
    """The operands of one direction of an LSTM, 17 of them."""
    state = projection or units
    four = [not (cifg and gate == "input") for gate in GATES]
    peepholes = [peephole and present for present in (four[0], four[1], four[3])]
    return [
        *(normal(units, inputs) if present else None for present in four),
        *(normal(units, state) if present else None for present in four),
        *(normal(units) if present else None for present in peepholes),
        *(normal(units) if present else None for present in four),
        normal(projection, units) if projection else None,
        normal(projection) if projection_bias else None,
    ]


def lstm(operator: str, x: tuple[int, ...], units: int, **features: Any) -> Case:
    """One direction: x is [batch, steps, inputs]; one step of [batch, inputs] for LSTM."""
    norm = features.pop("layer_norm", False)
    options = {"fusedActivationFunction": TANH}
    if operator == "LSTM":
        options |= {"kernelType": 0}
    weights = gates(units, x[-1], **features)
    states = [Variable((x[0], features.get("projection") or units)), Variable((x[0], units))]
    norms = [normal(units) + 2 for _ in GATES] if norm else []
    if norm and features.get("cifg"):
        norms[0] = None
    return Case(operator, [Input(x), *weights, *states, *norms], options, output_dtype="float32")


def basic_lstm(batch: int, inputs: int, units: int) -> Case:
    operands = [
        Input((batch, inputs)),
        Input((batch, units)),
        normal(4 * units, inputs + units),
        normal(4 * units),
        Input((batch, units)),
    ]
    options = {"fusedActivationFunction": TANH, "kernelType": 1}
    return Case("LSTM", operands, options, outputs=4, output_dtype="float32", version=2)


def bidirectional_lstm(x: tuple[int, ...], units: int) -> Case:
    states = [Variable((x[0], units)) for _ in range(4)]
    operands = [Input(x), *gates(units, x[-1]), *gates(units, x[-1]), *states, *[None] * 9]
    options = {"fusedActivationFunction": TANH, "mergeOutputs": True, "timeMajor": False}
    return Case("BIDIRECTIONAL_SEQUENCE_LSTM", operands, options)


def rnn(operator: str, x: tuple[int, ...], units: int) -> Case:
    weights = [normal(units, x[-1]) / 2, normal(units, units) / 2, normal(units)]
    options = {"fusedActivationFunction": TANH}
    return Case(operator, [Input(x), *weights, Variable((x[0], units))], options)


def bidirectional_rnn(x: tuple[int, ...], units: int) -> Case:
    way = [normal(units, x[-1]), normal(units, units) / 2, normal(units), Variable((x[0], units))]
    back = [-each if isinstance(each, np.ndarray) else each for each in way]
    options = {"fusedActivationFunction": TANH, "mergeOutputs": True, "timeMajor": False}
    operands = [Input(x), *way, *back, None, None, None]
    return Case("BIDIRECTIONAL_SEQUENCE_RNN", operands, options)


CASES: dict[str, Case] = {
    "convolution": Case("CONV_2D", [Input((2, 6, 5, 4)), normal(8, 3, 2, 4), normal(8)], conv()),
    "dilated convolution": Case(
        "CONV_2D",
        [Input((1, 9, 9, 4)), normal(3, 3, 3, 4), normal(3)],
        conv(strideH=1, padding=VALID, dilationHFactor=2, dilationWFactor=3),
    ),
    "grouped convolution": Case(
        "CONV_2D", [Input((1, 6, 5, 6)), normal(9, 3, 2, 2), normal(9)], conv()
    ),
    "depthwise convolution": Case(
        "DEPTHWISE_CONV_2D",
        [Input((2, 6, 5, 4)), normal(1, 3, 2, 4), normal(4)],
        conv(strideW=2, depthMultiplier=1),
    ),
    "depthwise convolution with a multiplier": Case(
        "DEPTHWISE_CONV_2D",
        [Input((1, 6, 5, 4)), normal(1, 3, 2, 12), normal(12)],
        conv(strideW=2, depthMultiplier=3),
    ),
    "dense": Case("FULLY_CONNECTED", [Input((3, 6)), normal(4, 6), normal(4)]),
    "dense without a bias": Case("FULLY_CONNECTED", [Input((3, 6)), normal(4, 6), None]),
    "product with a matrix": product((2, 3, 5), (5, 4), adj_y=False),
    "product with a transposed matrix": product((2, 3, 5), (4, 5), adj_y=True),
    "product with a batch of one matrix": product((2, 3, 5), (1, 4, 5), adj_y=True),
    "transposed convolution": Case(
        "TRANSPOSE_CONV",
        [np.array([1, 8, 10, 5], "int32"), normal(5, 3, 2, 3), Input((1, 4, 5, 3)), normal(5)],
        {"strideH": 2, "strideW": 2, "padding": SAME},
        output_dtype="float32",
        version=3,
    ),
    "convolution in 3D": Case(
        "CONV_3D", [Input((1, 4, 5, 6, 2)), normal(3, 2, 1, 2, 4), normal(4)], CONV_3D
    ),
    "transposed convolution in 3D": Case(
        "CONV_3D_TRANSPOSE",
        [np.array([1, 6, 8, 10, 6], "int32"), normal(2, 3, 2, 6, 2), Input((1, 3, 4, 5, 2))],
        {**CONV_3D, "strideD": 2, "strideW": 2},
        output_dtype="float32",
    ),
    "PReLU of a channel": Case("PRELU", [Input((1, 4, 5, 3)), normal(1, 1, 3)]),
    "PReLU of a channel, without the axes of 1": Case("PRELU", [Input((1, 4, 5, 3)), normal(3)]),
    "PReLU of each place": Case("PRELU", [Input((1, 4, 5, 3)), normal(1, 4, 5, 3)]),
    "embedding": Case(
        "EMBEDDING_LOOKUP",
        [Input((7,), "int32", 0, 9), normal(9, 4)],
        output_dtype="float32",
    ),
    "embedding by GATHER": Case(
        "GATHER", [normal(9, 4), Input((2, 7), "int32", 0, 9)], {"axis": 0}
    ),
    "RNN of a step": rnn("RNN", (2, 3), 4),
    "RNN": rnn("UNIDIRECTIONAL_SEQUENCE_RNN", (2, 5, 3), 4),
    "bidirectional RNN": bidirectional_rnn((2, 5, 3), 4),
    "LSTM": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4),
    "LSTM of a step": lstm("LSTM", (2, 3), 4),
    "basic LSTM": basic_lstm(2, 3, 4),
    "bidirectional LSTM": bidirectional_lstm(
        (1, 5, 3), 4
    ),  # with 2, LiteRT differs from run to run
    "LSTM with a projection": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4, projection=2),
}
"""Those that a layer of one of the frameworks computes."""

LACKED: dict[str, Case] = {
    "CIFG": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4, cifg=True),
    "peephole connections": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4, peephole=True),
    "layer normalisation": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4, layer_norm=True),
    "a bias after the projection": lstm(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4, projection=2, projection_bias=True
    ),
    "all": lstm(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        (2, 5, 3),
        4,
        cifg=True,
        peephole=True,
        layer_norm=True,
        projection=2,
    ),
}
"""LSTMs that no layer of the frameworks computes."""
