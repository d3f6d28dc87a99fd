"""Constants of the integer reading: stored integers, and what kernels make of scales.

A step is the distance between neighbours on a grid. In the integer reading a quantised tensor holds
its integers less their zero point: how many steps its numbers are from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Tensor
from inspector.read.schema import INTEGERS
from inspector.weights.decode import constant
from rebuild.translate.expression import Call, Operand, replace
from rebuild.translate.grids import grid_of, record
from rebuild.translate.registry import TranslationError


@dataclass(frozen=True, eq=False)
class Steps(Operand):
    """A quantised constant, held as its integers less their zero point."""


@dataclass(frozen=True, eq=False)
class Factors(Operand):
    """Numbers for a variable of a layer that belongs to an operator's: its name ends in `part`."""

    variable: str = ""
    part: str = "rescale"


def factors(variable: str, values: Sequence[float], dtype: str, part: str = "rescale") -> Factors:
    """Numbers for a variable that no tensor of the file holds."""
    array = np.array(values, dtype)
    return Factors(-1, array.shape, dtype, lambda: array, variable=variable, part=part)


def with_variables(made: Call, variables: Sequence[Factors]) -> Call:
    """A layer whose variables hold numbers that no tensor of the file does."""
    return Call(made.function, made.arguments, made.keywords, tuple(variables))


def in_steps(subgraph: Subgraph, value: Any) -> Any:
    """An expression with all quantised constants held as steps, also those that are weights."""

    def weighted(call: Call) -> Call:
        if not call.weights:
            return call
        weights = tuple(step(subgraph, leaf) for leaf in call.weights)
        return Call(call.function, call.arguments, call.keywords, weights)

    value = replace(value, partial(step, subgraph))
    return replace(value, weighted, Call)


def step(subgraph: Subgraph, leaf: Operand) -> Operand:
    """An operand as it is held: a quantised constant as steps, all others as they are."""
    tensor = record(subgraph, leaf)
    if tensor is None or not leaf.is_static:
        return leaf
    return Steps(leaf.tensor, leaf.shape, "float32", partial(steps_of, subgraph, tensor, leaf))


def steps_of(subgraph: Subgraph, tensor: Tensor, leaf: Operand) -> np.ndarray:
    """The integers of a constant less their zero points, in int64.

    Raises `TranslationError` where the file determines none.
    """
    stored = constant(subgraph.model, subgraph, tensor.index)
    if tensor.dtype not in INTEGERS:
        raise TranslationError(f"tensor {tensor.index} is no constant of integers")
    if stored is None:
        return computed_steps(tensor, leaf)
    points = np.array(tensor.quantization.zero_point if tensor.quantization else (), np.int64)
    if points.size > 1:
        assert tensor.quantization is not None
        along = [1] * stored.ndim
        along[tensor.quantization.axis(stored.ndim)] = -1
        points = points.reshape(along)
    return stored.astype(np.int64) - (points if points.size else 0)


def computed_steps(tensor: Tensor, leaf: Operand) -> np.ndarray:
    """The same where operators compute it from other constants: real numbers are known then."""
    numbers = leaf.static
    if numbers is None:
        raise TranslationError(f"the file does not determine tensor {tensor.index}")
    return np.round(numbers / np.float64(grid_of(tensor).scale)).astype(np.int64)
