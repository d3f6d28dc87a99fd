"""Where the bytes are: rectangles as large as their share, one inside of the other on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.strip import Strip

from inspector.report.text import bytes_text, cells, counted, cut, printable
from inspector.tui.bytes_map import BytesMap, Share
from inspector.tui.panes.pane import Pane
from inspector.tui.pictures.treemap import beside, treemap
from inspector.tui.places import Kind, Place, subgraph_at
from inspector.tui.rectangle import Rectangle

SHADES = 5
STYLES = (*(f"treemap--{k}" for k in range(SHADES)), "treemap--cursor", "treemap--path")
CURSOR = "› "
LABEL = 3
"""Lines that a label takes: name, bytes, share."""


class TreemapPane(Pane, can_focus=True):
    """The bytes of weights: by group, operator and constant.

    Enter looks into a rectangle, Backspace goes out of it again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "walk(0, -1)", "Up", show=False),
        Binding("down,j", "walk(0, 1)", "Down", show=False),
        Binding("left,h", "walk(-1, 0)", "Left", show=False),
        Binding("right,l", "walk(1, 0)", "Right", show=False),
        Binding("home", "choose(0)", "The largest", show=False),
        Binding("enter", "enter", "Look into it"),
        Binding("backspace", "leave", "Out again", key_display="⌫"),
        Binding("d", "details", "Details"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {*STYLES}

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.map: BytesMap | None = None
        self.inside = subgraph_at(0)
        self.shares: list[Share] = []
        self.boxes: dict[int, Rectangle] = {}
        self.cursor = 0

    def on_mount(self) -> None:
        """Follow the user to another subgraph, and its survey."""
        self.watch(self.browser, "place", self.measure)
        self.watch(self.browser, "surveys", self.measure, init=False)

    def measure(self) -> None:
        """Show the subgraph at hand, if that is another one."""
        index = self.browser.place.subgraph
        survey = self.session.surveyed(index) if self.display else None
        if survey is not None and (self.map is None or self.map.subgraph != index):
            self.map = BytesMap(self.session, survey)
            self.go_into(subgraph_at(index))

    def go_into(self, place: Place, cursor: Place | None = None) -> None:
        """Show what a place consists of, the cursor on one of its parts."""
        assert self.map is not None
        self.inside, self.shares = place, self.map.shares(place)
        places = [share.place for share in self.shares]
        self.cursor = places.index(cursor) if cursor in places else 0
        self.lay_out()

    def on_resize(self) -> None:
        """Lay out anew."""
        self.lay_out()

    def lay_out(self) -> None:
        """Give each part its rectangle; those too small for a character have none."""
        sizes = [share.size for share in self.shares]
        found = treemap(sizes, self.size.width, self.size.height - 1)
        self.boxes = {k: box for k, box in enumerate(found) if box.width and box.height}
        if self.cursor not in self.boxes:
            self.cursor = 0
        self.refresh()

    def title(self) -> str:
        """The way to what is shown, and its bytes."""
        if self.map is None:
            return " the subgraph is being read …"
        if not self.shares:
            return " there are no weights here"
        names = [self.name_of(place) for place in self.map.path(self.inside)]
        size = bytes_text(sum(share.size for share in self.shares))
        return f" {' › '.join(names)}   {size} in {counted(len(self.shares), 'part')}"

    def name_of(self, place: Place) -> str:
        """What a place is called in the way to it."""
        assert self.map is not None
        if place.kind is Kind.GROUP:
            return printable(self.map.outline.groups[place.index].label)
        if place.kind is Kind.OPERATOR:
            return printable(self.map.label(place.index))
        return f"subgraph {place.index}"

    def render_line(self, y: int) -> Strip:
        """The way to what is shown, or a line of the map."""
        width, base = self.size.width, self.rich_style
        if y == 0:
            style = self.get_component_rich_style("treemap--path")
            return Strip([Segment(cut(self.title(), width), style)]).adjust_cell_length(width, base)
        segments: list[Segment] = []
        for index, box in sorted(self.boxes_on(y - 1), key=lambda pair: pair[1].x):
            text = self.text_in(index, box, y - 1 - box.y)
            marked = index == self.cursor and y - 1 - box.y < LABEL
            name = "cursor" if marked else str(index % SHADES)
            style = self.get_component_rich_style(f"treemap--{name}")
            segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(width, base)

    def boxes_on(self, y: int) -> Iterator[tuple[int, Rectangle]]:
        """The rectangles that a line goes through."""
        for index, box in self.boxes.items():
            if box.y <= y < box.y + box.height:
                yield index, box

    def text_in(self, index: int, box: Rectangle, line: int) -> str:
        """Line `line` of a rectangle: its name, bytes and share, and an edge right and below."""
        room = box.width - 1
        if line == box.height - 1 and line:
            return "─" * room + "┘"
        share = self.shares[index]
        whole = sum(each.size for each in self.shares)
        mark = CURSOR if index == self.cursor else " "
        words = [mark + printable(share.label[: 4 * box.width]), f" {bytes_text(share.size)}"]
        words.append(f" {share.size / whole:.1%}")
        text = cut(words[line], room) if line < len(words) and room > 1 else ""
        if index == self.cursor and room <= 1 and not line:
            text = CURSOR[:room]
        return text + " " * (room - cells(text)) + "│"

    @property
    def chosen(self) -> Share | None:
        """The part under the cursor."""
        return self.shares[self.cursor] if self.shares else None

    def action_walk(self, across: int, down: int) -> None:
        """Go to the nearest rectangle in a direction."""
        found = beside(self.boxes, self.cursor, across, down) if self.boxes else None
        if found is not None:
            self.visit(found)

    def action_choose(self, index: int) -> None:
        """Put the cursor on a rectangle."""
        self.visit(index)

    def action_enter(self) -> None:
        """Look into what is under the cursor, or go to the constant that it is."""
        if self.map is None or self.chosen is None:
            return
        place = self.chosen.place
        if place is None:
            self.browser.complain("these are too small to be told apart here")
        elif place.kind is Kind.TENSOR:
            self.browser.follow(place)
        else:
            self.go_into(place)

    def action_leave(self) -> None:
        """Go out to what is around; from the whole subgraph, where the user came from."""
        around = self.map.path(self.inside) if self.map else []
        if len(around) > 1:
            self.go_into(around[-2], self.inside)
        else:
            self.browser.back()

    def action_details(self) -> None:
        """Show the details of what is under the cursor."""
        if self.chosen is not None and self.chosen.place is not None:
            self.browser.follow(self.chosen.place)

    def targets(self) -> Iterator[tuple[Offset, int]]:
        """The rectangles, each with where it begins: what the jump mode labels."""
        left, top = self.content_region.offset
        for index, box in self.boxes.items():
            yield Offset(left + box.x, top + box.y + 1), index

    def visit(self, index: int) -> None:
        """Put the cursor on a rectangle."""
        self.cursor = index
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a rectangle; a second one looks into it."""
        for index, box in self.boxes_on(event.y - 1):
            if box.x <= event.x < box.x + box.width:
                self.visit(index)
                if event.chain > 1:
                    self.action_enter()
                return

    def copied(self) -> str:
        """The label of the rectangle under the cursor."""
        return self.chosen.label if self.chosen else ""
