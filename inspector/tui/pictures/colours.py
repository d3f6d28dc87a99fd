"""Colours of numbers."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

Colour: TypeAlias = tuple[int, int, int]


class Dab(NamedTuple):
    """A piece of text with the colour of its characters and of what is behind them, or neither."""

    text: str
    front: Colour | None = None
    back: Colour | None = None


LOW = np.array([[33, 102, 172], [146, 197, 222], [58, 62, 70]], np.float64)
HIGH = np.array([[58, 62, 70], [244, 165, 130], [202, 60, 40]], np.float64)
DIVERGING = np.concatenate([LOW, HIGH[1:]])
"""Blue below zero, grey at it, red above (after ColorBrewer's RdBu)."""
SEQUENTIAL = np.array(
    [[30, 30, 50], [70, 60, 130], [70, 140, 140], [160, 200, 100], [250, 230, 90]]
)
"""Dark to light, for numbers of one sign."""
NAN: Colour = (214, 84, 214)
INFINITE: Colour = (255, 255, 255)


class Scale(NamedTuple):
    """What numbers the ends of a palette stand for. Around zero if there are two signs."""

    low: float
    high: float

    @property
    def is_signed(self) -> bool:
        """Whether there are numbers on both sides of zero."""
        return self.low < 0 < self.high


def scale_of(values: np.ndarray) -> Scale:
    """The scale of an array: from its least to its largest finite number, or even around zero."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0, 0)
    low, high = float(finite.min()), float(finite.max())
    most = max(-low, high)
    return Scale(-most, most) if low < 0 < high else Scale(low, high)


def colours(values: np.ndarray, scale: Scale) -> np.ndarray:
    """The colour of each number along a new last axis, uint8; NaN and infinities have their own."""
    palette = DIVERGING if scale.is_signed else SEQUENTIAL
    span = scale.high - scale.low
    finite = np.where(np.isfinite(values), values, scale.low).astype(np.float64)
    place = np.clip((finite - scale.low) / span, 0, 1) if span else np.full(values.shape, 0.5)
    place = place * (len(palette) - 1)
    low = np.minimum(place.astype(int), len(palette) - 2)
    share = (place - low)[..., None]
    mixed = palette[low] * (1 - share) + palette[low + 1] * share
    found: np.ndarray = np.rint(mixed).astype(np.uint8)
    found[np.isnan(values)] = NAN
    found[np.isinf(values)] = INFINITE
    return found
