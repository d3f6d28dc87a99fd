"""Operations on each element alone, or on pairs of broadcast ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rebuild.coreml.registry import Evaluation, add, mil
from rebuild.coreml.special import erf

Array = np.ndarray

UNARY: dict[str, Callable[[Array], Any]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "asin": np.arcsin,
    "atan": np.arctan,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": erf,
    "exp": np.exp,
    "exp2": np.exp2,
    "floor": np.floor,
    "identity": np.asarray,
    "logical_not": np.logical_not,
    "round": np.rint,  # halves to even
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "tan": np.tan,
    "tanh": np.tanh,
}

BINARY: dict[str, Callable[[Array, Array], Any]] = {
    "add": np.add,
    "equal": np.equal,
    "floor_div": np.floor_divide,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "mod": np.mod,
    "mul": np.multiply,
    "not_equal": np.not_equal,
    "pow": np.power,
    "sub": np.subtract,
}

for _name, _unary in UNARY.items():
    add(_name, Evaluation(lambda x, function=_unary: function(x), frozenset("x")))
for _name, _binary in BINARY.items():
    add(_name, Evaluation(lambda x, y, function=_binary: function(x, y), frozenset("xy")))


@mil("real_div")
def real_div(x: Array, y: Array) -> Array:
    """x / y; between integers, rounded towards zero, as the result is an integer too."""
    quotient = np.true_divide(x, y)
    return np.trunc(quotient) if np.issubdtype(np.result_type(x, y), np.integer) else quotient


@mil("atanh")
def atanh(x: Array) -> Array:
    """The inverse hyperbolic tangent."""
    return np.arctanh(x)


@mil("clip")
def clip(x: Array, alpha: Array, beta: Array) -> Array:
    """x between `alpha` and `beta`."""
    return np.clip(x, alpha, beta)


@mil("inverse")
def inverse(x: Array, epsilon: Array) -> Array:
    """1 / (x + epsilon)."""
    return 1 / (x + epsilon)


@mil("rsqrt")
def rsqrt(x: Array, epsilon: Array) -> Array:
    """1 / sqrt(x + epsilon)."""
    return 1 / np.sqrt(x + epsilon)


@mil("log")
def log(x: Array, epsilon: Array) -> Array:
    """log(x + epsilon)."""
    return np.log(x + epsilon)


@mil("threshold")
def threshold(x: Array, alpha: Array) -> Array:
    """max(x, alpha)."""
    return np.maximum(x, alpha)


@mil("cast")
def cast(x: Array, dtype: str) -> Array:
    """x as another type: floats to integers towards zero, anything to a boolean by `!= 0`."""
    return x.astype(TYPES[dtype])


TYPES = {
    "bool": np.bool_,
    "fp16": np.float16,
    "fp32": np.float32,
    "fp64": np.float64,
    "int8": np.int8,
    "int16": np.int16,
    "int32": np.int32,
    "int64": np.int64,
    "uint8": np.uint8,
    "uint16": np.uint16,
    "uint32": np.uint32,
}
"""NumPy's types by MIL's names."""


@mil("select")
def select(cond: Array, a: Array | None = None, b: Array | None = None) -> Array:
    """`a` where `cond` holds and `b` elsewhere; without them, where it holds: (n, rank)."""
    return np.argwhere(cond) if a is None or b is None else np.where(cond, a, b)
