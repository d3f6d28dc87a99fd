"""Whether there is somebody who looks at a screen and can press keys, and who sees colours."""

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


def has_colours() -> bool:
    """Whether colours are wanted, and shown by the terminal as far as its terminfo entry tells."""
    if "NO_COLOR" in os.environ:
        return False
    if "TEXTUAL_DRIVER" in os.environ or "COLORTERM" in os.environ:
        return True
    try:
        import curses
    except ImportError:  # on Windows, whose terminals have colours
        return True
    try:
        curses.setupterm()
    except curses.error:  # a terminal that nothing is known of
        return True
    return curses.tigetnum("colors") > 1


def tell_textual(*, colours: bool) -> None:
    """Tell the next Textual application whether to use colours.

    It takes the variable that tells it out of the environment: say it before each.
    """
    if not colours:
        os.environ["NO_COLOR"] = "1"
