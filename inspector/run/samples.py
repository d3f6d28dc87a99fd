"""Seeded random inputs: the same seed gives the same samples, on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from ml_dtypes import iinfo

from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Tensor
from inspector.read.schema import TensorType

NO_TABLES: Mapping[int, int] = {}
COMPLEX = (TensorType.COMPLEX64, TensorType.COMPLEX128)


def sample(
    tensors: Sequence[Tensor], seed: int, index: int = 0, rows: Mapping[int, int] = NO_TABLES
) -> list[np.ndarray]:
    """Sample `index` of a seed: an array for each of the input `tensors`, in their order.

    Floats are uniform in -1..1 (both parts of complex ones), quantised integers uniform over all
    that their type holds, booleans a coin. Integers without a scale are indices or lengths as often
    as not: those of a tensor in `rows` (see `indices.table_rows`) are uniform below that number,
    the others 0, the one value that is always in range. Strings are empty. A dimension that the
    file leaves open is 1. Raises `InputError` for a seed below 0 and `ModelError` for an input
    whose type has no values.
    """
    if seed < 0 or index < 0:
        raise InputError(f"seed {seed}, sample {index}: neither may be below 0")
    random = np.random.default_rng([seed, index])
    return [value(tensor, random, rows.get(tensor.index, 1)) for tensor in tensors]


def value(tensor: Tensor, random: np.random.Generator, rows: int) -> np.ndarray:
    """The random array for one input; an index is below `rows`."""
    shape, dtype = fixed(tensor.shape), numpy_dtype(tensor.dtype)
    if tensor.dtype is TensorType.STRING:
        return np.full(shape, b"", object)
    if tensor.dtype is TensorType.BOOL:
        return random.integers(0, 2, shape).astype(dtype)
    if tensor.dtype in COMPLEX:
        return (random.uniform(-1, 1, shape) + 1j * random.uniform(-1, 1, shape)).astype(dtype)
    if "float" in str(tensor.dtype):
        return random.uniform(-1, 1, shape).astype(dtype)
    if not tensor.is_quantized:
        return random.integers(0, rows, shape).astype(dtype)
    limits = iinfo(dtype)
    whole = random.integers(int(limits.min), int(limits.max), shape, np.int64, endpoint=True)
    return whole.astype(dtype)


def fixed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape with 1 for each dimension that is left open."""
    return tuple(1 if size < 0 else size for size in shape)
