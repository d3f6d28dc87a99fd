"""The record of an array: the constants that it is made of, and who uses it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from inspector.graph import Graph
from inspector.read.model import Model
from inspector.read.schema import INTEGERS
from inspector.weights.digests import Digests
from inspector.weights.manifest import Entry, Stored, User
from inspector.weights.slots import Slot, Source, Use
from inspector.weights.values import scales_of

Number = TypeVar("Number", int, float)


def entry_of(model: Model, slot: Slot, graph: Graph, array: np.ndarray, digests: Digests) -> Entry:
    """What the manifest says of the array of a slot. Raises `ModelError`."""
    tensor, user, (piece, *others) = slot.tensor, slot.operator, slot.rule.pieces
    sources = tuple(stored(model, source, graph, digests) for source in slot.sources)
    first = sources[0]
    return Entry(
        key=slot.key,
        subgraph=tensor.subgraph,
        tensor=tensor.index,
        name=tensor.name,
        dtype=dtype_name(array.dtype),
        shape=array.shape,
        stored_dtype=first.stored_dtype,
        stored_shape=first.stored_shape,
        transpose=None if others or piece.view else piece.permutation or None,
        dequantized=tensor.dtype in INTEGERS and array.dtype.kind not in "iu",
        operator=user.name if user else None,
        operator_index=user.index if user else None,
        operand=slot.operand if user else None,
        tensors=tuple(source.tensor for source in sources),
        uses=tuple(
            User(u.operator.name, u.operator.index, u.operands[0], u.key) for u in slot.uses
        ),
        note=slot.rule.note,
        stored_bytes=first.stored_bytes,
        sha256=first.sha256,
        scale=first.scale,
        zero_point=first.zero_point,
        scale_shape=first.scale_shape,
        quantized_dimension=first.quantized_dimension,
        sources=sources if len(sources) > 1 else (),
    )


def user_of(use: Use) -> User:
    """The record of a use."""
    return User(use.operator.name, use.operator.index, use.operands[0], use.key)


def beside_of(entry: Entry, key: str, array: np.ndarray) -> Entry:
    """The record of an array of scales or zero points, from that of the integers."""
    dtype, owner = dtype_name(array.dtype), entry.key
    return replace(entry, key=key, dtype=dtype, shape=array.shape, parameter_of=owner)


def stored(model: Model, source: Source, graph: Graph, digests: Digests) -> Stored:
    """What the manifest says of a constant. Raises `ModelError`."""
    tensor, scales = source.tensor, scales_of(model, source, graph)
    sha256, size = digests.of(tensor)
    found = Stored(
        tensor.index,
        tensor.name,
        source.operand,
        str(tensor.dtype),
        tensor.shape,
        size,
        sha256,
    )
    if scales is None:
        return found
    counts = scales.scale.shape
    axes = [axis for axis, count in enumerate(counts) if count > 1]
    whole = len(axes) == 1 and counts[axes[0]] == tensor.shape[axes[0]]
    return replace(
        found,
        scale=numbers(scales.scale, tensor.quantization and tensor.quantization.scale),
        zero_point=numbers(
            scales.zero_point, tensor.quantization and tensor.quantization.zero_point
        ),
        scale_shape=counts,
        quantized_dimension=axes[0] if whole else None,
    )


def numbers(found: np.ndarray, listed: tuple[Number, ...] | None) -> tuple[Number, ...]:
    """The elements, row by row; where the record lists them, the tuple that is there already."""
    return listed if listed and len(listed) == found.size else tuple(found.reshape(-1).tolist())


def dtype_name(dtype: np.dtype[Any]) -> str:
    """NumPy's name of a type; `S12` for strings of 12 bytes."""
    return f"S{dtype.itemsize}" if dtype.kind == "S" else dtype.name
