"""Elementwise arithmetic, comparison and logic, with NumPy's broadcasting (kernels/add.cc, …)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from inspector.graph import NOBODY, graph_of
from rebuild.translate.context import Context, number
from rebuild.translate.expression import Call, Expression, Operand, layers, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op

Shape: TypeAlias = tuple[int, ...]

UNARY = {
    "ABS": "absolute",
    "CEIL": "ceil",
    "COS": "cos",
    "EXP": "exp",
    "FLOOR": "floor",
    "LOG": "log",
    "LOGICAL_NOT": "logical_not",
    "ROUND": "round",
    "RSQRT": "rsqrt",
    "SIGN": "sign",
    "SIN": "sin",
    "SQRT": "sqrt",
    "SQUARE": "square",
    "ZEROS_LIKE": "zeros_like",
}
BINARY = {
    "ATAN2": "arctan2",
    "BITWISE_XOR": "bitwise_xor",
    "EQUAL": "equal",
    "FLOOR_DIV": "floor_divide",
    "FLOOR_MOD": "mod",
    "GREATER": "greater",
    "GREATER_EQUAL": "greater_equal",
    "LESS": "less",
    "LESS_EQUAL": "less_equal",
    "LOGICAL_AND": "logical_and",
    "LOGICAL_OR": "logical_or",
    "MAXIMUM": "maximum",
    "MINIMUM": "minimum",
    "NOT_EQUAL": "not_equal",
    "POW": "power",
    "RIGHT_SHIFT": "right_shift",
}
"""Operators that are one function of `keras.ops`."""

OF_TENSORS = {"bitwise_xor", "right_shift"}
"""Functions of `keras.ops` that take no Python numbers."""


def function(name: str) -> Callable[..., Expression]:
    """The translation to `ops.name` of all operands."""

    def translate(cx: Context, *operands: Operand) -> Expression:
        given = map(cx.tensor, operands) if name in OF_TENSORS else operands
        return Call(f"ops.{name}", tuple(given))

    return translate


for operator, keras_name in (UNARY | BINARY).items():
    op(operator)(function(keras_name))


@op("NEG")
def neg(cx: Context, x: Operand) -> Expression:
    """-x."""
    return -x


@op("ADD")
def add(
    cx: Context, x: Operand, y: Operand, *, fused_activation_function: str = "NONE"
) -> Expression:
    """x + y."""
    return cx.activate(total(x, y), fused_activation_function)


@op("SUB")
def sub(
    cx: Context, x: Operand, y: Operand, *, fused_activation_function: str = "NONE"
) -> Expression:
    """x - y."""
    return cx.activate(x - y, fused_activation_function)


@op("MUL")
def mul(
    cx: Context, x: Operand, y: Operand, *, fused_activation_function: str = "NONE"
) -> Expression:
    """x * y."""
    both = merged("Multiply", x, y)
    return cx.activate(both if both is not None else x * y, fused_activation_function)


@op("DIV")
def div(
    cx: Context, x: Operand, y: Operand, *, fused_activation_function: str = "NONE"
) -> Expression:
    """x / y; integers are divided towards zero, as C++ does (kernels/div.cc).

    What is divided by zero is the largest float of all, since the kernel limits its range.
    """
    if x.is_float and is_dequantized(cx, y):
        value = ops.clip(x / y, -LARGEST, LARGEST)
        return cx.activate(value, fused_activation_function)
    if x.is_float:
        return cx.activate(x / y, fused_activation_function)
    quotient = ops.sign(x) * ops.sign(y) * (ops.absolute(x) // ops.absolute(y))
    return cx.activate(quotient, fused_activation_function)


LARGEST = number(np.finfo(np.float32).max)


def is_dequantized(cx: Context, operand: Operand) -> bool:
    """Whether an operand holds integers dequantised, of which some are likely to be zero."""
    subgraph, tensor = cx.around.subgraph, operand.tensor
    if operand.is_static or tensor >= len(subgraph.tensors):
        return False
    producer = graph_of(subgraph).producer[tensor]
    return producer != NOBODY and subgraph.operators[producer].name == "DEQUANTIZE"


@op("SQUARED_DIFFERENCE")
def squared_difference(cx: Context, x: Operand, y: Operand) -> Expression:
    """(x - y)²."""
    return ops.square(x - y)


@op("ADD_N")
def add_n(cx: Context, *operands: Operand) -> Expression:
    """The sum of tensors of one shape."""
    if len(operands) == 1:
        return operands[0]
    summed: Expression = operands[0]
    for operand in operands[1:]:
        summed = summed + operand
    return summed


@op("SELECT", "SELECT_V2")
def select(cx: Context, condition: Operand, x: Operand, y: Operand) -> Expression:
    """x where the condition holds, else y; SELECT's condition may be over the first axis alone."""
    low = condition.rank == 0 or condition.shape == x.shape[:1]
    fits = x.shape == y.shape and (low or condition.shape == x.shape)
    if cx.operator.name == "SELECT" and not fits:
        raise TranslationError(
            f"it selects from {list(x.shape)} and {list(y.shape)} by {list(condition.shape)}"
        )
    chosen: Expression = condition
    if cx.operator.name == "SELECT" and condition.rank == 1 and x.rank > 1:
        chosen = ops.reshape(condition, (-1,) + (1,) * (x.rank - 1))
    if x.dtype == "uint64":  # of which Keras makes uint32
        return tensorflow("where", chosen, x=x, y=y)
    value = ops.where(chosen, x, y)
    operands = (condition, x, y)
    if any(operand.is_open or operand.elements != 1 for operand in (*operands, cx.output)):
        return value
    shape = max((operand.shape for operand in operands), key=len)
    return cx.reshape(value, cx.output.shape, shape)  # the kernel keeps the output's own shape


@op("CAST")
def cast(cx: Context, x: Operand) -> Expression:
    """x as the output's type (kernels/cast.cc).

    Floats become integers by dropping the fraction, and stop at the ends of narrow ones.
    """
    if x.dtype == cx.output.dtype:
        return x
    if not {x.dtype, cx.output.dtype} <= CASTS:
        raise TranslationError(f"it casts {x.dtype} to {cx.output.dtype}")
    if x.is_float and cx.output.dtype in NARROW:
        wide = x if x.suits_layers else ops.cast(x, "float32")  # which holds the ends of the type
        return ops.saturate_cast(wide, cx.output.dtype)
    return ops.cast(x, cx.output.dtype)


NARROW = {"int8", "uint8", "int16", "uint16"}
CASTS = {"bool", "float16", "bfloat16", "float32", "float64", "complex64"}
CASTS |= {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}


def total(x: Operand, y: Operand) -> Expression:
    """x + y, in the order in which Keras adds them by their axes, or as x - -y."""
    if is_taken_for_bias(y.shape, x.shape):
        if is_taken_for_bias(x.shape, y.shape):
            return x - -y
        x, y = y, x
    both = merged("Add", x, y)
    return both if both is not None else x + y


def is_taken_for_bias(y: Shape, x: Shape) -> bool:
    """Whether Keras adds y to the wrong axis of x.

    On TensorFlow, its `add` takes a second term with a single axis longer than 1 for a bias of the
    last axis of the first, or else of the second axis, if it is as long; wherever it lies
    (keras/src/backend/tensorflow/numpy.py).
    """
    long = [size for size in y if size > 1]
    if len(long) != 1 or len(x) < 2 or long[0] not in (x[1], x[-1]):
        return False
    taken = len(x) - 1 if long[0] == x[-1] else 1
    return len(y) > len(x) or len(x) - len(y) + y.index(long[0]) != taken


def merged(layer: str, x: Operand, y: Operand) -> Expression | None:
    """A merge layer for two computed float tensors of one rank and batch, such as a residual."""
    plain = x.dtype == "float32" and not x.is_static and not y.is_static
    if not plain or x.rank != y.rank or x.rank < 2 or x.shape[0] != y.shape[0]:
        return None
    made: Call = getattr(layers, layer)()
    return made([x, y])
