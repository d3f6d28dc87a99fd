"""The process that the browser's interpreters live in: one for as long as the browser runs.

What runs models is asked for in a thread, one job at a time; `cancel` ends the job from another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from inspector.run.isolation import Pool, isolated
from inspector.run.process import Limits, physical_memory

PATIENCE = 300.0
"""Seconds that one run of the interpreter may take."""
MOST_MEMORY = 0.9
"""Of the machine's memory, what the interpreter may take."""


class Interpreter:
    """A process that is started by the first job. Sessions outlive the job that opened them."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits(PATIENCE, int(physical_memory() * MOST_MEMORY))
        self._busy, self._opened = Lock(), ExitStack()
        self._pool: Pool | None = None

    @contextmanager
    def job(self) -> Iterator[Pool]:
        """Run models in this block, as soon as no other job is under way."""
        with self._busy:
            if self._pool is None:
                self._pool = self._opened.enter_context(isolated(self.limits))
            self._pool.resume()
            yield self._pool

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way."""
        return self._busy.locked()

    def cancel(self) -> bool:
        """End the job that is under way; whether there was one."""
        if self._pool is None or not self.is_busy:
            return False
        self._pool.cancel()
        return True

    def close(self) -> None:
        """End the process, and the job that is under way."""
        self.cancel()
        self._opened.close()
