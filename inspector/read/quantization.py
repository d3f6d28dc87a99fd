"""How a tensor's integers stand for real numbers: the three ways in which the schema says it."""

from __future__ import annotations

from typing import Any

from inspector.errors import ModelError
from inspector.read import schema
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.records import Quantization, Range

CUSTOM, BLOCKWISE, MULTI_AXIS = 1, 2, 3


def quantization(buffer: FlatBuffer, at: int, tensors: int) -> Quantization | None:
    """The quantisation whose parameters lie at byte `at`, or None where they hold no scale.

    The tensor's subgraph has so many `tensors`, of which two may hold scales and zero points.
    """
    if not buffer.layout(schema.QUANTIZATION_PARAMETERS, at).references:
        return None  # converters write an empty table for each float tensor
    fields = buffer.table(schema.QUANTIZATION_PARAMETERS, at)
    _, _, scale, zero_point, kind, details, axis = fields
    if kind and details:
        return detailed(buffer, fields, tensors)
    if not scale:
        return None
    values = buffer.numbers(scale, "f", "the scales")
    zeros = buffer.numbers(zero_point, "q", "the zero points")
    return Quantization(values, zeros, axis) if values else None


def value_range(buffer: FlatBuffer, at: int) -> Range | None:
    """The range of a tensor whose quantisation parameters lie at byte `at` (0: it has none)."""
    if not at:
        return None
    there = buffer.layout(schema.QUANTIZATION_PARAMETERS, at).references
    if not there or there[0][0] > 1:  # neither of the first two fields, as in most files
        return None
    least, most, *_ = buffer.table(schema.QUANTIZATION_PARAMETERS, at)
    minimum = buffer.numbers(least, "f", "the least values")
    maximum = buffer.numbers(most, "f", "the greatest values")
    return Range(minimum, maximum) if minimum or maximum else None


def detailed(buffer: FlatBuffer, fields: list[Any], tensors: int) -> Quantization:
    """The quantisation whose parameters hold details, which then count instead of the rest."""
    _, _, scale, zero_point, kind, details, axis = fields
    if kind == CUSTOM:
        (raw,) = buffer.table(schema.CUSTOM_QUANTIZATION, details)
        extent = (raw + 4, buffer.extent(raw, 1, "its custom quantisation")) if raw else (0, 0)
        values = buffer.numbers(scale, "f", "the scales")
        zeros = buffer.numbers(zero_point, "q", "the zero points")
        return Quantization(values, zeros, axis, custom=extent)
    if kind not in (BLOCKWISE, MULTI_AXIS):
        raise ModelError(f"its quantisation details are of kind {kind}; the schema knows 1 to 3")
    table = schema.BLOCKWISE_QUANTIZATION if kind == BLOCKWISE else schema.MULTI_AXIS_QUANTIZATION
    scales, zeros, block, vector = buffer.table(table, details)
    if not (0 <= scales < tensors and -1 <= zeros < tensors):
        raise ModelError(
            f"its scales and zero points are tensors {scales} and {zeros}, "
            f"and the subgraph has {tensors}; the file is damaged"
        )
    if kind == BLOCKWISE:
        shape = buffer.numbers(vector, "i", "the block shape")
        return Quantization((), (), axis, block, scales, zeros, (), shape)
    axes = buffer.numbers(vector, "i", "the quantised dimensions")
    return Quantization((), (), 0, block, scales, zeros, axes)
