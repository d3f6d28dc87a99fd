"""What the values of a constant are like: numbers for a person, and for whoever draws them.

Every function takes arrays and gives frozen records; nothing is drawn here. Sums are made in
float64, a part of the array at a time, so that a large array costs no copy of itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.weights.channels import Channels, channels_of
from inspector.weights.histogram import Histogram, bins_for, histogram, parts
from inspector.weights.integers import Integers, histogram_of_integers, integers_of
from inspector.weights.quantized import Scales

MOST_DISTINCT = 1 << 16
"""Distinct values are counted exactly up to here; more are "more than" so many."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Of the finite elements: how many, their ends, mean and population standard deviation.

    The four are None where no element is finite; integers keep exact ends.
    """

    finite: int
    nan: int
    inf: int
    minimum: float | None
    maximum: float | None
    mean: float | None
    std: float | None
    zeros: int


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many values differ; where `exact` is false, there are more than `count`."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """All that is measured of one constant.

    `moments` and `histogram` are of the real values; `distinct` is of the values as they are
    stored, since scales of many channels make many real numbers of one integer. `channels` is None
    where no axis counts outputs, `integers` where the constant is not quantised, `histogram` where
    no element is finite.
    """

    elements: int
    moments: Moments
    distinct: Distinct
    histogram: Histogram | None
    channels: Channels | None
    integers: Integers | None


def statistics(
    real: np.ndarray,
    stored: np.ndarray | None = None,
    scales: Scales | None = None,
    *,
    axis: int | None = None,
) -> Statistics:
    """Measure a constant: its real values, of any shape, and the integers that stand for them.

    `stored`, of the same shape, are its integers where it is quantised, and `scales` say by what;
    `axis` counts the outputs of the layer. Elements may be of any NumPy type that is ordered,
    `ml_dtypes`' included.
    """
    real = plain(real)
    moments = moments_of(real)
    integers = bars = None
    if stored is not None:
        width, stored = bits_of(stored.dtype), plain(stored)
        integers = integers_of(stored, scales, width) if scales else None
        bars = histogram_of_integers(stored, scales) if scales else None
    if bars is None:
        ends, bins = (moments.minimum, moments.maximum), bins_for(real.size)
        bars = histogram(real, *ends, whole=is_whole(real), bins=bins)
    return Statistics(
        real.size,
        moments,
        distinct(real if stored is None else stored),
        bars,
        None if axis is None else channels_of(real, axis),
        integers,
    )


def plain(array: np.ndarray) -> np.ndarray:
    """The array in a type that NumPy itself can order and reduce; every value is kept."""
    if array.dtype.kind in "iuf":
        return array
    if array.dtype == bool:
        return array.view(np.uint8)
    if "int" in array.dtype.name:  # int4, int2 and uint4 of ml_dtypes; its others are floats
        return array.astype(np.uint8 if array.dtype.name.startswith("u") else np.int8)
    with np.errstate(invalid="ignore"):  # a NaN that signals
        return array.astype(np.float32)


def bits_of(dtype: np.dtype[Any]) -> int:
    """The bits of an integer type, by its name: 4 for `ml_dtypes`' int4, which lies in bytes."""
    return int(dtype.name.lstrip("uint"))


def is_whole(array: np.ndarray) -> bool:
    """Whether the elements are integers."""
    return array.dtype.kind in "iu"


def moments_of(array: np.ndarray) -> Moments:
    """Ends, mean and deviation, merged part by part (Chan, Golub and LeVeque, 1979)."""
    count = nan = inf = zeros = 0
    mean = square = 0.0
    low, high = math.inf, -math.inf
    with np.errstate(all="ignore"):  # a file may hold any number; an overflow shows as inf
        for part in parts(array):
            found = finite(part)
            if found.size < part.size:
                nan += int(np.isnan(part).sum())
                inf += int(np.isinf(part).sum())
            zeros += part.size - int(np.count_nonzero(part))
            if found.size:
                low, high = min(low, found.min().item()), max(high, found.max().item())
                wide = found.astype(np.float64)
                offset = wide.mean() - mean
                total = count + wide.size
                square += np.square(wide - wide.mean()).sum()
                square += offset * (count * wide.size / total) * offset
                mean += offset * wide.size / total
                count = total
    if not count:
        return Moments(0, nan, inf, None, None, None, None, zeros)
    return Moments(count, nan, inf, low, high, float(mean), math.sqrt(square / count), zeros)


def finite(part: np.ndarray) -> np.ndarray:
    """The elements that are numbers."""
    if is_whole(part):
        return part
    mask = np.isfinite(part)
    return part if mask.all() else part[mask]


def distinct(array: np.ndarray, most: int = MOST_DISTINCT) -> Distinct:
    """How many values differ, NaN apart; counting ends above `most`, which bounds the memory."""
    known = np.empty(0, array.dtype)
    for part in parts(array):
        values = stored_in(part) if part.itemsize <= 2 else part
        known = np.union1d(known, values if is_whole(values) else values[~np.isnan(values)])
        if known.size > most:
            return Distinct(most, exact=False)
    return Distinct(known.size, exact=True)


def stored_in(part: np.ndarray) -> np.ndarray:
    """The values that there are, of the few that 8 or 16 bits can be; no sort is needed."""
    bits = np.dtype(f"u{part.itemsize}")
    counts = np.bincount(part.view(bits))
    return np.flatnonzero(counts).astype(bits).view(part.dtype)
