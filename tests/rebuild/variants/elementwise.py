"""Operators on elements: types and ranks, shapes that broadcast, constants, activations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rebuild.translate.takes import kernels
from tests.one_operator import DTYPES, Case, Input

SHAPES = ((), (5,), (2, 3), (2, 1, 3), (2, 3, 2, 2), (1, 2, 2, 2, 3), (0, 3))
FEW = ((), (2, 3), (1, 2, 2, 2, 3), (0, 3))
PAIRS = (
    *(((), ()), ((4,), (4,)), ((2, 3), (3,)), ((2, 3), ()), ((), (2, 3)), ((2, 1, 3), (1, 4, 1))),
    *(((2, 3, 2, 2), (2, 2)), ((1, 2, 2, 2, 3), (1, 2, 1, 1, 3)), ((2, 2, 2, 1, 3), (2, 1, 3))),
    *(((0, 3), (0, 3)), ((0, 3), (3,)), ((0, 3), (1, 3))),
)
FEW_PAIRS = (((), ()), ((2, 3), (3,)), ((2, 1, 3), (1, 4, 1)), ((0, 3), (0, 3)))
UNARY = """
    ABS CEIL COS ELU EXP FLOOR GELU HARD_SWISH LEAKY_RELU LOG LOGICAL_NOT LOGISTIC NEG RELU RELU6
    RELU_0_TO_1 RELU_N1_TO_1 ROUND RSQRT SIGN SIN SQRT SQUARE TANH ZEROS_LIKE
"""
BINARY = """
    ADD BITWISE_XOR DIV EQUAL FLOOR_DIV FLOOR_MOD GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND
    LOGICAL_OR MAXIMUM MINIMUM MUL NOT_EQUAL POW RIGHT_SHIFT SQUARED_DIFFERENCE SUB
"""
COMPARED = {"EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL"}
DIVISIONS = {"DIV", "FLOOR_DIV", "FLOOR_MOD"}
POSITIVE = {"LOG", "RSQRT", "SQRT"}
ACTIVATIONS = range(6)


def types(operator: str, place: int = 0) -> list[str]:
    """The types that a kernel takes at a place, by the names of the tests."""
    names = {"string": "object"}
    found = {names.get(kind, kind) for kind in kernels()[operator].at(place).types}
    return [kind for kind in DTYPES if kind in found]


def drawn(shape: tuple[int, ...], kind: str) -> Input:
    """An input of small numbers on both sides of 0, where the type has them."""
    if kind.startswith("uint"):
        return Input(shape, kind, 0, 100)
    return Input(shape, kind, -100, 100) if kind.startswith("int") else Input(shape, kind, -3, 3)


def left(operator: str, shape: tuple[int, ...], kind: str) -> Input:
    """What the operator takes first."""
    if operator in POSITIVE:
        return Input(shape, kind, 0.1, 3)
    if operator in COMPARED:
        return Input(shape, kind, 0, 3)
    if operator == "POW":
        return Input(shape, kind, 0.1, 3) if "float" in kind else Input(shape, kind, -4, 5)
    return drawn(shape, kind)


def right(operator: str, shape: tuple[int, ...], kind: str) -> Input:
    """What the operator takes next: divisors are not 0, powers and shifts are small."""
    if operator in DIVISIONS:
        return Input(shape, kind, 0.3, 2) if "float" in kind else Input(shape, kind, 1, 9)
    if operator in ("POW", "RIGHT_SHIFT"):
        return Input(shape, kind, 0, 4)
    return left(operator, shape, kind)


def unary(operator: str) -> Iterator[Case]:
    """Each type in a few ranks, floats in all."""
    options = {"alpha": 0.2} if operator == "LEAKY_RELU" else {}
    for kind in types(operator):
        for shape in SHAPES if kind == "float32" else FEW:
            yield Case(operator, [left(operator, shape, kind)], options)
    if operator == "GELU":
        yield Case(operator, [Input((2, 3))], {"approximate": True})


def binary(operator: str) -> Iterator[Case]:
    """Each type, broadcast and beside a constant."""
    given = {"output_dtype": "bool"} if operator in COMPARED else {}
    for kind in types(operator):
        for one, other in PAIRS if kind == "float32" else FEW_PAIRS:
            operands = [left(operator, one, kind), right(operator, other, kind)]
            yield Case(operator, operands, **given)
        if kind in ("float32", "int32", "int64", "bool"):
            for values in (np.array([2, 1, 3]).astype(kind), np.array(2).astype(kind)):
                yield Case(operator, [right(operator, (2, 3), kind), values], **given)
                yield Case(operator, [values, right(operator, (2, 3), kind)], **given)
    if operator in DIVISIONS:
        for kind in types(operator):
            below = Input((4, 5), kind, -9, -1)
            yield Case(operator, [drawn((4, 5), kind), below])


def fused(operator: str) -> Iterator[Case]:
    """Each activation; TANH and SIGN_BIT are passed over by the kernels."""
    for kind in ("float32", "int32"):
        for code in ACTIVATIONS:
            operands = [drawn((2, 3), kind), right(operator, (3,), kind)]
            yield Case(operator, operands, {"fusedActivationFunction": code})


VARIANTS = {
    **{operator: list(unary(operator)) for operator in UNARY.split()},
    **{operator: list(binary(operator)) for operator in BINARY.split()},
}
for arithmetic in ("ADD", "SUB", "MUL", "DIV"):
    VARIANTS[arithmetic] += fused(arithmetic)
VARIANTS["ADD_N"] = [
    Case("ADD_N", [drawn(shape, kind)] * count)
    for kind in types("ADD_N")
    for count in (2, 3)
    for shape in FEW
]
VARIANTS["ATAN2"] = [
    Case("ATAN2", [drawn(shape, kind)] * 2) for kind in types("ATAN2") for shape in SHAPES
]
VARIANTS["SOFTMAX"] = [
    Case("SOFTMAX", [drawn(shape, kind)], {"beta": beta})
    for kind, shapes in (("float32", SHAPES[1:]), ("float16", ((2, 3), (0, 3))))
    for shape in shapes
    for beta in (1.0, 0.3)
]
VARIANTS["LOG_SOFTMAX"] = [Case("LOG_SOFTMAX", [drawn(shape, "float32")]) for shape in SHAPES[1:]]
VARIANTS["L2_NORMALIZATION"] = [
    Case("L2_NORMALIZATION", [drawn(shape, "float32")]) for shape in SHAPES[1:]
]
VARIANTS["PRELU"] = [
    Case("PRELU", [Input(shape), Input(alpha) if computed else np.ones(alpha, "float32") / 3])
    for shape, alpha in (
        *(((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 3), (1,)), ((2, 3), ()), ((3,), (3,))),
        *(((1, 2, 3, 4), (1, 3, 1)), ((1, 2, 3, 4), (2, 1, 1)), ((1, 2, 2, 3, 4), (4,))),
        ((0, 3), (3,)),
    )
    for computed in (False, True)
]
WIDE = Input((4, 50), low=-100, high=100)
for far in ("LOGISTIC", "TANH", "GELU", "ELU", "HARD_SWISH", "SOFTMAX", "LOG_SOFTMAX"):
    VARIANTS[far].append(Case(far, [WIDE], {"beta": 1.0} if far == "SOFTMAX" else {}))
VARIANTS["L2_NORMALIZATION"] += [  # whose norm is never taken for less than 1e-6
    Case("L2_NORMALIZATION", [Input((2, 3), low=-edge, high=edge)]) for edge in (0, 1e-8, 1e-6)
]
VARIANTS["ADD"] += [  # one axis longer than 1, not the last: Keras takes such a term for a bias
    Case("ADD", [Input(one), np.ones(other, "float32") if constant else Input(other)])
    for one, other in (
        *(((1, 4, 4, 2), (1, 1, 4, 1)), ((1, 3, 3), (3, 1)), ((3, 1, 1), (1, 2, 3))),
        *(((1, 3, 1), (1, 1, 3)), ((1, 1, 3), (1, 3, 1)), ((2, 4, 4, 4), (1, 4, 1, 1))),
        *(((1, 2), (1, 1, 2)), ((2, 3, 3), (3, 1, 1, 1)), ((3, 1), (1, 3)), ((1, 5, 3), (1, 5, 1))),
    )
    for constant in (False, True)
]
