"""A child process for the interpreter: started early, watched while it works, killed at the end."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.errors import InputError, RunError
from inspector.run.noise import last_words
from inspector.run.wire import BrokenMessageError, Bytes, Message, receive, send

START_UP = 120.0
"""Seconds that a process may take to start."""
TICK = 0.05
"""Seconds between two looks at a process that works."""

ERRORS: dict[str, type[InputError] | type[RunError]] = {
    "InputError": InputError,
    "RunError": RunError,
}
START = "import sys; sys.path[:] = sys.argv[1:]; from inspector.run.worker import main; main()"
"""What the child runs: our own search path first, so that no module of the folder it is in runs."""


class DiedError(RunError):
    """The interpreter took its process with it, or had to be stopped."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request (a load, a run) may take: seconds, and bytes of memory (0: no limit)."""

    seconds: float = 300.0
    memory: int = 0


class Worker:
    """A process that holds sessions. It is started at once and waited for at the first request."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.dropped, self.opened = limits, list[int](), 0
        self.reason, self.greeted = "", False
        self.lock = threading.Lock()
        self.stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `close`
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
        )
        self.watch = Watch(self.process, limits)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self.reason and self.process.poll() is None

    def ask(self, said: dict[str, Any], arrays: Sequence[Bytes] = ()) -> Message:
        """The answer to a request.

        Raises what the request raised there, and `DiedError` where the process ended over it: then
        this worker is done with.
        """
        with self.lock:
            if self.reason:
                raise DiedError(self.reason)
            drop, self.dropped = self.dropped, []
            answer = self._exchange({**said, "drop": drop}, arrays) if self._greets() else None
            if answer is None:
                self.reason = self.watch.reason or self._obituary()
                self.close()
                raise DiedError(self.reason)
        if "error" in answer.said:
            raise ERRORS.get(str(answer.said["error"]), RunError)(str(answer.said.get("words")))
        return answer

    def _greets(self) -> bool:
        """Whether the process has started; waited for at the first request."""
        if not self.greeted:
            with self.watch.within(START_UP):
                self.greeted = self._received() is not None
        return self.greeted

    def _exchange(self, said: dict[str, Any], arrays: Sequence[Bytes]) -> Message | None:
        """The answer to a message, or None where there is none to come."""
        answer = None
        if self.process.stdin is not None:
            with self.watch.within(self.limits.seconds), suppress(OSError):
                send(self.process.stdin, said, arrays)
                answer = self._received()
        return None if self.watch.reason else answer

    def _received(self) -> Message | None:
        """What the process says next, or None where that is nothing, or no message."""
        if self.process.stdout is None:
            return None
        with suppress(OSError, BrokenMessageError):
            return receive(self.process.stdout)
        return None

    def _obituary(self) -> str:
        """How the process ended, and its last words."""
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "the interpreter's process sent what is no answer, and was stopped"
        how = f"was killed by {signal_name(-code)}" if code < 0 else f"ended with code {code}"
        words = last_words(self.stderr)
        return f"the interpreter's process {how}" + (f": {words}" if words else "")

    def close(self) -> None:
        """Kill the process."""
        self.reason = self.reason or "the interpreter's process was stopped"
        self.watch.stop()
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.stderr):
            if stream is not None:
                with suppress(OSError):  # what was not sent has nobody to go to
                    stream.close()
        self.process.wait()


class Watch:
    """Kills a process that takes longer than it may, or more memory, while it is asked.

    `reason` says why it did.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self.process, self.limits, self.reason = process, limits, ""
        self.end, self.seconds = math.inf, math.inf
        self.guard, self.over = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Watch it while it has so many seconds to answer.

        It is looked at once more at the end: what is over between two looks counts as well, so
        that the same request always ends the same.
        """
        with self.guard:
            self.seconds, self.end = seconds, time.monotonic() + seconds
        try:
            yield
        finally:
            with self.guard:
                self._judge()
                self.end = math.inf

    def stop(self) -> None:
        """Look no more."""
        self.over.set()

    def _look(self) -> None:
        while not self.reason and not self.over.wait(TICK):
            with self.guard:
                if self.end < math.inf:
                    self._judge()

    def _judge(self) -> None:
        """Kill the process if it takes too much."""
        self.reason = self.reason or self._excess()
        if self.reason:
            self.process.kill()

    def _excess(self) -> str:
        """What the process takes too much of, in words."""
        if time.monotonic() > self.end:
            return f"the interpreter had not finished after {self.seconds:g} seconds (--timeout)"
        if self.limits.memory and resident(self.process.pid) > self.limits.memory:
            allowed = f"{self.limits.memory:,} bytes of memory (--memory-limit)"
            return f"the interpreter took more than {allowed}"
        return ""


def signal_name(number: int) -> str:
    """A signal as people know it: `SIGSEGV (segmentation fault)`."""
    try:
        found = signal.Signals(number)
    except ValueError:
        return f"signal {number}"
    meaning = signal.strsignal(number)
    return f"{found.name} ({meaning.lower()})" if meaning else found.name


OWN = ("RssAnon:", "RssShmem:")
"""What a process holds for itself."""
ALL = ("VmRSS:",)
"""The pages of mapped files with it, which the system may take back."""


def resident(process: int, kinds: tuple[str, ...] = OWN) -> int:
    """Bytes of memory that a process has, of some kinds; 0 where the system does not say."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    kept = (line.split() for line in text.splitlines() if line.startswith(kinds))
    return sum(int(words[1]) * 1024 for words in kept)


def physical_memory() -> int:
    """Bytes of memory that the machine has; 0 where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0
