"""A tab of text: lines that are made in the background, and read by scrolling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.worker import Worker, WorkerState

from inspector.tui.columns import Cell, Column, Span
from inspector.tui.panes.listing import Listing


class TextLine(NamedTuple):
    """A line, in one of the listing's styles."""

    text: str
    style: str = ""


class Document(Listing):
    """Lines of text. A subclass says what they are in `written`, which runs in a thread."""

    columns = (Column(""),)
    leads_on = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[TextLine] = [TextLine("reading …", "dim")]

    def written(self, width: int) -> list[TextLine]:
        """The lines, none wider than `width` if that can be helped."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin to write."""
        self.call_after_refresh(self.write)

    def write(self) -> None:
        """Write the lines anew, in the background."""
        width = max(20, self.scrollable_content_region.width - 2)
        self.run_worker(
            lambda: self.written(width), thread=True, exclusive=True, exit_on_error=False
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what was written, or that it could not be."""
        if event.state is WorkerState.SUCCESS:
            self.lines = event.worker.result or [TextLine("there is nothing to tell", "dim")]
            self.rebuild()
        elif event.state is WorkerState.ERROR:
            self.lines = [TextLine(f"this could not be told: {event.worker.error}", "warning")]
            self.rebuild()

    def on_show_tab(self) -> None:
        """The text has the focus."""
        self.focus()

    @property
    def row_count(self) -> int:
        """The lines."""
        return len(self.lines)

    def row_style(self, index: int) -> str:
        """The line's own."""
        return self.lines[index].style

    def cells(self, index: int) -> Sequence[Cell]:
        """One line."""
        return [(Span(self.lines[index].text),)]

    def copied(self) -> str:
        """The line under the cursor."""
        return self.lines[self.cursor].text.strip()
