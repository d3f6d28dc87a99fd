"""The ends of the numbers of a slice, and how many of them are zero, NaN or infinite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.tui.arrays import AT_ONCE, READ, numbers
from inspector.tui.pictures.colours import Scale
from inspector.tui.slices import Look, View


@dataclass
class Census:
    """The ends of the finite numbers of a slice, and how many are zero, NaN or infinite."""

    low: float = np.inf
    high: float = -np.inf
    count: int = 0
    zeros: int = 0
    nan: int = 0
    infinite: int = 0

    def add(self, values: np.ndarray) -> None:
        """Count more numbers."""
        self.count += values.size
        self.zeros += values.size - int(np.count_nonzero(values))
        if not values.size:
            return
        low, high = float(values.min()), float(values.max())
        if not np.isfinite([low, high]).all():
            self.nan += int(np.isnan(values).sum())
            self.infinite += int(np.isinf(values).sum())
            finite = values[np.isfinite(values)]
            low = float(finite.min(initial=np.inf))
            high = float(finite.max(initial=-np.inf))
        self.low, self.high = min(self.low, low), max(self.high, high)

    @property
    def scale(self) -> Scale:
        """The scale of the colours; even around zero where there are both signs."""
        if self.low > self.high:
            return Scale(0, 0)
        most = max(-self.low, self.high)
        return Scale(-most, most) if self.low < 0 < self.high else Scale(self.low, self.high)


class Seen:
    """What has been read of a slice: a step of the cursor reads nothing of it anew."""

    def __init__(self) -> None:
        self._census: tuple[object, Census] | None = None
        self._reduced: tuple[object, np.ndarray] | None = None

    def census(self, look: Look) -> Census:
        """What is counted of the slice that is looked at. Raises as `Source.part`."""
        key, known = slice_key(look), self._census
        if known is None or known[0] != key:
            known = self._census = key, census_of(look)
        return known[1]

    def reduced(self, look: Look) -> np.ndarray:
        """The part that is seen, a number for each pixel or several. Raises as `Source.part`."""
        down, across = look.spans
        key, known = (slice_key(look), down, across), self._reduced
        if known is None or known[0] != key:
            found = look.sheet.reduced(down.slice, across.slice, down.together, across.together)
            known = self._reduced = key, found
        return known[1]


def slice_key(look: Look) -> object:
    """What tells a slice from others."""
    sheet, is_tiled = look.sheet, look.shown is View.TILES
    others = [
        None if is_tiled and axis == look.tile_axis else sheet.at[axis] for axis in sheet.others
    ]
    return sheet.source, is_tiled, sheet.rows, sheet.columns, *others


def census_of(look: Look) -> Census:
    """Read a slice in parts and count."""
    found, whole = Census(), slice(0, None)
    if look.shown is View.TILES:
        rows, across = look.sheet.size
        some = max(1, AT_ONCE // max(1, rows * across))
        for first in range(0, look.tiles, some):
            found.add(numbers(look.stack(first, first + some)))
    else:
        for stripe in look.sheet.stripes(whole, whole, every=every(look)):
            found.add(stripe)
    return found


def every(look: Look) -> int:
    """How many rows one is counted of: 1, unless the slice is too large to be read whole."""
    rows, columns = look.sheet.size
    return 1 if look.shown is View.TILES else -(-rows * columns // READ)
