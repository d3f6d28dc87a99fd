"""LSTM and SVDF on 8-bit integers, with the features that their kernels have (lstm.cc, svdf.cc)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.one_operator import Case, Input, Variable
from tests.quantized_operator import Q, QuantizedCase
from tests.rebuild.cases import recurrent as floats

rng = np.random.default_rng(5)
TANH = 4
GATES = ("input", "forget", "cell", "output")
INPUT = Q((), "int8", 0.03, -7)
CELL = 2.0**-12


def weights(*shape: int, dtype: str = "int8", scale: float = 0.008) -> Q:
    """Symmetric weights with a scale of their own."""
    reach = {"int8": 127, "int16": 32767}[dtype]
    values = rng.integers(-reach, reach, shape, endpoint=True)
    return Q(shape, dtype, scale * rng.uniform(0.7, 1.3), 0, values)


def bias(units: int, scale: float, reach: float = 0.5) -> Q:
    """A bias in steps of `scale`, about as large as `reach`."""
    values = (rng.normal(size=units) * reach / scale).astype(int)
    return Q((units,), "int32", scale, 0, values)


def lstm(
    x: tuple[int, ...],
    units: int,
    operator: str = "UNIDIRECTIONAL_SEQUENCE_LSTM",
    *,
    cifg: bool = False,
    peephole: bool = False,
    norm: bool = False,
    projection: int = 0,
    hidden_zero: int = 3,
    **options: Any,
) -> QuantizedCase:
    """An LSTM over x [batch, steps, inputs]; a step on [batch, inputs] for LSTM."""
    size, batch = projection or units, x[1 if options.get("timeMajor") else 0]
    output = Q((batch, size), "int8", 0.007, 3, variable=True)
    hidden = Q((), "int8", 0.008 if projection else output.scale, hidden_zero)
    has = [not (cifg and gate == "input") for gate in GATES]
    kernels = [weights(units, x[-1]) if there else None for there in has]
    norms = [weights(units, dtype="int16", scale=5e-5) if norm and there else None for there in has]
    steps = [
        float(n.scale) / 1024 if n else k and float(k.scale) * float(INPUT.scale)
        for k, n in zip(kernels, norms, strict=True)
    ]
    matrix = weights(projection, units) if projection else None
    operands = [
        Q(x, "int8", INPUT.scale, INPUT.zero_point),
        *kernels,
        *(weights(units, size) if there else None for there in has),
        *(
            weights(units, dtype="int16", scale=3e-5) if peephole and has[k] else None
            for k in (0, 1, 3)
        ),
        *(bias(units, step) if step else None for step in steps),
        matrix,
        bias(projection, float(matrix.scale) * float(hidden.scale)) if matrix else None,
        output,
        Q((batch, units), "int16", CELL, variable=True),
        *norms,
    ]
    between = [Q((), "int16", 2e-4 if norm else 2.0**-12) for _ in GATES]
    given = {"fusedActivationFunction": TANH, **options}
    given |= {"kernelType": 0} if operator == "LSTM" else {}
    shown = Q((), "int8", output.scale, output.zero_point)
    return QuantizedCase(operator, operands, [shown], given, 1, [*between, hidden])


def svdf(
    batch: int = 2, *, rank: int = 2, memory: int = 3, with_bias: bool = True, loud: bool = False
) -> QuantizedCase:
    """A step of an SVDF on 6 numbers; a `loud` one adds more over time than 32 bits hold."""
    filters = 4 * rank
    x = Q((batch, 6), "int8", 0.05, -5)
    feature, time = weights(filters, 6), weights(filters, memory, dtype="int16", scale=1e-4)
    state = Q((batch, filters * memory), "int16", 1e-5 if loud else 1e-3, variable=True)
    offset = bias(4, float(state.scale) * float(time.scale), 0.1) if with_bias else None
    output = Q((), "int8", 0.005 if loud else 0.2, -128)
    options = {"rank": rank, "fusedActivationFunction": 1}
    return QuantizedCase("SVDF", [x, feature, time, offset, state], [output], options)


def basic(batch: int, inputs: int, units: int) -> QuantizedCase:
    """The basic kernel, on the grids that it takes for granted; its states are inputs."""
    shown, held = Q((batch, units), "uint8", 2.0**-7, 128), Q((batch, units), "int16", 2.0**-11)
    scale, shape = 0.012, (4 * units, inputs + units)
    operands = [
        Q((batch, inputs), "uint8", 2.0**-7, 128),
        shown,
        Q(shape, "uint8", scale, 121, rng.integers(0, 255, shape, endpoint=True)),
        bias(4 * units, float(np.float32(scale)) / 128),
        held,
    ]
    joined = Q((), "uint8", 2.0**-7, 128)
    outputs = [shown, held, joined, Q((), "int16", 2.0**-12)]
    options = {"fusedActivationFunction": TANH, "kernelType": 1}
    return QuantizedCase("LSTM", operands, outputs, options, 2)


SEQUENCE = (2, 5, 3)

INTEGER_RECURRENT = {
    "int8 lstm": lstm(SEQUENCE, 4),
    "int8 lstm of other zero points": lstm(SEQUENCE, 4, hidden_zero=-20),
    "int8 lstm time major": lstm((5, 2, 3), 4, timeMajor=True),
    "int8 lstm coupled": lstm(SEQUENCE, 4, cifg=True),
    "int8 lstm peepholes": lstm(SEQUENCE, 4, peephole=True),
    "int8 lstm normalised": lstm(SEQUENCE, 4, norm=True),
    "int8 lstm projection": lstm(SEQUENCE, 4, projection=3),
    "int8 lstm clips": lstm(SEQUENCE, 4, projection=3, cellClip=0.3, projClip=0.2),
    "int8 lstm cell clip": lstm(SEQUENCE, 4, cellClip=0.3),
    "int8 lstm all features": lstm(
        SEQUENCE, 6, cifg=True, peephole=True, norm=True, projection=3, cellClip=1.0
    ),
    "int8 lstm step": lstm((2, 3), 4, "LSTM"),
    "int8 lstm step normalised": lstm((2, 3), 5, "LSTM", norm=True, peephole=True),
    "int8 lstm step all features": lstm(
        (1, 3), 5, "LSTM", peephole=True, norm=True, projection=3, cellClip=1.0
    ),
    "uint8 lstm basic": basic(2, 3, 4),
    "int8 svdf": svdf(),
    "int8 svdf of one rank": svdf(rank=1, memory=7, with_bias=False),
    "int8 svdf loud": svdf(loud=True, memory=9),
}


def hybrid(case: Case, asymmetric: bool = False, **options: Any) -> QuantizedCase:
    """A case of floats with its matrices, and what its gates see of cells, as 8-bit integers."""
    operands = [hybrid_operand(case, place) for place in range(len(case.operands))]
    outputs = [Q((), "float32", None) for _ in range(case.outputs)]
    options = {**case.options, "asymmetricQuantizeInputs": asymmetric, **options}
    return QuantizedCase(case.operator, operands, outputs, options)


def hybrid_operand(case: Case, place: int) -> Q | None:
    """An operand of a case of floats, as a hybrid kernel takes it."""
    operand = case.operands[place]
    if operand is None:
        return None
    if not isinstance(operand, np.ndarray):
        assert isinstance(operand, (Input, Variable))
        return Q(operand.shape, "float32", None, variable=isinstance(operand, Variable))
    if operand.ndim < 2 and not is_peephole(case, place):
        return Q(operand.shape, "float32", None, values=operand)
    scale = float(np.abs(operand).max() / 127)
    return Q(operand.shape, "int8", scale, 0, np.round(operand / scale).astype(int))


def is_peephole(case: Case, place: int) -> bool:
    """Whether an operand of an LSTM is what its gates see of the cells."""
    first = (9, 26) if case.operator == "BIDIRECTIONAL_SEQUENCE_LSTM" else (9,)
    return "LSTM" in case.operator and any(place - start in range(3) for start in first)


STEPPED = (
    "lstm",
    "lstm time major",
    "lstm coupled",
    "lstm peepholes",
    "lstm normalised",
    "lstm projection bias",
    "lstm all features",
    "lstm activation 1",
    "lstm step",
    "lstm step all features",
    "lstm both ways",
    "lstm both ways apart",
    "lstm both ways projection",
    "lstm both ways unlike",
    "lstm both ways aux",
    "rnn step",
    "rnn step linear",
    "rnn",
    "rnn linear",
    "rnn relu time major",
    "rnn both ways",
    "rnn both ways unlike",
    "rnn both ways apart",
    "rnn both ways aux ignored",
    "svdf",
    "svdf rank",
    "svdf without a bias",
)
HYBRID_RECURRENT = {
    f"hybrid {name}{' asymmetric' if asymmetric else ''}": hybrid(floats.CASES[name], asymmetric)
    for name in STEPPED
    for asymmetric in (False, True)
}
