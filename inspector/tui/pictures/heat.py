"""Heat maps: two numbers a character, one above the other, or shades where there is no colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from inspector.tui.pictures.colours import Colour, Dab, Scale, colours

UPPER_HALF = "▀"
POSITIVE = " ░▒▓█"
NEGATIVE = " -~=#"
"""Shades where there is no colour: from nothing to the most, above and below zero."""
ZERO, NAN, INFINITE = "·", "?", "!"


def furthest(values: np.ndarray, axis: int, count: int) -> np.ndarray:
    """Of each `count` numbers along an axis, the one furthest from zero, so that none is lost.

    NaN comes before all. The numbers are of a type that NumPy can order.
    """
    moved = np.moveaxis(values, axis, 0)
    whole = len(moved) // count * count
    groups = moved[:whole].reshape(-1, count, *moved.shape[1:])
    low, high = groups.min(axis=1), groups.max(axis=1)
    if whole < len(moved):
        low = np.concatenate([low, moved[whole:].min(axis=0, keepdims=True)])
        high = np.concatenate([high, moved[whole:].max(axis=0, keepdims=True)])
    low, high = low.astype(np.float64), high.astype(np.float64)
    return np.moveaxis(np.where(-low > high, low, high), 0, axis)


def half_blocks(image: np.ndarray) -> Iterator[list[Dab]]:
    """Rows of half blocks for colours (R, C, 3): the upper half is of an even row."""
    for top in range(0, len(image), 2):
        upper = as_colours(image[top])
        lower: Sequence[Colour | None] = [None] * len(upper)
        if top + 1 < len(image):
            lower = as_colours(image[top + 1])
        pairs = groupby(zip(upper, lower, strict=True))
        yield [Dab(UPPER_HALF * len(list(run)), *pair) for pair, run in pairs]


def as_colours(row: np.ndarray) -> list[Colour]:
    """A row of (C, 3) as tuples."""
    return [(r, g, b) for r, g, b in row.tolist()]


def shaded(values: np.ndarray, scale: Scale) -> list[str]:
    """Rows of characters, one a number, for terminals without colours."""
    most = max(abs(scale.low), abs(scale.high)) or 1.0
    finite = np.where(np.isfinite(values), values, 0).astype(np.float64)
    steps = np.ceil(np.abs(finite) / most * (len(POSITIVE) - 1)).astype(int)
    steps = np.clip(steps, 0, len(POSITIVE) - 1)
    drawn = np.where(finite < 0, np.array(list(NEGATIVE))[steps], np.array(list(POSITIVE))[steps])
    drawn = np.where(finite == 0, ZERO, drawn)
    drawn = np.where(np.isnan(values), NAN, np.where(np.isinf(values), INFINITE, drawn))
    return ["".join(row) for row in drawn.tolist()]


def legend(scale: Scale, width: int) -> list[Dab]:
    """A bar of the palette with the numbers at its ends, and 0 where it lies between them."""
    low, high = f"{scale.low:.3g} ", f" {scale.high:.3g}"
    room = max(width - len(low) - len(high), 4)
    bar = colours(np.linspace(scale.low, scale.high, room), scale)
    middle = room // 2 if scale.is_signed else -1
    dabs = [Dab(low)]
    for at, colour in enumerate(as_colours(bar)):
        dabs.append(Dab("0" if at == middle else " ", (255, 255, 255), colour))
    return [*dabs, Dab(high)]
