"""The numbers that quantised kernels compute with: multipliers of 31 bits, shifts and limits.

A kernel that brings integers from one scale to another multiplies by the quotient of the scales,
which it holds as an integer of 31 bits and a shift (kernels/internal/quantization_util.cc).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from rebuild.translate.expression import Call, Operand, helpers, ops, walk
from rebuild.translate.grids import Grid, grid_of
from rebuild.translate.registry import TranslationError

BITS = 31
"""Of a multiplier, behind the point."""

BYTES = (TensorType.INT8, TensorType.UINT8)
SHORT = (*BYTES, TensorType.INT16)
"""Types whose integers, and the differences of two of them, float32 holds."""

EXACT_FLOAT32 = 1 << 24
"""Below it, float32 holds all integers, so that sums of products are exact in any order."""


class Multiplier(NamedTuple):
    """A factor: multiplier * 2 ** (shift - 31)."""

    multiplier: int
    shift: int

    @property
    def keywords(self) -> dict[str, int]:
        """Those of `FixedPoint`; it shifts by nothing unless it is told to."""
        return {"multiplier": self.multiplier} | ({"shift": self.shift} if self.shift else {})


def multiplier_of(factor: float) -> Multiplier:
    """The multiplier nearest to a factor that is not negative (`QuantizeMultiplier`).

    Raises `TranslationError` where there is none.
    """
    if not 0 <= factor < math.inf:
        raise TranslationError(f"its scales have the quotient {factor}, which no kernel takes")
    part, shift = math.frexp(factor)
    significand = math.floor(part * (1 << BITS) + 0.5)
    if significand == 1 << BITS:
        significand, shift = significand // 2, shift + 1
    return Multiplier(significand, shift) if shift >= -BITS else Multiplier(0, 0)


def divided(factor: Multiplier, count: int) -> Multiplier:
    """A multiplier that divides by `count` as well (reference/reduce.h, `QuantizedMeanOrSum`)."""
    shift = min(count.bit_length() - 1, 32, BITS + factor.shift)
    return Multiplier((factor.multiplier << shift) // count, factor.shift - shift)


def scale_of(tensor: Tensor) -> float:
    """The scale of a tensor, as the float32 that the kernel reads. Raises as `grid_of`."""
    return float(np.float32(grid_of(tensor).scale))


def limits(grid: Grid, scale: float, activation: str) -> tuple[int, int]:
    """The least and the largest step from the zero point that an activation leaves.

    Those of the stored type, narrowed (kernel_util.cc, `CalculateActivationRangeQuantized`).
    """
    _, low, high = grid.limits
    if activation in ("RELU", "RELU6"):
        low = max(low, 0)
    if activation == "RELU6":
        high = min(high, nearest(6.0, scale))
    if activation == "RELU_N1_TO_1":
        low, high = max(low, nearest(-1.0, scale)), min(high, nearest(1.0, scale))
    return low, high


def nearest(value: float, scale: float) -> int:
    """A number in steps of a scale, halves away from zero, in float32 as the kernel divides."""
    steps = float(np.float32(value) / np.float32(scale))
    return int(math.copysign(math.floor(abs(steps) + 0.5), steps))


@dataclass(frozen=True, slots=True)
class Kernel:
    """An operator with a quantised output, the first of which is `output`."""

    subgraph: Subgraph
    operator: Operator

    def tensor(self, place: int) -> Tensor:
        """The operand at a place."""
        return self.subgraph.tensors[self.operator.inputs[place]]

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.subgraph.tensors[self.operator.outputs[0]]

    @property
    def target(self) -> Grid:
        """The grid of the first output."""
        return grid_of(self.output)

    @property
    def activation(self) -> str:
        """The fused activation."""
        return str(self.operator.options.get("fused_activation_function", "NONE"))

    def range(self, activation: str = "") -> tuple[int, int]:
        """The least and the largest result, in steps from the zero point."""
        return limits(self.target, scale_of(self.output), activation or self.activation)

    def limits(self, activation: str = "") -> dict[str, int]:
        """The keywords of a layer that cuts off at the range: see `cut_off_at`."""
        return cut_off_at(*self.range(activation))

    def holds(self, types: Collection[TensorType], *places: int) -> bool:
        """Whether the operands at some places and the output are of some types, with a scale."""
        tensors = [*(self.tensor(place) for place in places), self.output]
        return all(t.is_quantized and t.dtype in types for t in tensors)

    def operand(self, place: int, value: Any) -> Any:
        """The operand at a place as an expression has it: a constant of one element as an array.

        Raises `TranslationError` where the expression does without it.
        """
        index = self.operator.inputs[place]
        leaves = (node for node in (*walk(value), *weights(value)) if isinstance(node, Operand))
        leaf = next((leaf for leaf in leaves if leaf.tensor == index), None)
        if leaf is None:
            raise TranslationError(f"its result does not depend on tensor {index}")
        if leaf.elements == 1 and leaf.static is not None:
            return ops.array(np.asarray(leaf.static, float).tolist())
        return leaf


def cut_off_at(low: int, high: int) -> dict[str, int]:
    """The keywords `low` and `high` of a layer, unless they are those of int8."""
    given = {"low": low, "high": high}
    return {name: end for name, end in given.items() if end != ENDS[name]}


ENDS = {"low": -128, "high": 127}


def weights(value: Any) -> Iterator[Operand]:
    """The operands that fill the variables of an expression's layers."""
    for node in walk(value):
        if isinstance(node, Call):
            yield from node.weights


def fixed_point(kernel: Kernel, factor: Multiplier, value: Any) -> Call:
    """Integers times a factor, in the range of the output."""
    return helpers.FixedPoint(**factor.keywords, **kernel.limits())(value)
