"""The integer reading: quantised operators as the reference kernels compute them, bit for bit.

A quantised tensor holds its integers less their zero point, as float32, which holds them all: so
zero is zero, and what is translated for real numbers serves integers too. Kernels that add or
multiply are followed by a layer that scales their results as the kernel does; those that only hand
integers on need nothing. Where a kernel has no form in integers, the exact reading computes it from
real numbers, and the program says so.
"""

from __future__ import annotations

from dataclasses import replace as replaced
from functools import partial
from typing import Any

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.run.runtime import Kernels
from inspector.weights.values import Values
from rebuild.translate.expression import Operand, helpers, ops, replace
from rebuild.translate.fixed_point import SHORT, Kernel
from rebuild.translate.grids import Grid, dequantize, grid_of, record
from rebuild.translate.integer_kernels import FORMS, clipped, without_activation
from rebuild.translate.memory import STATE
from rebuild.translate.program import Program, Weight
from rebuild.translate.quantized import EXACT, MOVES, Reading, given, taken
from rebuild.translate.recurrent import is_integer
from rebuild.translate.registry import TranslationError
from rebuild.translate.steps import in_steps

CALLS = frozenset({"CALL", "IF", "STABLEHLO_CASE", "STABLEHLO_COMPOSITE", "WHILE"})
"""Operators that run other subgraphs."""


class Integer(Reading):
    """Integers are computed from integers, wherever the kernel's arithmetic is known."""

    values = Values.STORED
    kernels = Kernels.REFERENCE

    def __init__(self) -> None:
        self.rounded: dict[int, set[int]] = {}

    def result(
        self, subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
    ) -> Any:
        """The value in steps from the zero point; of tensors that are not quantised, as it is."""
        outputs = [subgraph.tensors[t] for t in targets]
        if operator.name in CALLS and any(map(is_held, [*outputs, *inputs(subgraph, operator)])):
            raise TranslationError(
                "it hands quantised tensors to another subgraph: use the exact reading"
            )
        found = of_integers(subgraph, operator, outputs, value)
        if found is not None:
            return found
        if any(map(is_held, outputs)) and not is_exact(subgraph, operator):
            self.rounded.setdefault(subgraph.index, set()).add(operator.index)
        return of_real_numbers(subgraph, operator, targets, value)

    def finish(self, program: Program, subgraph: Subgraph) -> None:
        """The model takes and gives integers, as the original does."""
        program.in_steps = True
        start_in_steps(program, subgraph)
        program.inputs = tuple(taken(program, subgraph, held_as, "steps"))
        program.outputs = tuple(given(program, subgraph, held_as))


def of_integers(subgraph: Subgraph, operator: Operator, outputs: list[Tensor], value: Any) -> Any:
    """The value as the reference kernel computes it; None where that is not known."""
    held = [tensor for tensor in outputs if is_held(tensor)]
    if any(tensor.dtype not in SHORT for tensor in held):  # float32 does not hold them
        return None
    if held and is_moving(subgraph, operator, outputs):
        return moved(subgraph, operator, outputs, value)
    form = FORMS.get(operator.name)
    if form is None or len(outputs) > 1 or not is_held(outputs[0]):
        return None
    return form(Kernel(subgraph, operator), in_steps(subgraph, value))


def of_real_numbers(
    subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
) -> Any:
    """What the exact reading gives, from real numbers and in steps again."""
    value = EXACT.result(subgraph, operator, targets, value)
    value = replace(value, partial(real, subgraph))
    outputs = [subgraph.tensors[t] for t in targets]
    scales = tuple(grid_of(t).scale if is_held(t) else None for t in outputs)
    if not any(scales):
        return value
    return ops.round(value / scales[0]) if len(scales) == 1 else helpers.Steps(scales)(value)


def start_in_steps(program: Program, subgraph: Subgraph) -> None:
    """Let the variables whose readers are held in steps start so, too."""
    if not program.starts:
        return
    state = program.tied[STATE]
    starts = dict(zip(state.arguments[0], program.starts, strict=True))

    def changed(weight: Weight) -> Weight:
        tensor = starts.get(weight.variable.removesuffix("_start"), len(subgraph.tensors))
        own = weight.layer == state.keywords["name"] and tensor < len(subgraph.tensors)
        if not own or not is_held(subgraph.tensors[tensor]):
            return weight
        scale = np.float32(grid_of(subgraph.tensors[tensor]).scale)
        return replaced(weight, read=lambda: np.round(weight.read() / scale))

    program.weights = [changed(weight) for weight in program.weights]


def is_exact(subgraph: Subgraph, operator: Operator) -> bool:
    """Whether the exact reading gives an operator's integers, and not only nearly."""
    outputs = (subgraph.tensors[tensor] for tensor in operator.outputs if tensor >= 0)
    if any(tensor.is_quantized and tensor.dtype not in SHORT for tensor in outputs):
        return False
    if operator.name == "SOFTMAX":
        return inputs(subgraph, operator)[0].dtype is TensorType.INT16  # from tables
    return operator.name in {*MOVES, "CAST", "QUANTIZE"} or is_integer(subgraph, operator)


def inputs(subgraph: Subgraph, operator: Operator) -> list[Tensor]:
    """The tensors that an operator takes."""
    return [subgraph.tensors[tensor] for tensor in operator.inputs if tensor >= 0]


def is_held(tensor: Tensor) -> bool:
    """Whether a tensor is held in steps: variables are held as real numbers."""
    return tensor.is_quantized and not tensor.is_variable


def held_as(tensor: Tensor) -> Grid:
    """The grid of a tensor in its own steps."""
    return grid_of(tensor)._replace(scale=1.0)


def real(subgraph: Subgraph, leaf: Operand) -> Any:
    """The real numbers of an operand that is held in steps; a constant is real already."""
    tensor = record(subgraph, leaf)
    if tensor is None or leaf.is_static or not is_held(tensor):
        return leaf
    return dequantize(grid_of(tensor)._replace(zero_point=0), leaf)


def is_moving(subgraph: Subgraph, operator: Operator, outputs: list[Tensor]) -> bool:
    """Whether a kernel hands integers on, cut off by its activation at most.

    PADV2 writes its value out as a real number; CONCATENATION brings unsigned integers to its
    output's scale (`ConcatenationWithScaling`).
    """
    if operator.name == "CONCATENATION" and outputs[0].dtype is TensorType.UINT8:
        return len({grid_of(t) for t in [*inputs(subgraph, operator), *outputs]}) == 1
    return operator.name in {*MOVES, "READ_VARIABLE"} - {"PADV2"}


def moved(subgraph: Subgraph, operator: Operator, outputs: list[Tensor], value: Any) -> Any:
    """The integers that are handed on, less the zero point of the output."""
    kernel = Kernel(subgraph, operator)
    points = {grid_of(tensor).zero_point for tensor in outputs if is_held(tensor)}
    if len(points) > 1:
        raise TranslationError("its outputs have different zero points")
    point = points.pop()

    def shifted(leaf: Operand) -> Any:
        tensor = record(subgraph, leaf)
        by = grid_of(tensor).zero_point - point if tensor is not None else 0
        return leaf + by if by else leaf

    value = replace(in_steps(subgraph, value), shifted)
    return clipped(kernel, without_activation(kernel, value))
