"""How kernels round: the layer that puts what an operator computed on the grid of its tensor."""

from __future__ import annotations

from typing import Any

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from rebuild.translate.expression import Operand, helpers
from rebuild.translate.grids import Grid, grid_of, record, shortest
from rebuild.translate.rescaling import rescale

ROUNDS = {
    ("AVERAGE_POOL_2D", "int8"): "integers",
    ("AVERAGE_POOL_2D", "uint8"): "integers",
    ("QUANTIZE", "int8"): "even",
    ("QUANTIZE", "int16"): "even",
    ("QUANTIZE", "uint8"): "even",
    ("RESIZE_BILINEAR", "int8"): "integers",
    ("RESIZE_BILINEAR", "uint8"): "cut",
}
"""Operators whose kernels do not divide by the scale and round halves away from zero.

Those of pools and resizes round the integer, not its distance from the zero point; that of QUANTIZE
takes floats times the scale's inverse (optimized_ops.h, `AffineQuantize`).
"""


def on_grid(subgraph: Subgraph, operator: Operator, output: Tensor, value: Any) -> Any:
    """The value on the grid of its tensor."""
    grid = grid_of(output)
    if is_on_grid(subgraph, grid, value):
        return value
    how = ROUNDS.get((operator.name, grid.stored))
    layer = rescale(subgraph, operator, output, value)
    layer = layer or helpers.Requantize(*shortest(grid), **({"rounds": how} if how else {}))
    return layer(value)


def is_on_grid(subgraph: Subgraph, grid: Grid, value: Any) -> bool:
    """Whether a value is a tensor that holds the same numbers."""
    tensor = record(subgraph, value) if isinstance(value, Operand) else None
    return tensor is not None and grid_of(tensor).limits == grid.limits
