"""`tfli` itself, called from the browser: what takes long or may crash does so in another process.

What the browser offers as an action is thus the command, with its checks, its messages and its
files written whole or not at all.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from inspector.errors import InputError

START = (
    "import sys; sys.path[:] = sys.argv.pop(1).split('\\n'); "
    "from inspector.cli.main import main; main()"
)
"""What the process runs: our own search path first, and no module of the folder that it is in."""
GRACE = 5.0
"""Seconds in which an interrupted command may delete what it had begun to write."""
COLUMNS = "400"
"""How wide its lines may be: they are laid out anew where they are shown."""

PREFIX = "tfli: "
"""What messages of the command begin with."""
SEPARATOR = " · "
MOST = 6
"""Lines of messages that are told."""


class Outcome(NamedTuple):
    """How a command ended: its exit code, and what it wrote on stdout and on stderr."""

    code: int
    output: str
    messages: str

    @property
    def told(self) -> str:
        """What it said on stderr, cut where that is long."""
        lines = [line.removeprefix(PREFIX) for line in self.messages.splitlines() if line.strip()]
        if not lines:
            return "" if self.code == 0 else f"it ended with exit code {self.code}"
        return SEPARATOR.join(lines if len(lines) <= MOST else [*lines[: MOST - 2], "…", lines[-1]])


def words_of(line: str) -> list[str]:
    """The words of a line, as a shell takes them. Raises `InputError`."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InputError(f"{line!r}: {error}") from None


def file_and_options(line: str) -> list[str]:
    """The words of a line of which the first is a path, whose `~` is the home.

    Raises `InputError` where there is none.

    >>> file_and_options("'my weights.npz' --layout torch")
    ['my weights.npz', '--layout', 'torch']
    """
    first, *rest = words_of(line) or [""]
    if not first:
        raise InputError(f"{line!r}: it is empty; write a file, then options")
    if first.startswith("-"):
        raise InputError(f"{first} stands first; write the file before the options")
    return [str(Path(first).expanduser()), *rest]


async def run(arguments: Sequence[str]) -> Outcome:
    """Run `tfli` with these arguments. When this is cancelled, so is the command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", START, "\n".join(sys.path), *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COLUMNS": COLUMNS, "NO_COLOR": "1"},
    )
    try:
        output, messages = await process.communicate()
    except asyncio.CancelledError:
        await interrupt(process)
        raise
    assert process.returncode is not None
    return Outcome(process.returncode, text_of(output), text_of(messages))


async def interrupt(process: asyncio.subprocess.Process) -> None:
    """Interrupt a process as Ctrl+C does, and kill it where that is of no use."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except asyncio.TimeoutError:
            process.kill()


def text_of(written: bytes) -> str:
    """What a process wrote, as text."""
    return written.decode("utf-8", "replace")
