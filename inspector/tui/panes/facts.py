"""Lines that tell of one thing."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.tui.columns import Cell, Column, Span
from inspector.tui.panes.listing import Listing


class Facts(Listing):
    """What somebody looks at, line by line."""

    columns = (Column(""),)
    leads_on = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Span] = []

    def show(self, lines: list[Span]) -> None:
        """Show other lines."""
        self.lines = lines
        self.rebuild()

    @property
    def row_count(self) -> int:
        """The lines."""
        return len(self.lines)

    def cells(self, index: int) -> Sequence[Cell]:
        """A line."""
        return [(self.lines[index],)]

    def copied(self) -> str:
        """The line under the cursor."""
        return self.lines[self.cursor].text.strip() if self.lines else ""
