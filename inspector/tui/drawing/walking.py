"""From box to box with the arrow keys."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.tui.drawing.neighbourhood import Node
from inspector.tui.rectangle import Rectangle

ASIDE = 3
"""How much further a cell aside counts than one straight ahead: rows are twice as high as wide."""


def next_box(boxes: Mapping[Node, Rectangle], here: Node, across: int, down: int) -> Node | None:
    """The nearest box in a direction, of which one coordinate is -1 or 1; None at the edge."""
    start = boxes[here]
    ahead: list[tuple[float, Node]] = []
    for node, box in boxes.items():
        x = box.x + box.width / 2 - (start.x + start.width / 2)
        y = box.y - start.y
        way, aside = (y * down, abs(x)) if down else (x * across, abs(y) * ASIDE)
        if node != here and way > 0:
            ahead.append((way * (ASIDE if down else 1) + aside, node))
    return min(ahead)[1] if ahead else None
