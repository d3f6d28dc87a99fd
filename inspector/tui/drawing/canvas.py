"""Characters on a grid: lines that join where they meet, boxes, and text over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import groupby
from operator import or_

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
JOINTS = {
    UP: "│",
    DOWN: "│",
    UP | DOWN: "│",
    LEFT: "─",
    RIGHT: "─",
    LEFT | RIGHT: "─",
    DOWN | RIGHT: "╭",
    DOWN | LEFT: "╮",
    UP | RIGHT: "╰",
    UP | LEFT: "╯",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    DOWN | LEFT | RIGHT: "┬",
    UP | LEFT | RIGHT: "┴",
    UP | DOWN | LEFT | RIGHT: "┼",
}
BRIDGE = "│"
"""Where lines of different nets cross: the one that goes down passes over the other."""


class Canvas:
    """A grid that grows as it is drawn on. Each cell has a character and the name of a style."""

    def __init__(self) -> None:
        self._ways: dict[int, dict[int, dict[object, int]]] = {}
        self._texts: dict[int, list[tuple[int, str, str]]] = {}
        self._borders: dict[int, list[tuple[int, str, str]]] = {}

    def line(self, start: tuple[int, int], end: tuple[int, int], net: object) -> None:
        """A straight line between two (column, row), both included; `net` is whose it is."""
        (x, y), (last_x, last_y) = min(start, end), max(start, end)
        across = y == last_y
        back, ahead = (LEFT, RIGHT) if across else (UP, DOWN)
        length = (last_x - x) + (last_y - y)
        for step in range(length + 1):
            row, column = (y, x + step) if across else (y + step, x)
            ways = self._ways.setdefault(row, {}).setdefault(column, {})
            way = (back if step else 0) | (ahead if step < length else 0)
            ways[net] = ways.get(net, 0) | way

    def text(self, x: int, y: int, text: str, style: str) -> None:
        """Characters of one cell each, over whatever there is."""
        self._texts.setdefault(y, []).append((x, text, style))

    def border(self, x: int, y: int, text: str, style: str) -> None:
        """A horizontal border, which lines that come or go join."""
        self._borders.setdefault(y, []).append((x, text, style))

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        pieces = (*self._texts.values(), *self._borders.values())
        ends = [x + len(text) for row in pieces for x, text, _ in row]
        ends += [max(row) + 1 for row in self._ways.values()]
        rows = (*self._ways, *self._texts, *self._borders)
        return max(ends, default=0), max(rows, default=-1) + 1

    def rows(self) -> Iterator[list[tuple[str, str]]]:
        """Each row as pieces of text of one style; blanks have the style ""."""
        width, height = self.size
        for y in range(height):
            characters, styles = self._row(y, width)
            at, found = 0, []
            for style, run in groupby(styles):
                end = at + len(list(run))
                found.append(("".join(characters[at:end]), style))
                at = end
            yield found

    def _row(self, y: int, width: int) -> tuple[list[str], list[str]]:
        """The character and the style of each cell of a row."""
        characters, styles = [" "] * width, [""] * width
        lines = self._ways.get(y, {})
        for x, ways in lines.items():
            characters[x], styles[x] = joint(ways), "line"
        for pieces in (self._borders, self._texts):
            for x, text, style in pieces.get(y, ()):
                characters[x : x + len(text)] = text
                styles[x : x + len(text)] = [style] * len(text)
        for x, text, _ in self._borders.get(y, ()):
            for column in lines.keys() & range(x + 1, x + len(text) - 1):
                if characters[column] == "─":
                    characters[column] = joined(lines[column])
        return characters, styles


def joint(ways: Mapping[object, int]) -> str:
    """The character where lines meet, each of a net with its ways."""
    if len(ways) > 1 and any(way & (UP | DOWN) == UP | DOWN for way in ways.values()):
        return BRIDGE
    return JOINTS.get(together(ways), " ")


def joined(ways: Mapping[object, int]) -> str:
    """The character of a horizontal border that lines join from above or below."""
    return JOINTS[LEFT | RIGHT | together(ways) & (UP | DOWN)]


def together(ways: Mapping[object, int]) -> int:
    """All ways that lead out of a cell."""
    return reduce(or_, ways.values(), 0)
