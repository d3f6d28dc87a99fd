"""Scales and zero points as arrays beside the integers that they are of."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np

from inspector.graph import Graph
from inspector.read.model import Model
from inspector.weights.gather import gather
from inspector.weights.quantized import spread
from inspector.weights.rules import Rule
from inspector.weights.slots import Slot
from inspector.weights.values import scales_of

SCALE, ZERO_POINT = "_scale", "_zero_point"
"""What their keys have behind that of the integers, as Keras and compressed checkpoints have it."""


def parameters(model: Model, slot: Slot, graph: Graph) -> dict[str, np.ndarray]:
    """The scales (float32) and zero points (int64) of a slot's integers, by key; none if not all of
    its constants are quantised.

    Their axes are those of the array, of size 1 where one serves all: by NumPy's broadcasting,
    scale * (integers - zero point) are the real values. Only blocks of neighbours along an axis
    have one scale for each block there. Raises `ModelError` where they do not fit.
    """
    found = {source.operand: scales_of(model, source, graph) for source in slot.sources}
    scales = {operand: each for operand, each in found.items() if each is not None}
    if len(scales) < len(found) or slot.rule.zeros:
        return {}
    shapes = {source.operand: source.tensor.shape for source in slot.sources}
    return {
        slot.key + SCALE: arranged(slot.rule, {k: s.scale for k, s in scales.items()}, shapes),
        slot.key + ZERO_POINT: arranged(
            slot.rule, {k: s.zero_point for k, s in scales.items()}, shapes
        ),
    }


def arranged(
    rule: Rule, grids: Mapping[int, np.ndarray], shapes: Mapping[int, tuple[int, ...]]
) -> np.ndarray:
    """Grids of the constants of `shapes`, one by operand, as `rule` arranges the constants."""
    first, *others = rule.pieces
    if not (others or first.view or first.region or first.shape):
        grid = grids[first.operand]
        return grid.transpose(first.permutation) if first.permutation else grid
    full = gather(rule, lambda operand: expanded(grids[operand], shapes[operand]))
    for axis in range(full.ndim):
        one = full.take([0], axis) if full.shape[axis] else full
        full = one if full.strides[axis] == 0 or np.array_equal(*equal(one, full)) else full
    return full


def equal(one: np.ndarray, full: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in one shape, to be compared."""
    return np.broadcast_to(one, full.shape), full


def expanded(grid: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """One number for each element of the constant; a view without blocks."""
    pairs = [(n, size // max(n, 1)) for n, size in zip(grid.shape, shape, strict=True)]
    return np.broadcast_to(spread(grid), [*chain(*pairs)]).reshape(shape)
