"""A part of a screen or picture, in characters."""

from __future__ import annotations

from typing import NamedTuple


class Rectangle(NamedTuple):
    """Its first column and row, and its size."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether a character is part of it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height
