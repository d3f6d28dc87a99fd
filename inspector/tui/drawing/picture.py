"""A neighbourhood drawn: rows of characters, and where each box is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.report.text import cut
from inspector.tui.drawing.canvas import Canvas
from inspector.tui.drawing.columns import centres
from inspector.tui.drawing.layers import Bend, Key, Layers, layered
from inspector.tui.drawing.neighbourhood import Neighbourhood, Node
from inspector.tui.drawing.tracks import Net, ports, tracks
from inspector.tui.rectangle import Rectangle

WIDEST = 30
HEIGHT = 4
"""Rows of a box: two of text between its borders."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a box says: a line in bold, one below it."""

    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of (text, style), and the box of each node.

    Styles are `line`, `border`, `title`, `detail`, `count`, and "" for blanks. No piece of text is
    both inside a box and outside it.
    """

    rows: tuple[tuple[tuple[str, str], ...], ...]
    boxes: dict[Node, Rectangle]


def picture(part: Neighbourhood, label: Callable[[Node], Label]) -> Picture:
    """Draw a neighbourhood. `label` is asked for each node; its text must be printable."""
    layers = layered(part.nodes, part.edges)
    labels = {node: label(node) for node in part.nodes}
    width: dict[Key, int] = {key: 1 for row in layers.rows for key in row}
    width |= {node: box_width(each) for node, each in labels.items()}
    centre = centres(layers, width)
    canvas, boxes = Canvas(), {}
    y = 0
    for index, row in enumerate(layers.rows):
        for key in row:
            if isinstance(key, Node):
                boxes[key] = Rectangle(centre[key] - width[key] // 2, y, width[key], HEIGHT)
            else:
                canvas.line((centre[key], y), (centre[key], y + HEIGHT - 1), net_of(key))
        y += HEIGHT + connect(canvas, layers, index, y + HEIGHT, centre, width)
    for node, box in boxes.items():
        draw_box(canvas, box, labels[node])
        draw_counts(canvas, box, part.above[node], part.below[node])
    return Picture(tuple(map(tuple, canvas.rows())), boxes)


def net_of(key: Key) -> Key:
    """The node whose value a line carries."""
    return key.source if isinstance(key, Bend) else key


def box_width(label: Label) -> int:
    """Columns that a box takes, with its borders and a blank on both sides."""
    return min(max(len(label.title), len(label.detail)), WIDEST) + 4


def connect(
    canvas: Canvas,
    layers: Layers,
    index: int,
    top: int,
    centre: Mapping[Key, int],
    width: Mapping[Key, int],
) -> int:
    """Draw the lines from a layer to the next, from row `top` on; gives how many rows they take."""
    if index + 1 == len(layers.rows):
        return 0
    upper = set(layers.rows[index])
    edges = [(source, target) for source, target in layers.edges if source in upper]
    into: dict[Key, list[Key]] = {}
    for source, target in edges:
        into.setdefault(target, []).append(source)
    end = ports(into, centre, width)
    ends: dict[Key, list[int]] = {}
    for source, target in edges:
        ends.setdefault(source, []).append(end[source, target])
    nets = [Net(source, centre[source], tuple(sorted(set(at)))) for source, at in ends.items()]
    lying = tracks(nets)
    height = max(lying.values(), default=0) + 1
    for net in nets:
        draw_net(canvas, net, top + lying.get(net.source, 0), top - 1, top + height)
    return height


def draw_net(canvas: Canvas, net: Net, track: int, top: int, bottom: int) -> None:
    """The lines of one net: from the row of its source's border to that of its targets'."""
    whose = net_of(net.source)
    if net.is_straight:
        canvas.line((net.start, top), (net.start, bottom), whose)
        return
    canvas.line((net.start, top), (net.start, track), whose)
    first, last = net.span
    canvas.line((first, track), (last, track), whose)
    for end in net.ends:
        canvas.line((end, track), (end, bottom), whose)


def draw_box(canvas: Canvas, box: Rectangle, label: Label) -> None:
    """The borders and the two lines of text; what comes and goes joins the borders."""
    inside = box.width - 2
    for row, (left, right) in ((box.y, "╭╮"), (box.y + box.height - 1, "╰╯")):
        canvas.border(box.x, row, left + "─" * inside + right, "border")
    lines = ((label.title, "title"), (label.detail, "detail"))
    for row, (text, kind) in enumerate(lines, start=box.y + 1):
        canvas.text(box.x, row, "│", "border")
        room = box.width - 4
        canvas.text(box.x + 1, row, f" {cut(text, room):{room}} ", kind)
        canvas.text(box.x + box.width - 1, row, "│", "border")


def draw_counts(canvas: Canvas, box: Rectangle, above: int, below: int) -> None:
    """How many neighbours are not drawn, in the borders."""
    for count, row, arrow in ((above, box.y, "↑"), (below, box.y + box.height - 1, "↓")):
        if count:
            text = f"{arrow}{count}"
            canvas.text(box.x + box.width - 2 - len(text), row, text, "count")
