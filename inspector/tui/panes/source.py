"""The lines of the source that the model was rebuilt as, with the operators that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.message import Message

from inspector.tui.columns import Cell, Column, Span, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Kind, Place
from inspector.tui.rebuilt import Rebuilt

SHOWN = 2
"""Operators that are named on a line; it may stand for more."""


class SourceLines(Listing):
    """The rebuilt source; the cursor takes the operator of its line along."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--keyword",
        "listing--definition",
        "listing--string",
        "listing--number",
        "listing--comment",
        "listing--statement",
    }
    columns = (Column("", 4, "right"), Column(""), Column("", 16, from_width=116))

    class Chosen(Message):
        """Somebody wants to see the operator of a line in the graph."""

        def __init__(self, place: Place) -> None:
            super().__init__()
            self.place = place

    def __init__(self, rebuilt: Rebuilt, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rebuilt = rebuilt

    def on_mount(self) -> None:
        """Begin at where the user is."""
        super().on_mount()
        self.focus()
        self.call_after_refresh(self.go_to, self.browser.place)

    def go_to(self, place: Place) -> None:
        """Put the cursor on the line of an operator; where it has none, say why."""
        anchor = self.session.anchor(place)
        line = self.rebuilt.line_of.get(anchor) if anchor else None
        if anchor and line is not None:
            self.put_cursor(line)
        elif anchor and anchor.kind is Kind.OPERATOR:
            reason = self.rebuilt.folded.get(anchor, "it is not in the script's own models")
            self.browser.tell(f"operator {anchor.index} has no line of its own: {reason}")

    @property
    def row_count(self) -> int:
        """The lines."""
        return len(self.rebuilt.lines)

    def row_style(self, index: int) -> str:
        """All lines of the statement under the cursor stand out."""
        here = self.places(self.cursor)
        return "statement" if here and index != self.cursor and self.places(index) == here else ""

    def places(self, line: int) -> list[Place]:
        """The operators that a line stands for."""
        return self.rebuilt.operators.get(line, [])

    def cells(self, index: int) -> Sequence[Cell]:
        """The number of a line, the line, its operators."""
        places = self.places(index)
        named = " ".join(f"#{place.index}" for place in places[:SHOWN])
        more = " …" if len(places) > SHOWN else ""
        line = self.rebuilt.lines[index] or (Span(""),)
        return [cell(str(index + 1), "dim"), line, cell(named + more, "accent")]

    def moved(self, index: int) -> None:
        """Take the user to the operator of the line."""
        self.refresh()
        if self.places(index):
            self.browser.look(self.places(index)[0])

    def chosen(self, index: int) -> None:
        """Leave for the operator in the graph."""
        if self.places(index):
            self.post_message(self.Chosen(self.places(index)[0]))
        else:
            self.browser.complain("this line stands for no operator")

    def copied(self) -> str:
        """The line under the cursor."""
        return "".join(span.text for span in self.rebuilt.lines[self.cursor])
