"""Seeded random inputs: the same seed gives the same samples, on every machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np
from ml_dtypes import iinfo

from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.metadata_records import TensorMetadata
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.shapes import checked_room


class Range(NamedTuple):
    """The least and greatest values of real numbers: one of each, or one along the last axis."""

    least: tuple[float, ...] = (-1.0,)
    most: tuple[float, ...] = (1.0,)


NO_INTEGERS: Mapping[int, range] = {}
ZERO = range(1)
NO_RANGES: Mapping[int, Range] = {}
WHITE = 255.0
AT_ONCE = 1 << 22
"""Random numbers that are drawn at once, unless a single row has more."""
COMPLEX = (TensorType.COMPLEX64, TensorType.COMPLEX128)


def sample(
    tensors: Sequence[Tensor],
    seed: int,
    index: int = 0,
    integers: Mapping[int, range] = NO_INTEGERS,
    ranges: Mapping[int, Range] = NO_RANGES,
) -> list[np.ndarray]:
    """Sample `index` of a seed: an array for each of the input `tensors`, in their order.

    Floats are uniform in -1..1 (both parts of complex ones), or in what `ranges` gives for the
    tensor; quantised integers uniform over all that their type holds, booleans a coin. Integers
    without a scale are indices or lengths as often as not: those of a tensor in `integers` (see
    `integers.integer_ranges`) are uniform in that range, the others 0, the one value that is always
    allowed. Strings are empty. A dimension that the file leaves open is 1. Raises `InputError` for
    a seed below 0 or a shape that no memory holds, and `ModelError` for an input whose type has no
    values.
    """
    if seed < 0 or index < 0:
        raise InputError(f"seed {seed}, sample {index}: neither may be below 0")
    size = 0
    for tensor in tensors:
        size = checked_room(tensor, fixed(tensor.shape), size)
    random = np.random.default_rng([seed, index])
    return [
        value(tensor, random, integers.get(tensor.index, ZERO), ranges.get(tensor.index, Range()))
        for tensor in tensors
    ]


def value(
    tensor: Tensor, random: np.random.Generator, integers: range, within: Range
) -> np.ndarray:
    """The random array for one input: of plain `integers`, or real numbers `within` a range."""
    shape, dtype = fixed(tensor.shape), numpy_dtype(tensor.dtype)
    if tensor.dtype is TensorType.STRING:
        return np.full(shape, b"", object)
    if tensor.dtype is TensorType.BOOL:
        return random.integers(0, 2, shape).astype(dtype)
    if tensor.dtype in COMPLEX:
        return (random.uniform(-1, 1, shape) + 1j * random.uniform(-1, 1, shape)).astype(dtype)
    if "float" in str(tensor.dtype):
        least, most = map(plain, within)
        return in_rows(shape, dtype, lambda rows: random.uniform(least, most, rows))
    if not tensor.is_quantized:
        return in_rows(
            shape, dtype, lambda rows: random.integers(integers.start, integers.stop, rows)
        )
    low, high = int(iinfo(dtype).min), int(iinfo(dtype).max)
    return in_rows(
        shape, dtype, lambda rows: random.integers(low, high, rows, np.int64, endpoint=True)
    )


def in_rows(
    shape: tuple[int, ...], dtype: np.dtype, draw: Callable[[tuple[int, ...]], np.ndarray]
) -> np.ndarray:
    """An array whose numbers are drawn some rows at a time: they take 8 bytes each until stored."""
    found = np.empty(shape, dtype)
    if found.size <= AT_ONCE:
        return draw(shape).astype(dtype)
    rows = found.reshape(-1, shape[-1])
    step = max(1, AT_ONCE // shape[-1])
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        part[:] = draw(part.shape)
    return found


def plain(numbers: tuple[float, ...]) -> np.ndarray:
    """The numbers along the last axis; one goes with a scalar, too."""
    return np.array(numbers[0] if len(numbers) == 1 else numbers)


def stated_range(tensor: Tensor, about: TensorMetadata) -> Range | None:
    """The range that metadata gives for the values of a real input; None where it gives none.

    Of a picture, it is what normalisation makes of 0..255: the minimum and maximum beside it are
    written of the picture's bytes as often as of the tensor. Numbers are one, or one along the last
    axis; others are not believed.
    """
    if about.content == "image" and about.mean and about.std and all(about.std):
        mean, std = np.array(about.mean), np.array(about.std)
        if mean.size != std.size and 1 not in (mean.size, std.size):
            return None
        ends = np.sort([(0 - mean) / std, (WHITE - mean) / std], axis=0)
        found = Range(tuple(ends[0].tolist()), tuple(ends[1].tolist()))
    else:
        found = Range(about.minimum, about.maximum)
    counts = {1, tensor.shape[-1]} if tensor.shape else {1}
    usable = len(found.least) in counts and len(found.most) in counts
    usable = usable and all(map(isfinite, (*found.least, *found.most)))
    return found if usable and np.all(np.less_equal(found.least, found.most)) else None


def fixed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape with 1 for each dimension that is left open."""
    return tuple(1 if size < 0 else size for size in shape)
