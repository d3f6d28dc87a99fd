"""Every weight, measured: ranges, zeros, dead channels, how well integers are used."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import NamedTuple

from textual.worker import Worker, WorkerState, get_current_worker

from inspector.tui.columns import Cell, Column, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Place

PERIOD = 0.1
"""Seconds from one time that rows are added to the next."""

COLUMNS = (
    Column("weight", are_names=True),
    Column("shape", 13, from_width=96),
    Column("min", 8, "right"),
    Column("max", 8, "right"),
    Column("mean", 8, "right", from_width=112),
    Column("std", 7, "right"),
    Column("zeros", 6, "right"),
    Column("distinct", 8, "right", from_width=112),
    Column("dead", 4, "right"),
    Column("at ends", 7, "right"),
    Column("bits", 4, "right"),
    Column("histogram", 12, from_width=90),
)


class Health(NamedTuple):
    """A weight: where it is, and the cells of its row, as `tfli weights --stats` has them."""

    place: Place
    cells: Sequence[str]


class HealthTab(Listing):
    """The weights of the model as they are measured, one by one; Enter goes to one."""

    columns = COLUMNS

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.found: list[Health] = []

    def on_mount(self) -> None:
        """Begin to measure."""
        self.run_worker(self.measure, thread=True, exit_on_error=False)

    def on_show_tab(self) -> None:
        """The listing has the focus."""
        self.focus()

    def measure(self) -> None:
        """Measure weight by weight, in a thread; NumPy is imported here."""
        from inspector.tui.measuring import measured_weights

        worker, waiting, shown_at = get_current_worker(), [], monotonic()
        for place, cells in measured_weights(self.session):
            if worker.is_cancelled:
                return
            waiting.append(Health(place, cells))
            if monotonic() - shown_at > PERIOD:
                self.app.call_from_thread(self.add, waiting)
                waiting, shown_at = [], monotonic()
        self.app.call_from_thread(self.add, waiting)

    def add(self, more: list[Health]) -> None:
        """Show those that have been measured since the last time."""
        self.found += more
        self.rebuild()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say that a weight could not be measured."""
        if event.state is WorkerState.ERROR:
            self.browser.complain(f"the weights could not all be measured: {event.worker.error}")

    @property
    def row_count(self) -> int:
        """The weights that have been measured."""
        return len(self.found)

    def moved(self, index: int) -> None:
        """Look at the weight of a row."""
        self.browser.look(self.found[index].place)

    def chosen(self, index: int) -> None:
        """Show the weight in the graph."""
        self.browser.follow(self.found[index].place)

    def copied(self) -> str:
        """The key of the weight."""
        return self.found[self.cursor].cells[0] if self.found else ""

    def cells(self, index: int) -> Sequence[Cell]:
        """One weight."""
        key, shape, *numbers, bars = self.found[index].cells
        return [cell(key), cell(shape, "dim"), *map(cell, numbers), cell(bars, "bar")]
