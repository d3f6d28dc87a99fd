"""A wrong activation: left out, added, or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import numpy as np

from inspector.compare.hints.remake import Parts
from inspector.compare.hints.suspect import Guess, Suspect
from inspector.compare.reference import Arrays, Trial
from inspector.read.records import Tensor

FUSED = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
"""The fused activations that kernels have, as the schema numbers them."""


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x)."""
    found: np.ndarray = 0.5 * (1 + np.tanh(x / 2))
    return found


def leaky(alpha: float, x: np.ndarray) -> np.ndarray:
    """x where it is positive, else alpha x."""
    return np.where(x > 0, x, alpha * x)


def gelu(x: np.ndarray) -> np.ndarray:
    """The approximation of GELU by a hyperbolic tangent."""
    found: np.ndarray = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return found


Function: TypeAlias = Callable[[np.ndarray], np.ndarray]

FUNCTIONS: dict[str, Function] = {
    "RELU": lambda x: np.maximum(x, 0),
    "RELU6": lambda x: np.clip(x, 0, 6),
    "RELU_N1_TO_1": lambda x: np.clip(x, -1, 1),
    "TANH": np.tanh,
    "LOGISTIC": sigmoid,
    "HARD_SWISH": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "SWISH": lambda x: x * sigmoid(x),
    "GELU": gelu,
    "ELU": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    **{f"LEAKY_RELU with alpha {a:g}": partial(leaky, a) for a in (0.01, 0.1, 0.2, 0.3)},
}
UNARY = frozenset({"RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "TANH", "LOGISTIC", "ELU"})
UNARY |= {"HARD_SWISH", "GELU", "LEAKY_RELU", "PRELU", "SOFTMAX", "LOG_SOFTMAX"}
"""Operators that are an activation by themselves."""


def fused(suspect: Suspect) -> Iterator[Guess]:
    """Another of the activations that are computed with the operator, or none."""
    for operator in suspect.operators:
        own = operator.options.get("fused_activation_function")
        for name, number in FUSED.items():
            if own is None or name == own:
                continue
            if name == "NONE":
                words = f"its activation {own} looks left out"
            else:
                words = f"its activation looks like {name}, not {own}"

            def change(parts: Parts, index: int = operator.index, number: int = number) -> None:
                parts.options(index).fusedActivationFunction = number

            yield Guess(words, suspect.changed(change))


def function(suspect: Suspect) -> Iterator[Guess]:
    """Another function of what goes into the activation, or of what should come out as it is."""
    operator = suspect.operator
    if len(suspect.unit.outputs) != 1 or not is_real(suspect.output()):
        return
    own, after = operator.name, operator.name not in UNARY
    source = None if after else operator.inputs[0]
    if source is not None:
        words = f"its activation {own} looks left out"
        yield Guess(words, applied(suspect, np.asarray, source), is_rerun=False)
    for name, function in FUNCTIONS.items():
        words = f"its {'output' if after else 'activation'} looks "
        words += f"as if {name} came after it" if after else f"like {name}, not {own}"
        yield Guess(words, applied(suspect, function, source), is_rerun=False)


def applied(suspect: Suspect, function: Function, source: int | None) -> Callable[[Trial], Arrays]:
    """A function of what was fed to a tensor, or of the expected output, as the output."""

    def values(trial: Trial) -> Arrays:
        given = suspect.expected_real(trial) if source is None else suspect.fed_real(trial, source)
        return suspect.as_output(function(given))

    return values


def is_real(tensor: Tensor) -> bool:
    """Whether a tensor stands for real numbers."""
    return tensor.is_quantized or "float" in str(tensor.dtype)
