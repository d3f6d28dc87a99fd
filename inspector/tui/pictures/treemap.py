"""Treemaps: rectangles whose areas are shares of a whole (squarified: Bruls, Huizing, van Wijk)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inspector.tui.rectangle import Rectangle

ASPECT = 2.0
"""A character is about twice as high as wide."""


def beside(boxes: Mapping[int, Rectangle], here: int, across: int, down: int) -> int | None:
    """The rectangle at the middle of an edge of another one; None at the edge of the whole.

    One of `across` and `down` is -1 or 1.
    """
    x, y, width, height = boxes[here]
    ahead = {-1: -1, 0: width // 2, 1: width}[across], {-1: -1, 0: height // 2, 1: height}[down]
    there = x + ahead[0], y + ahead[1]
    return next((index for index, box in boxes.items() if box.holds(*there)), None)


def treemap(sizes: Sequence[float], width: int, height: int) -> list[Rectangle]:
    """A rectangle for each size, in their order, which should fall; together they fill the whole.

    Areas are rounded to whole characters; what is too small for one has a rectangle of none.
    """
    total = sum(sizes)
    if not total or width <= 0 or height <= 0:
        return [Rectangle(0, 0, 0, 0)] * len(sizes)
    areas = [size / total * width * height * ASPECT for size in sizes]
    found: list[tuple[float, float, float, float]] = []
    space = (0.0, 0.0, float(width), height * ASPECT)
    row: list[float] = []
    for area in areas:
        side = min(space[2:])
        if row and worst([*row, area], side) > worst(row, side):
            placed, space = laid(row, space)
            found += placed
            row = []
        row.append(area)
    found += laid(row, space)[0]
    return [rounded(each) for each in found]


def worst(row: Sequence[float], side: float) -> float:
    """The aspect ratio of the longest rectangle of a row along a side."""
    thickness = sum(row) / side if side else 0
    if not thickness:
        return float("inf")
    lengths = [area / thickness for area in row]
    return max(max(thickness / n, n / thickness) if n else float("inf") for n in lengths)


def laid(
    row: Sequence[float], space: tuple[float, float, float, float]
) -> tuple[list[tuple[float, float, float, float]], tuple[float, float, float, float]]:
    """A row of rectangles along the shorter side of a space, and the space that is left."""
    x, y, width, height = space
    upright = width >= height
    side = height if upright else width
    thickness = sum(row) / side if side else 0.0
    found, at = [], 0.0
    for area in row:
        length = area / thickness if thickness else 0.0
        found.append((x, y + at, thickness, length) if upright else (x + at, y, length, thickness))
        at += length
    if upright:
        return found, (x + thickness, y, max(width - thickness, 0), height)
    return found, (x, y + thickness, width, max(height - thickness, 0))


def rounded(rectangle: tuple[float, float, float, float]) -> Rectangle:
    """A rectangle in whole characters: its edges are rounded, so that none overlap."""
    x, y, width, height = rectangle
    left, right = round(x), round(x + width)
    top, bottom = round(y / ASPECT), round((y + height) / ASPECT)
    return Rectangle(left, top, right - left, bottom - top)
