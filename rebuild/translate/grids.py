"""Grids: the numbers that the integers of a quantised tensor stand for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Tensor
from rebuild.translate.context import number
from rebuild.translate.expression import Call, Operand, helpers
from rebuild.translate.registry import TranslationError

QUANTIZERS = frozenset({"Dequantize", "Quantize", "QuantizeRows", "Requantize"})
QUANTIZERS |= {"FixedPoint", "Rescale", "RoundedProduct", "Steps"}
"""Layers that go with operators; without weights of their own, Keras numbers them."""

STORED = ("int8", "uint8", "int16", "int32")
"""The types of computed tensors that kernels quantise."""


class Grid(NamedTuple):
    """The numbers that a quantised tensor can hold: scale * (i - zero_point)."""

    scale: float
    zero_point: int
    stored: str

    @property
    def least(self) -> int:
        """The smallest integer."""
        return int(np.iinfo(self.stored).min)

    @property
    def limits(self) -> tuple[float, int, int]:
        """What grids of the same numbers have in common."""
        info = np.iinfo(self.stored)
        return self.scale, info.min - self.zero_point, info.max - self.zero_point


def grid_of(tensor: Tensor) -> Grid:
    """The grid of a computed tensor. Raises `TranslationError` where it has several scales."""
    found = tensor.quantization
    if found is None or len(found.scale) != 1 or len(found.zero_point) > 1:
        count = len(found.scale) if found else 0
        raise TranslationError(
            f"tensor {tensor.index}, which is computed, has {count} scales; one is wanted"
        )
    if str(tensor.dtype) not in STORED:
        raise TranslationError(f"tensor {tensor.index} is computed as quantised {tensor.dtype}")
    if not 0 < found.scale[0] < float("inf"):
        raise TranslationError(f"the scale of tensor {tensor.index} is {found.scale[0]}")
    zero_point = found.zero_point[0] if found.zero_point else 0
    return Grid(float(number(np.float32(found.scale[0]))), int(zero_point), str(tensor.dtype))


def quantize(grid: Grid, value: Any) -> Call:
    """The integers of real numbers."""
    return helpers.Quantize(*shortest(grid))(value)


def dequantize(grid: Grid, value: Any) -> Call:
    """The real numbers of integers."""
    return helpers.Dequantize(*((grid.scale, grid.zero_point) if grid.zero_point else grid[:1]))(
        value
    )


def shortest(grid: Grid) -> tuple[Any, ...]:
    """The arguments of a layer, without those at the end that it takes by itself."""
    if grid.stored != "int8":
        return grid
    return grid[:2] if grid.zero_point else grid[:1]


def record(subgraph: Subgraph, leaf: Operand) -> Tensor | None:
    """The quantised tensor behind an operand, if it is one."""
    tensor = subgraph.tensors[leaf.tensor] if leaf.tensor < len(subgraph.tensors) else None
    return tensor if tensor is not None and tensor.is_quantized else None
