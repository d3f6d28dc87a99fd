"""Statistics of the arrays of a weights file: each measured where it is stored."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import partial

import numpy as np

from inspector.graph import Graph, graph_of
from inspector.read.model import Model
from inspector.weights.channels import output_axis
from inspector.weights.decode import decode
from inspector.weights.gather import gather
from inspector.weights.layouts import Layout
from inspector.weights.slots import Slot, Source, slots
from inspector.weights.statistics import Statistics, statistics
from inspector.weights.values import Values, scales_of, values_of

UNORDERED = "OSUc"
"""Kinds of NumPy types without an order: objects, strings, complex numbers."""


def measure_all(
    model: Model, layout: Layout, keys: Container[str]
) -> Iterator[tuple[str, Statistics | None]]:
    """The statistics of the arrays of those keys in a layout, one at a time."""
    for part in model.subgraphs:
        graph = graph_of(part)
        for slot in slots(part, layout, graph):
            if isinstance(slot, Slot) and slot.key in keys:
                yield slot.key, measure(model, slot, graph)


def measure(model: Model, slot: Slot, graph: Graph) -> Statistics | None:
    """The statistics of the array of a slot; None where its elements are no ordered numbers.

    They are of the real values, whatever the export holds. An array that is one constant is
    measured as that is stored, one that is gathered from several, or from a part, as it is
    gathered: then the integers are only looked at for how many differ. Raises `ModelError`.
    """
    first, *others = slot.rule.pieces
    if not (others or first.region or first.view):
        return measured(model, slot, graph)
    sources = {source.operand: source for source in slot.sources}
    real, stored = (
        gather(slot.rule, partial(operand_values, model, sources, how, graph)) for how in Values
    )
    axis = slot.rule.axis if others and real.ndim > 1 else None  # gates: units, one behind another
    return statistics(real, stored if stored.dtype.kind in "iu" else None, axis=axis)


def operand_values(
    model: Model, sources: Mapping[int, Source], values: Values, graph: Graph, operand: int
) -> np.ndarray:
    """The values of one of the constants that an array is gathered from."""
    return values_of(model, sources[operand], values, graph)


def measured(model: Model, slot: Slot, graph: Graph) -> Statistics | None:
    """The statistics of a slot that is one constant."""
    (source,) = slot.sources
    real = values_of(model, source, Values.REAL, graph)
    if real.dtype.kind in UNORDERED:
        return None
    scales = scales_of(model, source, graph)
    stored = decode(model, source.tensor) if scales else None
    axis = None
    if slot.operator and real.ndim > 1:
        axis = output_axis(slot.operator, source.operand, real.ndim)
    return statistics(real, stored, scales, axis=axis)
