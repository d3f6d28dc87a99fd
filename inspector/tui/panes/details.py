"""What there is to say of where the user is; lines that lead somewhere are followed by Enter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.timer import Timer
from textual.worker import Worker, WorkerState

from inspector.tui.columns import Cell, Column, Span
from inspector.tui.details import Line, details_of
from inspector.tui.flow import FlowedRow, flowed, label_width
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Place
from inspector.tui.session import Session

ARROW = "→"
LEAST = 10
"""Columns that lines are laid into, however narrow the pane is."""
REST = 0.15
"""Seconds that a user stays before constants are measured: not while they run through a list."""


def measure(session: Session, place: Place, width: int) -> tuple[Place, list[Line]]:
    """What is measured at a place; NumPy is imported here, in the worker."""
    from inspector.tui.measuring import measured_lines

    return place, measured_lines(session, place, width)


class DetailsPane(Listing):
    """The details of the place at hand."""

    columns = (Column(""),)

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []
        self.rows: list[FlowedRow] = []
        self.rest: Timer | None = None

    def on_mount(self) -> None:
        """Follow the user, and the survey of what they look at."""
        self.watch(self.browser, "place", self.show_place)
        self.watch(self.browser, "surveys", self.show_place, init=False)

    @property
    def row_count(self) -> int:
        """The rows that the lines take at this width."""
        return len(self.rows)

    def show_place(self) -> None:
        """Show the details of where the user is, from the top."""
        self.lines = details_of(self.session, self.browser.place)
        self.reflow()
        self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self.put_cursor(self.first_target())
        if self.rest is not None:
            self.rest.stop()
        self.rest = self.set_timer(REST, self.measure)

    def measure(self) -> None:
        """Measure the constants of the place that the user has come to rest at."""
        place, width = self.browser.place, self.room - 1
        work = partial(measure, self.session, place, width)
        self.run_worker(work, thread=True, exclusive=True, group="measure", exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Add what was measured, if the user is still there."""
        if event.state is WorkerState.SUCCESS and event.worker.result:
            place, lines = event.worker.result
            if place == self.browser.place and lines:
                self.lines += lines
                self.reflow()
        elif event.state is WorkerState.ERROR:
            self.browser.complain(f"the constants could not be measured: {event.worker.error}")

    @property
    def room(self) -> int:
        """The columns for lines, beside the cursor and a scrollbar, which comes with the rows."""
        return self.content_region.width - self.styles.scrollbar_size_vertical - 1

    def reflow(self) -> None:
        """Lay the lines into the width of the pane, once it has one."""
        self.rows = flowed(self.lines, max(LEAST, self.room)) if self.room > 0 else []
        self.rebuild()

    def on_resize(self) -> None:
        """Lay the lines anew."""
        line = self.rows[self.cursor].line if self.rows else None
        self.reflow()
        if line is None:
            self.put_cursor(self.first_target())
            return
        rows = (i for i, row in enumerate(self.rows) if row.line == line)
        self.put_cursor(next(rows, 0))

    def first_target(self) -> int:
        """The first row in sight that leads on, to an operator after this one if there is one."""
        rows = self.rows[: self.scrollable_content_region.height or None]
        targets = [i for i, row in enumerate(rows) if self.lines[row.line].target]
        onward = [i for i in targets if self.rows[i].label == "to"]
        return (onward or targets or [0])[0]

    def chosen(self, index: int) -> None:
        """Follow a line to where it leads."""
        target = self.lines[self.rows[index].line].target
        if target is not None:
            self.browser.follow(target)

    def copied(self) -> str:
        """The whole text of the line under the cursor."""
        line = self.lines[self.rows[self.cursor].line] if self.rows else Line("")
        return line.text or line.label

    def row_style(self, index: int) -> str:
        """Headings and warnings stand out."""
        style = self.lines[self.rows[index].line].style
        return {"heading": "strong"}.get(style, style)

    def cells(self, index: int) -> Sequence[Cell]:
        """A label and a text in one cell, so that a heading takes the whole width."""
        _, label, text = self.rows[index]
        line = self.lines[self.rows[index].line]
        if not (line.label and line.text):
            return [(Span(text),)]
        width = label_width(self.lines)
        sign = ARROW if line.target and label else " "
        return [(Span(f"{label:<{width}} ", "dim"), Span(f"{sign} ", "accent"), Span(text))]
