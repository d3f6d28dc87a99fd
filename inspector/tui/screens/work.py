"""A command of `tfli` under way: how long it has run, and the way to stop it."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import join
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from inspector.report.text import cut, printable
from inspector.tui.command_line import Outcome, run

PERIOD = 0.2
"""Seconds between two looks at the clock."""
WIDTH = 70


class WorkScreen(ModalScreen[Outcome | None]):
    """Runs a command and gives back how it ended; None when it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+c", "stop", "Cancel")]

    def __init__(self, title: str, arguments: Sequence[str]) -> None:
        super().__init__()
        self.what, self.arguments = title, arguments
        self.began = monotonic()
        self.worker: Worker[Outcome] | None = None

    def compose(self) -> ComposeResult:
        """The command, and how long it has run."""
        with Vertical(id="work") as box:
            box.border_title, box.border_subtitle = self.what, "Escape cancels"
            yield Static(cut(printable(join(["tfli", *self.arguments])), WIDTH), markup=False)
            yield Static(id="work-time", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.worker = self.run_worker(run(self.arguments), exit_on_error=False)
        self.set_interval(PERIOD, self.look)
        self.look()

    def look(self) -> None:
        """Tell the time."""
        cancelled = self.worker is not None and self.worker.is_cancelled
        doing = "stopping" if cancelled else "working"
        text = f"{doing} … {monotonic() - self.began:.0f} s"
        self.query_one("#work-time", Static).update(text)

    def action_stop(self) -> None:
        """Stop the command."""
        if self.worker is not None:
            self.worker.cancel()
            self.look()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Give back what came of it."""
        if event.state is WorkerState.SUCCESS:
            self.dismiss(event.worker.result)
        elif event.state is WorkerState.CANCELLED:
            self.dismiss(None)
        elif event.state is WorkerState.ERROR:
            self.dismiss(Outcome(2, "", str(event.worker.error)))
