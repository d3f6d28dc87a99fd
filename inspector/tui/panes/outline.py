"""The outline of a subgraph: operators in groups, with output shapes, parameters and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from inspector.errors import ModelError
from inspector.read.records import Tensor
from inspector.report.bars import bar, sparkline
from inspector.report.text import count_text
from inspector.report.words import shape_of
from inspector.tui.columns import Cell, Column, Span, cell
from inspector.tui.outline import Group, Outline
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Kind, Place
from inspector.tui.survey import Cost

BAR = 6
COLUMNS = (
    Column("operator", are_names=True),
    Column("output", 13, from_width=44),
    Column("params", 7, "right", from_width=52),
    Column("share", BAR, from_width=90),
    Column("MACs", 7, "right"),
    Column("share", BAR, from_width=60),
)
VALUES = Column("values", 10, from_width=60)
"""Beside the others when the model has been run: the histogram of what each operator gave."""


class OutlinePane(Listing):
    """The operators of the subgraph, in groups."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "open", "Open", show=False),
        Binding("left,h", "close", "Close", show=False),
        Binding("space", "unfold", "Open or close", show=False),
        Binding("plus", "open_all", "Open all groups", show=False),
        Binding("minus", "close_all", "Close all groups", show=False),
    ]
    columns: Sequence[Column] = COLUMNS
    drawn: Outline | None = None
    drawn_rows = 0

    def on_mount(self) -> None:
        """Follow the user, and the survey of what they look at."""
        self.watch(self.browser, "place", self.go_to)
        self.watch(self.browser, "surveys", self.go_to_place, init=False)
        self.watch(self.browser, "found", self.repaint, init=False)
        self.watch(self.browser, "captured", self.show_values)

    def show_values(self) -> None:
        """The model has been run."""
        self.columns = COLUMNS if self.browser.captured is None else (*COLUMNS, VALUES)
        self.refresh()

    @property
    def outline(self) -> Outline:
        """What is shown."""
        return self.session.outline(self.browser.place.subgraph)

    @property
    def row_count(self) -> int:
        """The rows of open groups."""
        return len(self.outline.rows)

    def repaint(self) -> None:
        """Draw the rows anew."""
        self.refresh()

    def go_to_place(self) -> None:
        """Put the cursor where the user is."""
        self.go_to(self.browser.place)

    def go_to(self, place: Place) -> None:
        """Open the groups around a place and put the cursor there."""
        anchor = self.session.anchor(place)
        index = self.outline.reveal(anchor) if anchor else self.cursor
        if self.drawn is not self.outline or self.drawn_rows != len(self.outline.rows):
            self.redraw()
        self.put_cursor(index)

    def redraw(self) -> None:
        """Draw the outline, which has other rows than before."""
        self.drawn, self.drawn_rows = self.outline, len(self.outline.rows)
        self.rebuild()

    def moved(self, index: int) -> None:
        """Look at the operator or group of a row."""
        self.browser.look(self.outline.place(index))

    def chosen(self, index: int) -> None:
        """Open or close a group; go into the details of an operator."""
        if isinstance(self.outline.rows[index].item, Group):
            self.action_unfold()
        else:
            self.browser.enter_details()

    def item(self) -> Group | int:
        """What is under the cursor; operator 0 where there are no rows."""
        rows = self.outline.rows
        return rows[self.cursor].item if rows else 0

    def action_unfold(self) -> None:
        """Open the group under the cursor, or close it."""
        item = self.item()
        if isinstance(item, Group) and not self.outline.is_open(item):
            self.action_open()
        else:
            self.action_close()

    def action_open(self) -> None:
        """Open a group; where it is open, go into it; from an operator into its details."""
        item = self.item()
        if not isinstance(item, Group):
            self.browser.enter_details()
        elif self.outline.is_open(item):
            self.action_move(1)
        else:
            self.outline.open(self.cursor)
            self.redraw()

    def action_close(self) -> None:
        """Close a group; where it is closed, or from an operator, go to the group around it."""
        item = self.item()
        if isinstance(item, Group) and self.outline.is_open(item):
            self.outline.close(self.cursor)
            self.redraw()
        else:
            self.visit(self.outline.parent(self.cursor) if self.outline.rows else 0)

    def action_open_all(self) -> None:
        """Open every group."""
        self.outline.open_all()
        self.go_to_place()

    def action_close_all(self) -> None:
        """Close every group."""
        if not self.outline.rows:
            return
        place = self.outline.place(self.cursor)
        self.outline.close_all()
        self.redraw()
        self.visit(self.outline.visible_row(place))

    def copied(self) -> str:
        """The name of the layer, or the label of the group."""
        item = self.item()
        survey = self.session.surveyed(self.outline.subgraph)
        if isinstance(item, Group):
            return item.label
        return survey.names.get(item, str(item)) if survey else str(item)

    def row_style(self, index: int) -> str:
        """What the search has found stands out."""
        item = self.outline.rows[index].item
        if isinstance(item, Group):
            return ""
        place = Place(self.outline.subgraph, Kind.OPERATOR, item)
        return "hit" if place in self.browser.found else ""

    def cells(self, index: int) -> Sequence[Cell]:
        """A group with its sums, or an operator."""
        item, depth = self.outline.rows[index]
        if isinstance(item, Group):
            sign = "▾ " if self.outline.is_open(item) else "▸ "
            label = (
                Span("  " * depth + sign, "dim"),
                Span(item.label, "strong"),
                Span(f"  {item.operators:,}", "dim"),
            )
            return [label, cell(""), *self.costs(item.cost), *self.values(())]
        return self.operator_cells(item, depth)

    def operator_cells(self, index: int, depth: int) -> list[Cell]:
        """An operator: index and type, the name of its layer, what it gives, what it costs."""
        subgraph = self.session.model.subgraphs[self.outline.subgraph]
        try:
            operator = subgraph.operators[index]
        except ModelError:
            label = Span(f"{index} damaged", "warning")
            return [(Span("  " * depth + "  "), label), *[cell("")] * (len(self.columns) - 1)]
        survey = self.session.surveyed(self.outline.subgraph)
        name = survey.names.get(index, "") if survey else ""
        digits = len(str(len(subgraph.operators) - 1))
        label_cell = (
            Span("  " * depth + f"  {index:>{digits}} ", "dim"),
            Span(f"{operator.name}  "),
            Span(name, "dim"),
        )
        try:
            made = [subgraph.tensors[i] for i in operator.outputs if i >= 0]
        except ModelError:
            made = []
        shape = shape_of(made[0]) if made else ""
        cost = survey.costs.get(index, Cost()) if survey else Cost()
        return [label_cell, cell(shape), *self.costs(cost), *self.values(made)]

    def values(self, made: Sequence[Tensor]) -> list[Cell]:
        """What the last run saw of what an operator gives: no cell where there was no run."""
        captured = self.browser.captured
        if captured is None or VALUES not in self.columns:
            return []
        seen = [captured.now(self.outline.subgraph, tensor.index) for tensor in made[:1]]
        drawn = [each.found.histogram for each in seen if each and each.found]
        texts = [sparkline(each, VALUES.width, blocks=True) for each in drawn if each]
        return [cell("".join(texts), "bar")]

    def costs(self, cost: Cost) -> list[Cell]:
        """Parameters and multiply-accumulates, each with a bar of its share of the subgraph."""
        survey = self.session.surveyed(self.outline.subgraph)
        total = survey.total if survey else Cost()
        found = []
        for part, whole in ((cost.parameters, total.parameters), (cost.macs, total.macs)):
            found.append(cell(count_text(part) if part else ""))
            found.append(cell(bar(part, whole, BAR, blocks=True) if part else "", "bar"))
        return found
