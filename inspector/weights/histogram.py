"""How values are spread between their ends: counts in bins of one width."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

PART = 1 << 16
"""Elements that are looked at together: 512 kB as float64, which a core's cache holds."""

MOST_BINS, LEAST_BINS = 64, 8


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts in bins of one width from `low` to `high`; each bin has its lower end, the last both.

    Elements that are not finite are in none.
    """

    low: float
    high: float
    counts: tuple[int, ...]


def parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """The elements in the order in which they lie in memory, `PART` at a time: shape (n,)."""
    flat = array.ravel(order="K")
    for start in range(0, flat.size, PART):
        yield flat[start : start + PART]


def histogram(
    array: np.ndarray,
    minimum: float | None,
    maximum: float | None,
    *,
    whole: bool = False,
    bins: int = MOST_BINS,
) -> Histogram | None:
    """Count the elements of an array, which lie between the given ends, in at most `bins`.

    Bins of `whole` numbers begin and end between two of them and hold equally many, since a comb
    of fuller and emptier bins would show otherwise. None without ends, or where their distance is
    beyond float64.
    """
    if minimum is None or maximum is None or not math.isfinite(float(maximum) - float(minimum)):
        return None
    low, high, bins = whole_bins(minimum, maximum, bins) if whole else (minimum, maximum, bins)
    if high - low <= 2 * bins * math.ulp(max(-low, high)):
        pad = max(0.5, abs(low) / 2)  # one value, or too near to be told apart: in the middle
        low, high = low - pad, high + pad
    counts = np.zeros(bins, np.int64)
    for part in parts(array):
        finite = part[np.isfinite(part)]  # before the cast, which tells of a NaN that signals
        counts += np.histogram(finite.astype(np.float64), bins, (low, high))[0]
    return Histogram(float(low), float(high), tuple(counts.tolist()))


def bins_for(elements: int) -> int:
    """How many bins show a spread and not each element: twice the root of their number, 8 to 64."""
    return min(MOST_BINS, max(LEAST_BINS, 2 * math.isqrt(elements)))


def whole_bins(minimum: float, maximum: float, most: int) -> tuple[float, float, int]:
    """The ends and the number, at most `most`, of bins of whole numbers around the given ones."""
    span = int(maximum) - int(minimum) + 1
    width = -(-span // most)
    bins = -(-span // width)
    low = int(minimum) - (bins * width - span) // 2 - 0.5
    return low, low + bins * width, bins
