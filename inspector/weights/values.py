"""The values of constants as weights files hold them: real or stored, in types that NumPy has."""

from __future__ import annotations

import enum

import numpy as np

from inspector.errors import ModelError, UnsupportedError
from inspector.graph import Graph
from inspector.read.model import Model
from inspector.read.schema import INTEGERS, TensorType
from inspector.weights.decode import decode, dequantize, dequantizing, real, scales_behind
from inspector.weights.gather import gather
from inspector.weights.quantized import Scales
from inspector.weights.slots import Slot, Source

WIDEST_STRINGS = 64
"""Strings take the width of the longest; so many times the stored bytes is too much."""

PLAIN: dict[TensorType, type[np.generic]] = {
    TensorType.BFLOAT16: np.float32,
    TensorType.FLOAT8_E4M3FN: np.float32,
    TensorType.FLOAT8_E5M2: np.float32,
    TensorType.INT4: np.int8,
    TensorType.INT2: np.int8,
    TensorType.UINT4: np.uint8,
}
"""What NumPy's files hold instead of the types that NumPy lacks; each value is kept exactly."""


class Values(enum.Enum):
    """What the arrays hold of quantised constants."""

    REAL = "dequantized"
    STORED = "raw"


class Dtype(str, enum.Enum):
    """A type for all arrays of real numbers."""

    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    FLOAT32 = "float32"


def array_of(model: Model, slot: Slot, values: Values, graph: Graph) -> np.ndarray:
    """The values of a slot, in a type that NumPy's files hold. Raises `ModelError`."""
    sources = {source.operand: source for source in slot.sources}
    return gather(slot.rule, lambda operand: values_of(model, sources[operand], values, graph))


def values_of(model: Model, source: Source, values: Values, graph: Graph) -> np.ndarray:
    """The values of a stored constant, in its shape. Raises `ModelError`."""
    tensor, part = source.tensor, model.subgraphs[source.tensor.subgraph]
    found: np.ndarray | None
    if values is Values.STORED:
        found = decode(model, tensor)
    elif tensor.dtype is part.tensors[tensor.index].dtype:
        found = real(model, part, source.found, graph)
    else:  # its kernel reads it in another way than the file says
        found = dequantize(model, tensor, decode(model, tensor))
    if found is None:
        raise ModelError(f"tensor {source.found}, which is read in its place, is made by another")
    if found.dtype == object:
        return fixed_width(found)
    if found.dtype != np.float32 and tensor.dtype in PLAIN:
        return found.astype(PLAIN[tensor.dtype])
    return found


def scales_of(model: Model, source: Source, graph: Graph) -> Scales | None:
    """The scales that make real numbers of a stored constant, as its reader takes it."""
    tensor, part = source.tensor, model.subgraphs[source.tensor.subgraph]
    if tensor is part.tensors[tensor.index]:
        return scales_behind(model, part, source.found, graph)
    return dequantizing(model, tensor) if tensor.dtype in INTEGERS else None


def fixed_width(strings: np.ndarray) -> np.ndarray:
    """Strings as bytes of one width, zeros at the ends, in the same shape.

    Raises `UnsupportedError` where one long string would make many short ones too long.
    """
    lengths = [len(text) for text in strings.flat]
    width = max([1, *lengths])
    if width * strings.size > WIDEST_STRINGS * (sum(lengths) + 4 * strings.size):
        raise UnsupportedError(
            f"{strings.size} strings, the longest of {width} bytes, fit no array"
        )
    return strings.astype(f"S{width}")
