"""Lines of a label and a text, laid into rows of a width: long texts go on in the next row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inspector.report.text import cells, cut, printable
from inspector.tui.details import Line

WIDEST_LABEL = 14
GAP = 3
"""Columns between label and text, of which the middle one has the sign of what leads on."""

MOST_ROWS = 8
"""Rows of one text; a name of 10,000 characters shall not push everything else away."""


PART_ENDS = "/;"
"""What ends a part of a tensor's name."""


class FlowedRow(NamedTuple):
    """A row: which line it belongs to, its label (empty in a further row) and its text."""

    line: int
    label: str
    text: str


def label_width(lines: Sequence[Line]) -> int:
    """The width that the labels take."""
    return min(WIDEST_LABEL, max((cells(line.label) for line in lines if line.text), default=0))


def flowed(lines: Sequence[Line], width: int) -> list[FlowedRow]:
    """The rows of the lines, in `width` columns for labels, a gap, and texts."""
    labels = label_width(lines)
    room = max(10, width - labels - GAP)
    rows = []
    for number, line in enumerate(lines):
        if not line.text or not line.label:
            text = line.text or line.label
            rows += [FlowedRow(number, "", piece) for piece in pieces(printable(text), width)]
            continue
        first, *more = pieces(printable(line.text), room)
        rows.append(FlowedRow(number, cut(printable(line.label)[:80], labels), first))
        rows += [FlowedRow(number, "", piece) for piece in more]
    return rows


def pieces(text: str, width: int) -> list[str]:
    """A text in at most `MOST_ROWS` pieces no wider than `width`.

    It is broken at a space if there is one, else behind what ends a part of a name.
    """
    found: list[str] = []
    while cells(text[: width + 1]) > width and len(found) < MOST_ROWS - 1:
        end = fitting(text, width)
        end = break_of(text, width // 2, end)
        found.append(text[:end])
        text = text[end:].lstrip(" ")
    return [*found, cut(text[: 2 * width], width)]


def break_of(text: str, least: int, end: int) -> int:
    """Where between `least` and `end` a text is best broken; at `end` where nothing ends."""
    space = text.rfind(" ", least, end + 1)
    if space > 0:
        return space
    part = max(text.rfind(sign, least, end) for sign in PART_ENDS)
    return part + 1 if part > 0 else end


def fitting(text: str, width: int) -> int:
    """How many characters of a text fit into `width` columns, at least one."""
    end = width
    while end > 1 and cells(text[:end]) > width:
        end -= 1
    return end
