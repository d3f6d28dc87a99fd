"""How well a quantised constant uses its integers: both ends, and what lies between them unused."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np

from inspector.weights.histogram import Histogram, bins_for, histogram
from inspector.weights.quantize import ends
from inspector.weights.quantized import Scales

MOST_BITS = 16
"""Wider integers (biases) have no range to be filled: their scale is that of a sum."""


@dataclass(frozen=True, slots=True)
class Integers:
    """The stored integers of a quantised constant.

    `low` and `high` are the ends that its values may take (-127 where -128 is not used, which a
    symmetric quantisation leaves out), `at_low` and `at_high` how many values are there, and
    `saturated` their share. `groups` is how many scales there are. A group whose integers run from
    a to b uses b - a + 1 of the type's values: `unused` is the share of the others and `bits` the
    logarithm, both as means over the groups; `worst_group` (place among the scales) has the fewest.
    Integers of over 16 bits have no such four, since nothing is meant to fill them.
    """

    low: int
    high: int
    at_low: int
    at_high: int
    saturated: float
    groups: int
    unused: float | None
    bits: float | None
    worst_group: int | None
    worst_unused: float | None
    worst_bits: float | None


def integers_of(stored: np.ndarray, scales: Scales, bits: int) -> Integers | None:
    """Measure stored integers of a type of `bits`; None where there are no elements."""
    if not stored.size:
        return None
    low, high = ends(bits, signed=stored.dtype.kind == "i")
    if stored.min() > low:
        low += 1
    at_low, at_high = (int(np.count_nonzero(stored == end)) for end in (low, high))
    share = (at_low + at_high) / stored.size
    used = used_by_group(stored, scales)
    if bits > MOST_BITS:
        return Integers(low, high, at_low, at_high, share, used.size, *[None] * 5)
    worst, levels = int(used.argmin()), 1 << bits
    return Integers(
        *(low, high, at_low, at_high, share, used.size),
        float(1 - used.mean() / levels),
        float(np.log2(used).mean()),
        worst,
        float(1 - used[worst] / levels),
        float(np.log2(used[worst])),
    )


def used_by_group(stored: np.ndarray, scales: Scales) -> np.ndarray:
    """The values from the smallest to the largest that share a scale: shape (groups,), int64."""
    pairs = [
        (count, size // max(count, 1))
        for count, size in zip(scales.scale.shape, stored.shape, strict=True)
    ]
    grouped = stored.reshape([*chain(*pairs)])
    inside = tuple(range(1, grouped.ndim, 2))
    low, high = grouped.min(axis=inside), grouped.max(axis=inside)
    return np.asarray(high.astype(np.int64) - low.astype(np.int64) + 1).reshape(-1)


def histogram_of_integers(stored: np.ndarray, scales: Scales) -> Histogram | None:
    """The histogram of the real values, binned by whole integers; None unless one scale serves all.

    Real values of one scale lie on a grid, and bins that do not fit it show a comb.
    """
    if scales.scale.size != 1 or scales.zero_point.size != 1 or not stored.size:
        return None
    scale, zero = float(scales.scale.flat[0]), int(scales.zero_point.flat[0])
    if not (np.isfinite(scale) and scale > 0):
        return None
    least, most = stored.min().item(), stored.max().item()
    found = histogram(stored, least, most, whole=True, bins=bins_for(stored.size))
    if found is None:
        return None
    return Histogram(scale * (found.low - zero), scale * (found.high - zero), found.counts)
