"""LiteRT's remarks on stderr, which a user did not ask for, kept apart from its errors."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO

STDERR = 2
ONE_AT_A_TIME = Lock()
REMARK = b"INFO: "
LAST = 4096
"""Bytes at the end of what a process wrote to stderr that are looked at."""
LONGEST = 300
"""Characters of last words that an error quotes."""


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back the lines of remark that native code writes to stderr; all others are passed on.

    The interpreter's logger has no setting in Python and writes to the file descriptor, so that is
    turned aside: for the whole process, so only around what is known to remark, and by one thread
    at a time.
    """
    with ONE_AT_A_TIME:
        yield from turned_aside()


def turned_aside() -> Iterator[None]:
    """The inside of `quiet`."""
    try:
        kept = os.dup(STDERR)
    except OSError:  # stderr is closed: there is nobody to disturb
        yield
        return
    try:
        with tempfile.TemporaryFile() as aside:
            sys.stderr.flush()
            os.dup2(aside.fileno(), STDERR)
            try:
                yield
            finally:
                os.dup2(kept, STDERR)
                aside.seek(0)
                for line in aside:
                    if not line.startswith(REMARK):
                        os.write(STDERR, line)
    finally:
        os.close(kept)


def last_words(stderr: IO[bytes]) -> str:
    """What a process that died wrote last, without remarks, on one line; empty if nothing."""
    stderr.seek(max(0, stderr.seek(0, os.SEEK_END) - LAST))
    lines = [line for line in stderr.read().splitlines() if not line.startswith(REMARK)]
    return " ".join(b" ".join(lines).decode("utf-8", "replace").split())[-LONGEST:]
