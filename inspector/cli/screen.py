"""Whether there is somebody who looks at a screen and can press keys."""

from __future__ import annotations

import os
import sys


def has_screen() -> bool:
    """Whether an application that fills the screen can run: on a terminal, or in `textual serve`.

    The latter names a driver of its own in the environment, and talks to the program by pipes.
    """
    if "TEXTUAL_DRIVER" in os.environ:
        return True
    both = sys.stdin.isatty() and sys.stdout.isatty()
    return both and os.environ.get("TERM") != "dumb"
