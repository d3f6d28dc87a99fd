"""The graph around an operator, drawn: boxes and lines, growing on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from inspector.errors import ModelError
from inspector.report.text import printable
from inspector.report.words import shape_of
from inspector.tui.drawing.neighbourhood import Node, Surroundings, around
from inspector.tui.drawing.picture import Label, Picture, picture
from inspector.tui.drawing.walking import next_box
from inspector.tui.panes.pane import Pane
from inspector.tui.places import Kind, Place, operator_at, tensor_at
from inspector.tui.rectangle import Rectangle

STEPS, MOST_STEPS = 3, 40
EMPTY = Picture((), {})


class DrawingTab(ScrollView, Pane, can_focus=True, inherit_bindings=False):
    """What an operator reads from and what reads from it, and so on for some steps.

    The arrows go from box to box; the picture stays until somebody goes to an operator that is
    not in it, or asks for one around another.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "walk(0, -1)", "To the box above", show=False),
        Binding("down,j", "walk(0, 1)", "To the box below", show=False),
        Binding("left,h", "walk(-1, 0)", "To the box on the left", show=False),
        Binding("right,l", "walk(1, 0)", "To the box on the right", show=False),
        Binding("plus", "grow(1)", "More", tooltip="draw a step further out"),
        Binding("minus", "grow(-1)", "Less", tooltip="draw a step less"),
        Binding("c", "centre", "Centre", tooltip="draw around this one"),
        Binding("enter", "choose", "Details"),
        Binding("shift+left", "scroll(-16, 0)", "Scroll left", show=False),
        Binding("shift+right", "scroll(16, 0)", "Scroll right", show=False),
        Binding("pageup,ctrl+b", "scroll(0, -12)", "Scroll up", show=False),
        Binding("pagedown,ctrl+f", "scroll(0, 12)", "Scroll down", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "drawing--line",
        "drawing--border",
        "drawing--title",
        "drawing--detail",
        "drawing--count",
        "drawing--focus",
    }

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.steps = STEPS
        self.root: Place | None = None
        self.picture = EMPTY
        self.focus_box: Rectangle | None = None
        self._surroundings: tuple[int, Surroundings] | None = None

    def on_mount(self) -> None:
        """Follow the user, and the survey of what they look at."""
        self.watch(self.browser, "place", self.go_to)
        self.watch(self.browser, "surveys", self.draw_place, init=False)

    def on_show_tab(self) -> None:
        """The drawing has the focus."""
        self.focus()
        self.draw_place()

    def draw_place(self) -> None:
        """Draw where the user is."""
        self.go_to(self.browser.place)

    @property
    def here(self) -> Node | None:
        """The node that the user looks at."""
        anchor = self.session.anchor(self.browser.place)
        place = anchor or self.browser.place
        if place.kind is Kind.OPERATOR:
            return Node(place.index)
        return Node(-1, place.index) if place.kind is Kind.TENSOR else None

    def go_to(self, place: Place) -> None:
        """Show a place: in the picture as it is, if it has it, else in a new one around it."""
        node, every = self.here, self.surroundings(place.subgraph)
        if node is None or every is None or not every.knows(node):
            self.picture = EMPTY
        elif self.root is None or self.root.subgraph != place.subgraph or node not in self.boxes:
            self.draw(place.subgraph, node)
        self.focus_box = self.boxes.get(node) if node else None
        self.virtual_size = self.extent
        self.refresh()
        self.call_after_refresh(self.keep_in_sight)

    @property
    def boxes(self) -> dict[Node, Rectangle]:
        """Where each node is drawn."""
        return self.picture.boxes

    @property
    def extent(self) -> Size:
        """The size of the picture."""
        width = max((sum(len(text) for text, _ in row) for row in self.picture.rows), default=0)
        return Size(width, len(self.picture.rows))

    @property
    def margin(self) -> int:
        """Columns before a picture that is narrower than the screen."""
        return max(0, (self.scrollable_content_region.width - self.virtual_size.width) // 2)

    def cell_at(self, x: int, y: int) -> tuple[int, int]:
        """The cell of the picture that is drawn at a place of the widget."""
        return x + round(self.scroll_x) - self.margin, y + round(self.scroll_y)

    def surroundings(self, subgraph: int) -> Surroundings | None:
        """Who is next to whom, once the subgraph has been read whole."""
        survey = self.session.surveyed(subgraph)
        if survey is None:
            return None
        if self._surroundings is None or self._surroundings[0] != subgraph:
            inputs = survey.part.subgraph.inputs
            found = Surroundings(survey.part.operators, survey.graph, inputs)
            self._surroundings = subgraph, found
        return self._surroundings[1]

    def draw(self, subgraph: int, node: Node) -> None:
        """Make the picture around a node."""
        self.root = operator_at(subgraph, node.operator) if node.operator >= 0 else None
        self.root = self.root or tensor_at(subgraph, node.tensor)
        self.redraw()

    def redraw(self) -> None:
        """Make the picture anew, in as many steps as are wanted now."""
        if self.root is None:
            return
        every = self.surroundings(self.root.subgraph)
        if every is None:
            return
        is_operator = self.root.kind is Kind.OPERATOR
        root = Node(self.root.index) if is_operator else Node(-1, self.root.index)
        part = around(every, root, self.steps)
        self.picture = picture(part, self.label)

    def label(self, node: Node) -> Label:
        """What the box of a node says."""
        assert self.root is not None
        subgraph = self.session.model.subgraphs[self.root.subgraph]
        try:
            if node.operator < 0:
                tensor = subgraph.tensors[node.tensor]
                return Label(f"input {printable(tensor.name)}", shape_of(tensor))
            operator = subgraph.operators[node.operator]
            title = f"{operator.index} {printable(operator.name)}"
            outputs = [subgraph.tensors[t] for t in operator.outputs if t >= 0]
            return Label(title, "  ".join(map(shape_of, outputs[:2])))
        except ModelError:
            return Label(str(node.operator), "cannot be read")

    def keep_in_sight(self) -> None:
        """Scroll to the box that has the focus, with a little of what is around it."""
        box = self.boxes.get(self.here) if self.here else None
        if box is not None:
            around_it = Region(box.x + self.margin - 4, box.y - 3, box.width + 8, box.height + 6)
            self.scroll_to_region(around_it, animate=False, force=True, center=False)

    def render_line(self, y: int) -> Strip:
        """Line `y` of the widget."""
        width = self.scrollable_content_region.width
        row = y + round(self.scroll_y)
        if row >= len(self.picture.rows):
            text = "" if self.picture.rows or y else self.nothing()
            return Strip([Segment(text, self.rich_style)]).adjust_cell_length(
                width, self.rich_style
            )
        left = round(self.scroll_x)
        segments = [Segment(" " * self.margin, self.rich_style), *self.pieces(row)]
        return (
            Strip(segments)
            .adjust_cell_length(max(left + width, self.virtual_size.width), self.rich_style)
            .crop(left, left + width)
        )

    def nothing(self) -> str:
        """Why there is no picture."""
        known = self.session.surveyed(self.browser.place.subgraph)
        return " nothing to draw here" if known else " the subgraph is being read …"

    def pieces(self, row: int) -> Iterator[Segment]:
        """The pieces of a row of the picture in their styles."""
        x = 0
        for text, style in self.picture.rows[row]:
            in_focus = self.focus_box is not None and self.focus_box.holds(x, row)
            yield Segment(text, self.styled(style, in_focus=in_focus))
            x += len(text)

    def styled(self, name: str, *, in_focus: bool) -> Style:
        """The style of a piece of the picture; counts keep theirs in the box with the focus."""
        if not name:
            return self.rich_style
        found = self.get_component_rich_style(f"drawing--{name}")
        if in_focus and name != "count":
            found += self.get_component_rich_style("drawing--focus", partial=True)
        return found

    def place_of(self, node: Node) -> Place:
        """Where in the model a node is."""
        subgraph = self.browser.place.subgraph
        if node.operator >= 0:
            return operator_at(subgraph, node.operator)
        return tensor_at(subgraph, node.tensor)

    def targets(self) -> Iterator[tuple[Offset, Node]]:
        """The boxes on the screen, each with where it begins: what the jump mode labels."""
        region = self.scrollable_content_region
        left, top = self.cell_at(0, 0)
        for node, box in self.boxes.items():
            x, y = box.x - left, box.y - top
            if 0 <= x < region.width and 0 <= y < region.height:
                yield Offset(region.x + x, region.y + y), node

    def visit(self, node: Node) -> None:
        """Go to a box."""
        self.browser.look(self.place_of(node))

    def on_click(self, event: events.Click) -> None:
        """A click goes to a box; a second one to its details."""
        x, y = self.cell_at(event.x, event.y)
        for node, box in self.boxes.items():
            if box.holds(x, y):
                if event.chain > 1:
                    self.browser.follow(self.place_of(node))
                else:
                    self.visit(node)

    def action_walk(self, across: int, down: int) -> None:
        """Go to the nearest box in a direction."""
        here = self.here
        found = next_box(self.boxes, here, across, down) if here in self.boxes else None
        if found is not None:
            self.visit(found)

    def action_grow(self, steps: int) -> None:
        """Draw more steps around the operator, or fewer."""
        self.steps = max(1, min(self.steps + steps, MOST_STEPS))
        self.root = None if self.here not in self.boxes else self.root
        before = len(self.boxes)
        self.redraw()
        if self.here not in self.boxes:  # it was at the edge of what is no longer drawn
            self.root = None
        self.draw_place()
        if steps > 0 and len(self.boxes) == before:
            self.browser.tell("there is nothing more around it")

    def action_centre(self) -> None:
        """Draw the picture around the box that has the focus."""
        self.root = None
        self.draw_place()

    def action_choose(self) -> None:
        """Go to the details of the box that has the focus."""
        self.browser.follow(self.browser.place)

    def action_scroll(self, across: int, down: int) -> None:
        """Scroll by so many cells."""
        self.scroll_relative(across, down, animate=False)

    def copied(self) -> str:
        """The picture as text."""
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self.picture.rows)
