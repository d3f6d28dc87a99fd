"""Recurrent operators in all sizes, axis orders, activations and optional operands."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tests.one_operator import Case, Input, Variable
from tests.rebuild.cases.recurrent import both_ways as lstm_both_ways
from tests.rebuild.cases.recurrent import time_major as turned
from tests.weights.layer_cases import lstm

rng = np.random.default_rng(23)
NONE, RELU, RELU_N1, RELU6, TANH = ACTIVATIONS = range(5)
SIZES = ((1, 1, 1), (1, 3, 4), (3, 1, 4), (2, 5, 1), (4, 3, 7))
"""Batches, numbers that come in, units."""


def normal(*shape: int) -> np.ndarray:
    return (rng.normal(size=shape) / 2).astype("float32")


def x(batch: int, steps: int, width: int, time_major: bool) -> Input:
    """Sequences, in either order of the first two axes."""
    return Input((steps, batch, width) if time_major else (batch, steps, width))


def way(batch: int, width: int, units: int) -> list[np.ndarray | Variable]:
    """The operands of one direction of an RNN."""
    weights = normal(units, width), normal(units, units), normal(units)
    return [*weights, Variable((batch, units))]


def svdf(sizes: tuple[int, int, int], rank: int, memory: int, bias: bool, **options: int) -> Case:
    """A step of an SVDF."""
    batch, width, units = sizes
    filters = units * rank
    weights = normal(filters, width), normal(filters, memory), normal(units) if bias else None
    operands = [Input((batch, width)), *weights, Variable((batch, filters * memory))]
    return Case("SVDF", operands, {"rank": rank, **options})


def both_ways(
    units: tuple[int, int],
    *,
    batch: int = 2,
    steps: int = 4,
    time_major: bool = False,
    merged: bool = True,
    aux: int | None = None,
    weighted: bool = False,
    activation: int = TANH,
) -> Case:
    """An RNN in both directions; `aux` is how wide its second input is, `weighted` or not."""
    own = [operand for each in units for operand in way(batch, 3, each)]
    second = x(batch, steps, aux, time_major) if aux else None
    weights = [normal(each, aux or 0) if weighted else None for each in units]
    options = {"timeMajor": time_major, "mergeOutputs": merged}
    operands = [x(batch, steps, 3, time_major), *own, second, *weights]
    options |= {"fusedActivationFunction": activation}
    return Case("BIDIRECTIONAL_SEQUENCE_RNN", operands, options, outputs=1 if merged else 2)


def sequence(sizes: tuple[int, int, int], steps: int, time_major: bool, **features: Any) -> Case:
    """An LSTM over sequences."""
    batch, width, units = sizes
    options = {name: features.pop(name) for name in ("cellClip", "projClip") if name in features}
    case = lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (batch, steps, width), units, **features)
    case.operands = [x(batch, steps, width, time_major), *case.operands[1:]]
    case.options |= {"timeMajor": time_major, **options}
    return case


FEATURES: tuple[dict[str, Any], ...] = (
    {},
    {"cifg": True},
    {"peephole": True},
    {"layer_norm": True},
    {"projection": 2},
    {"projection": 5, "projection_bias": True, "projClip": 0.2},
    {"cifg": True, "peephole": True, "cellClip": 0.4},
    {"cifg": True, "layer_norm": True, "projection": 3},
    {"peephole": True, "layer_norm": True, "projection": 3, "projection_bias": True},
)


def step(sizes: tuple[int, int, int], **features: Any) -> Case:
    """A step of an LSTM."""
    batch, width, units = sizes
    options = {name: features.pop(name) for name in ("cellClip", "projClip") if name in features}
    case = lstm("LSTM", (batch, width), units, **features)
    case.options |= options
    return case


VARIANTS = {
    "RNN": [
        Case(
            "RNN",
            [Input((batch, width)), *way(batch, width, units)],
            {"fusedActivationFunction": activation},
        )
        for (batch, width, units), activation in product(SIZES, ACTIVATIONS)
    ],
    "UNIDIRECTIONAL_SEQUENCE_RNN": [
        Case(
            "UNIDIRECTIONAL_SEQUENCE_RNN",
            [x(batch, steps, width, time_major), *way(batch, width, units)],
            {"fusedActivationFunction": activation, "timeMajor": time_major},
        )
        for batch, width, units in SIZES
        for steps, time_major, activation in (
            (1, False, TANH),
            (1, True, RELU),
            (4, False, NONE),
            (4, False, RELU_N1),
            (4, False, RELU6),
            (4, True, TANH),
            (4, True, RELU6),
        )
    ],
    "SVDF": [
        *(
            svdf(sizes, rank, memory, bias=(rank + memory) % 2 > 0)
            for sizes, rank, memory in product(SIZES, (1, 2, 3), (1, 2, 6))
        ),
        *(
            svdf((2, 3, 4), rank, 4, bias, fusedActivationFunction=activation)
            for activation, rank, bias in product(ACTIVATIONS, (1, 2), (True, False))
        ),
    ],
    "BIDIRECTIONAL_SEQUENCE_RNN": [
        *(
            both_ways(units, time_major=time_major, merged=merged, activation=activation)
            for units in ((4, 4), (2, 5))
            for time_major, merged in product((False, True), repeat=2)
            for activation in ACTIVATIONS
        ),
        *(
            both_ways((4, 2), batch=batch, steps=steps, time_major=time_major)
            for batch, steps in ((1, 1), (1, 6), (3, 1))
            for time_major in (False, True)
        ),
        *(
            both_ways(units, time_major=time_major, merged=merged, aux=aux, weighted=True)
            for units in ((3, 3), (4, 2))
            for merged in (False, True)
            for time_major, aux in ((False, 1), (False, 3), (False, 5), (True, 3))
        ),
        *(
            both_ways((4, 2), time_major=time_major, merged=merged, aux=3, activation=RELU6)
            for time_major, merged in product((False, True), repeat=2)
        ),
    ],
    "LSTM": [step(sizes, **features) for sizes in SIZES for features in FEATURES],
    "UNIDIRECTIONAL_SEQUENCE_LSTM": [
        sequence(sizes, steps, time_major, **features)
        for features in FEATURES
        for sizes, steps, time_major in (
            ((1, 1, 1), 3, False),
            ((3, 1, 4), 1, True),
            ((2, 4, 5), 4, False),
            ((2, 4, 5), 4, True),
        )
    ],
    "BIDIRECTIONAL_SEQUENCE_LSTM": [
        turned(case, batch) if time_major else case
        for features in ({}, {"cifg": True}, {"peephole": True}, {"projection": 3})
        for time_major, merged, batch, steps, units in (
            (False, True, 1, 4, 4),  # of several sequences it answers differently from run to run
            (False, False, 3, 1, 4),
            (True, True, 2, 4, 1),
            (True, False, 1, 3, 4),
        )
        for case in [lstm_both_ways((batch, steps, 3), units, merged=merged, **features)]
    ],
}
