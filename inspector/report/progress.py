"""A progress bar on stderr, for work that turns out to last."""

from __future__ import annotations

import sys
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING

from inspector.report.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PATIENCE = 1.0
"""Seconds of silence before the bar is shown."""


class Progress:
    """Shows how far `what` has come, on a terminal and when it lasts over a second.

    >>> with Progress("capturing", total=len(tensors)) as progress:
    ...     for tensor in tensors:
    ...         progress.advance()

    Without a `total`, the bar only moves.
    """

    def __init__(self, what: str, total: int | None = None) -> None:
        self.what, self.total, self.done = printable(what), total, 0
        self._bar: Bar | None = None
        self._lock = Lock()
        self._over = False
        self._timer = Timer(PATIENCE, self._show)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def advance(self, steps: int = 1) -> None:
        """Tell that so many more steps are done."""
        with self._lock:
            self.done += steps
            self._update()

    def describe(self, what: str) -> None:
        """Tell what is being done now."""
        with self._lock:
            self.what = printable(what)
            self._update()

    def _update(self) -> None:
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=self.done, description=self.what)

    def _show(self) -> None:
        from rich.progress import Progress as Bar

        from inspector.report.console import messages

        with self._lock:
            if self._over:
                return
            self._bar = Bar(console=messages(), transient=True)
            self._bar.add_task(self.what, total=self.total, completed=self.done)
            self._bar.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar:
                self._bar.stop()
