"""How an axis of some size is shown in so many pixels: enlarged, or several numbers in one."""

from __future__ import annotations

from typing import NamedTuple

from inspector.tui.pictures.colours import Colour

NEAREST = 3
"""A number is at most 2^3 pixels wide; a pixel is half a character, or a whole one in shades."""


class Room(NamedTuple):
    """Where there is to draw, in characters; without `colours` shades are drawn."""

    width: int
    height: int
    colours: bool = True
    background: Colour = (0, 0, 0)

    @property
    def rows(self) -> int:
        """Pixels from top to bottom."""
        return self.height * (2 if self.colours else 1)


class Span(NamedTuple):
    """What is to be seen along one axis: from where on, how many numbers, and how they are scaled.

    A number takes 2^zoom pixels; with a zoom below 0, 2^-zoom numbers share one.
    """

    start: int
    size: int
    zoom: int

    @property
    def together(self) -> int:
        """Numbers that share a pixel."""
        return 1 << max(0, -self.zoom)

    @property
    def times(self) -> int:
        """Pixels of a number."""
        return 1 << max(0, self.zoom)

    @property
    def slice(self) -> slice:
        """Those numbers."""
        return slice(self.start, self.start + self.size)

    def ticks(self, apart: int) -> dict[int, int]:
        """Every so many pixels, or more: the pixel where a number begins, and its index."""
        each = -(-apart // self.times) * self.together
        starts = range(self.start, self.start + self.size, each)
        return {(k - self.start) // self.together * self.times: k for k in starts}

    def pixel(self, index: int) -> int:
        """The pixel in the middle of a number."""
        return (index - self.start) // self.together * self.times + self.times // 2


def fit(size: int, pixels: int) -> int:
    """The greatest zoom at which so many numbers have room in so many pixels."""
    zoom = NEAREST
    while zoom > 0 and size << zoom > pixels:
        zoom -= 1
    while zoom <= 0 and -(-size // (1 << -zoom)) > max(1, pixels):
        zoom -= 1
    return zoom


def seen_at(zoom: int, pixels: int) -> int:
    """How many numbers so many pixels show."""
    return max(1, pixels >> max(0, zoom)) << max(0, -zoom)


def kept_in_groups(start: int, index: int, seen: int, size: int, together: int) -> int:
    """As `kept`, where the window begins at a multiple of `together` alone."""
    groups = -(-size // together)
    return kept(start // together, index // together, seen // together, groups) * together


def kept(start: int, index: int, seen: int, size: int) -> int:
    """Where to begin so that `index` is among those seen: as near to `start` as can be."""
    start = max(0, min(start, size - seen))
    return max(min(start, index), index - seen + 1)
