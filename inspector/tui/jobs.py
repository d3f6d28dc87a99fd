"""What takes long because a model runs: one job at a time, in a thread, with progress and an end.

The interpreter lives in a process of its own (`interpreter.py`); a job that is cancelled, and one
whose interpreter died, is a message.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from inspector.errors import InspectorError

if TYPE_CHECKING:
    from inspector.run.isolation import Pool
    from inspector.run.process import Limits
    from inspector.tui.app import Browser
    from inspector.tui.interpreter import Interpreter

Told: TypeAlias = Callable[[str], None]
Result = TypeVar("Result")

GROUP = "models"
"""The group of the workers in which models run."""


class Jobs:
    """The job that is under way, if there is one: `what` it is, and how `far` it has come."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.far = ""
        self.limits: Limits | None = None
        self._interpreter: Interpreter | None = None

    @property
    def what(self) -> str:
        """What is under way; empty where nothing is."""
        return self.browser.job

    def start(
        self,
        what: str,
        work: Callable[[Pool, Told], Result],
        done: Callable[[Result], object],
        failed: Callable[[str], object] | None = None,
    ) -> None:
        """Do some work in a thread, and then call `done` with what it gave.

        `work` gets the pool that its sessions live in, and what to tell its progress to. What goes
        wrong is told to `failed`, else it is a message.
        """
        if self.what:
            self.browser.complain(f"{self.what} is still under way; Escape cancels it")
            return
        self.browser.job, self.far = what, ""
        run = partial(self._run, work, done, failed or self.browser.complain)
        self.browser.run_worker(run, thread=True, exit_on_error=False, group=GROUP)

    def _run(
        self,
        work: Callable[[Pool, Told], Result],
        done: Callable[[Result], object],
        failed: Callable[[str], object],
    ) -> None:
        """In the thread. Messages go by `call_later`, which waits for nobody."""
        browser, what = self.browser, self.what
        interpreter = self.interpreter()
        try:
            with interpreter.job() as pool:
                try:
                    found = work(pool, self._tell)
                except (InspectorError, OSError, MemoryError) as error:
                    message = f"{what}: cancelled" if pool.cancelled else f"{error}"
                    browser.call_later(failed, message)
                else:
                    browser.call_later(done, found)
        finally:
            browser.call_later(self._over)

    def _tell(self, far: str) -> None:
        self.far = far

    def _over(self) -> None:
        self.browser.job = ""

    def interpreter(self) -> Interpreter:
        """The process that models run in; what it needs is imported only now."""
        if self._interpreter is None:
            from inspector.tui.interpreter import Interpreter

            self._interpreter = Interpreter(self.limits)
        return self._interpreter

    def cancel(self) -> None:
        """End the job that is under way."""
        if self._interpreter is not None and self._interpreter.cancel():
            self.far = "cancelling …"

    def close(self) -> None:
        """End everything: the browser is left."""
        if self._interpreter is not None:
            self._interpreter.close()
