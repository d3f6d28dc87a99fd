"""LSTMs, RNNs and SVDF: every feature of the kernels, one direction and two, one step and many.

Most begin where the file has them begin, at states of zero; `test_recurrence` runs them on from
there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.one_operator import Case, Input, Variable
from tests.weights.layer_cases import basic_lstm, gates, lstm, rnn

RELU, RELU_N1, RELU6, TANH = 1, 2, 3, 4
rng = np.random.default_rng(11)


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def changed(case: Case, **options: Any) -> Case:
    """The case with other options."""
    return Case(
        case.operator, case.operands, case.options | options, case.outputs, case.output_dtype
    )


def sequence(**features: Any) -> Case:
    """An LSTM over 2 sequences of 5 steps of 3 numbers, with 4 cells."""
    return lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 5, 3), 4, **features)


def step(**features: Any) -> Case:
    """A step of an LSTM on 2 times 3 numbers, with 4 cells."""
    return lstm("LSTM", (2, 3), 4, **features)


def time_major(case: Case, batch: int = 2) -> Case:
    """The case with sequences whose first axis is time."""
    x, *rest = case.operands
    assert isinstance(x, Input)
    turned = Input((x.shape[1], batch, x.shape[2]))
    case = Case(case.operator, [turned, *rest], case.options, case.outputs, case.output_dtype)
    return changed(case, timeMajor=True)


def diagonal() -> Case:
    """An LSTM whose recurrent weights are vectors."""
    case = sequence()
    operands = [normal(4) if 5 <= k <= 8 else o for k, o in enumerate(case.operands)]
    options = case.options | {"diagonalRecurrentTensors": True}
    return Case(case.operator, operands, options)


def both_ways(
    x: tuple[int, ...],
    units: int,
    *,
    merged: bool = True,
    aux: int | None = None,
    backward: dict[str, Any] | None = None,
    **features: Any,
) -> Case:
    """A bidirectional LSTM; `aux` is the width of an auxiliary input with weights, 0 without."""
    batch, size = x[0], features.get("projection", units)
    ways = gates(units, x[2], **features), gates(units, x[2], **(features | (backward or {})))
    states = [Variable((batch, width)) for width in (size, units, size, units)]
    options = {"fusedActivationFunction": TANH, "mergeOutputs": merged, "timeMajor": False}
    beside = [None] * 9 if aux is None else [Input((*x[:2], aux or x[2]))]
    if aux == 0:
        beside += [None] * 8
    elif aux:
        beside += [None if way[0] is None else normal(units, aux) for way in ways for _ in range(4)]
        for way, first in zip(ways, (1, 5), strict=True):
            beside[first + 1 : first + 4] = [normal(units, aux) for _ in range(3)]
            assert (beside[first] is None) == (way[0] is None)
    operands = [Input(x), *ways[0], *ways[1], *states, *beside]
    return Case("BIDIRECTIONAL_SEQUENCE_LSTM", operands, options, outputs=1 if merged else 2)


def rnn_both_ways(
    units: tuple[int, int], *, merged: bool = True, aux: int | None = None, activation: int = TANH
) -> Case:
    """A bidirectional RNN over 2 sequences of 5 steps of 3 numbers."""
    ways = [
        [normal(each, 3), normal(each, each) / 2, normal(each), Variable((2, each))]
        for each in units
    ]
    beside = [None if aux is None else Input((2, 5, aux or 3)), None, None]
    if aux:
        beside[1:] = [normal(each, aux) for each in units]
    options = {"fusedActivationFunction": activation, "mergeOutputs": merged, "timeMajor": False}
    operands = [Input((2, 5, 3)), *ways[0], *ways[1], *beside]
    return Case("BIDIRECTIONAL_SEQUENCE_RNN", operands, options, outputs=1 if merged else 2)


def stacked_in_time() -> Case:
    """A bidirectional RNN whose second half runs over a sequence of its own, time first."""
    case = time_major(rnn_both_ways((4, 3), aux=0))
    operands = [Input((5, 2, 3)) if k == 9 else o for k, o in enumerate(case.operands)]
    return Case(case.operator, operands, case.options)


def svdf(
    batch: int, units: int, memory: int, rank: int = 1, bias: bool = True, activation: int = 0
) -> Case:
    """A step of an SVDF on 3 numbers."""
    filters = units * rank
    operands = [
        Input((batch, 3)),
        normal(filters, 3),
        normal(filters, memory),
        normal(units) if bias else None,
        Variable((batch, filters * memory)),
    ]
    return Case("SVDF", operands, {"rank": rank, "fusedActivationFunction": activation})


def basic(variables: bool) -> Case:
    """The basic kernel, whose states are inputs or variables."""
    case = basic_lstm(2, 3, 4)
    operands = [
        Variable(o.shape) if variables and k and isinstance(o, Input) else o
        for k, o in enumerate(case.operands)
    ]
    return Case("LSTM", operands, case.options, 4, "float32", version=2)


ALL = {"cifg": True, "peephole": True, "layer_norm": True, "projection": 2}
TIGHT = {"cellClip": 0.3, "projClip": 0.2}
WHOLE = {"peephole": True, "projection": 3, "projection_bias": True}

CASES = {
    "lstm": sequence(),
    "lstm of one sequence": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (1, 7, 3), 5),
    "lstm of one step": lstm("UNIDIRECTIONAL_SEQUENCE_LSTM", (2, 1, 3), 4),
    "lstm time major": time_major(sequence()),
    "lstm coupled": sequence(cifg=True),
    "lstm peepholes": sequence(peephole=True),
    "lstm normalised": sequence(layer_norm=True),
    "lstm projection": sequence(projection=2),
    "lstm projection bias": sequence(projection=2, projection_bias=True),
    "lstm all features": changed(sequence(**ALL), **TIGHT),
    "lstm all but coupled": changed(
        sequence(**{**ALL, "cifg": False}, projection_bias=True), **TIGHT
    ),
    "lstm all time major": time_major(changed(sequence(**ALL), **TIGHT)),
    "lstm cell clip": changed(sequence(), cellClip=0.3),
    "lstm projection clip": changed(sequence(projection=3), projClip=0.1),
    "lstm clip without projection": changed(sequence(), projClip=0.1),
    "lstm diagonal": diagonal(),
    **{
        f"lstm activation {code}": changed(sequence(), fusedActivationFunction=code)
        for code in (RELU, RELU_N1, RELU6)
    },
    "lstm relu with peepholes": changed(sequence(peephole=True), fusedActivationFunction=RELU),
    "lstm step": step(),
    "lstm step all features": changed(step(**ALL), **TIGHT),
    "lstm step clip": changed(step(), cellClip=0.1),
    "lstm step relu": changed(step(), fusedActivationFunction=RELU6),
    "lstm basic": basic(variables=False),
    "lstm basic with variables": basic(variables=True),
    "lstm both ways": both_ways((1, 5, 3), 4),
    "lstm both ways apart": both_ways((2, 5, 3), 4, merged=False),
    "lstm both ways time major": time_major(both_ways((2, 5, 3), 4)),
    "lstm both ways time major apart": time_major(both_ways((2, 5, 3), 4, merged=False)),
    "lstm both ways projection": both_ways((1, 5, 3), 4, **WHOLE),
    "lstm both ways coupled": changed(both_ways((1, 5, 3), 4, cifg=True), cellClip=0.2),
    "lstm both ways unlike": both_ways((2, 5, 3), 4, merged=False, backward={"cifg": True}),
    "lstm both ways aux": both_ways((1, 5, 3), 4, aux=2),
    "lstm both ways aux coupled": both_ways((2, 5, 3), 4, aux=2, merged=False, cifg=True),
    "lstm both ways aux stacked": both_ways((2, 5, 3), 4, aux=0, merged=False),
    "rnn step": rnn("RNN", (2, 3), 4),
    "rnn step linear": changed(rnn("RNN", (2, 3), 4), fusedActivationFunction=0),
    "rnn": rnn("UNIDIRECTIONAL_SEQUENCE_RNN", (2, 5, 3), 4),
    "rnn linear": changed(
        rnn("UNIDIRECTIONAL_SEQUENCE_RNN", (2, 5, 3), 4), fusedActivationFunction=0
    ),
    "rnn relu time major": changed(
        time_major(rnn("UNIDIRECTIONAL_SEQUENCE_RNN", (2, 5, 3), 4)), fusedActivationFunction=RELU
    ),
    "rnn both ways": rnn_both_ways((4, 4)),
    "rnn both ways unlike": rnn_both_ways((4, 3), activation=RELU6),
    "rnn both ways apart": rnn_both_ways((4, 3), merged=False),
    "rnn both ways time major": time_major(rnn_both_ways((4, 4))),
    "rnn both ways aux": rnn_both_ways((4, 3), aux=2),
    "rnn both ways aux ignored": rnn_both_ways((4, 4), aux=0, merged=False),
    "rnn both ways aux stacked": stacked_in_time(),
    "svdf": svdf(2, units=4, memory=5),
    "svdf rank": svdf(1, units=3, memory=4, rank=2, activation=RELU),
    "svdf without a bias": svdf(2, units=4, memory=1, bias=False, activation=RELU6),
}

HELPERS = {
    "BasicLSTMCell": "lstm basic",
    "BothWays": "rnn both ways unlike",
    "LSTMCell": "lstm all features",
    "RNNCell": "rnn both ways aux",
    "SVDFCell": "svdf rank",
    "TimeMajor": "lstm both ways time major",
}
"""A case of each helper's."""
