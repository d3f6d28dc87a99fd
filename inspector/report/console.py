"""The terminal, by Rich: imported only when there is something to draw."""

from __future__ import annotations

import os
import sys
from functools import cache

from rich.console import Console

PIPE_WIDTH = 100_000
"""Columns of a pipe: as many as the longest line needs, since whoever reads it cuts for itself."""


@cache
def console() -> Console:
    """stdout, where results go; colours and width are those of the terminal, NO_COLOR is heeded."""
    return made(to_stderr=False)


@cache
def messages() -> Console:
    """stderr, where progress and remarks go."""
    return made(to_stderr=True)


def made(*, to_stderr: bool) -> Console:
    """A console that takes text as it is: no markup, no emoji codes, no highlighting."""
    stream = sys.stderr if to_stderr else sys.stdout
    wide = not stream.isatty() and "COLUMNS" not in os.environ
    return Console(
        stderr=to_stderr,
        width=PIPE_WIDTH if wide else None,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )
