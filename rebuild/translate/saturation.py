"""Activations that only the ends of a grid say.

Where the integers of an output hold nothing but what an activation lets through, saturation does
its work, and converters leave it out of the file (TensorFlow, toco/graph_transformations/
remove_trivial_quantized_activation_func.cc). Real numbers have no ends, so it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Operator
from rebuild.translate.expression import Operand
from rebuild.translate.grids import Grid, grid_of, record

FUSED = "fused_activation_function"
"""The option that says an activation."""

WEIGHTED = frozenset(
    {"CONV_2D", "CONV_3D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SUB", "SVDF", "TRANSPOSE_CONV"}
)
"""Operators with a fused activation that may give less than 0 whatever comes in."""

PASSING = frozenset(
    {"ADD", "AVERAGE_POOL_2D", "CONCATENATION", "DIV", "L2_NORMALIZATION", "MAX_POOL_2D", "MUL"}
)
"""Those that give nothing below 0 where nothing below 0 comes in."""


def activation(subgraph: Subgraph, operator: Operator, operands: Sequence[Operand | None]) -> str:
    """The fused activation of an operator, which its option says, or the grid of its output.

    A grid from 0 on stands for RELU where the operator may give less than that. One from 0 to 6,
    give or take a step, stands for RELU6; any other upper end is one that calibration found.
    """
    stated = str(operator.options[FUSED])
    output = subgraph.tensors[operator.outputs[0]]
    if stated != "NONE" or not output.is_quantized:
        return stated
    given = [operand for operand in operands if operand is not None]
    is_signed = operator.name in PASSING and any(may_be_negative(subgraph, x) for x in given)
    grid = grid_of(output)
    if least(grid) < 0 or not (operator.name in WEIGHTED or is_signed):
        return stated
    return "RELU6" if abs(grid.limits[2] * grid.scale - 6) <= grid.scale else "RELU"


def may_be_negative(subgraph: Subgraph, operand: Operand) -> bool:
    """Whether an operand may hold numbers below 0."""
    if operand.static is not None:
        return bool(np.any(operand.static < 0))
    tensor = record(subgraph, operand)
    return tensor is None or least(grid_of(tensor)) < 0


def least(grid: Grid) -> float:
    """The smallest number that a grid holds."""
    return (grid.least - grid.zero_point) * grid.scale
