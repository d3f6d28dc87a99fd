"""The ends of the numbers of a slice, and how many of them are zero, NaN or infinite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.tui.arrays import AT_ONCE, numbers
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
        finite = values[np.isfinite(values)]
        self.count += values.size
        self.zeros += values.size - int(np.count_nonzero(values))
        self.nan += int(np.isnan(values).sum())
        self.infinite += int(np.isinf(values).sum())
        if finite.size:
            self.low = min(self.low, float(finite.min()))
            self.high = max(self.high, float(finite.max()))

    @property
    def scale(self) -> Scale:
        """The scale of the colours; even around zero where there are both signs."""
        if self.low > self.high:
            return Scale(0, 0)
        most = max(-self.low, self.high)
        return Scale(-most, most) if self.low < 0 < self.high else Scale(self.low, self.high)


def counted(look: Look, known: dict[Any, Census]) -> Census:
    """The census of the slice that is looked at, all tiles included."""
    sheet = look.sheet
    others = [
        None if look.shown is View.TILES and axis == look.tile_axis else sheet.at[axis]
        for axis in sheet.others
    ]
    key = (sheet.source, look.shown is View.TILES, frozenset((sheet.rows, sheet.columns)), *others)
    if key not in known:
        known.clear()
        known[key] = census_of(look)
    return known[key]


def census_of(look: Look) -> Census:
    """Read a slice in parts and count."""
    found, whole = Census(), slice(0, None)
    if look.shown is View.TILES:
        rows, across = look.sheet.size
        some = max(1, AT_ONCE // max(1, rows * across))
        for first in range(0, look.tiles, some):
            found.add(numbers(look.stack(first, first + some)))
    else:
        for stripe in look.sheet.stripes(whole, whole):
            found.add(stripe)
    return found
