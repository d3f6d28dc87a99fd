"""Asking for a file to write to, and writing it in a worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from inspector.errors import InspectorError
from inspector.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from inspector.tui.app import Browser

Write: TypeAlias = Callable[[Path, bool], str]
"""Writes to a path, over what is there if the second is true, and says what it has written.

It raises an `InspectorError` where it cannot; it runs in a thread.
"""
YES = "yes"


def ask_for_file(browser: Browser, title: str, help_text: str, name: str, write: Write) -> None:
    """Ask for the name of a file, and again before one that exists is written over."""

    def named(text: str | None) -> None:
        if not text:
            return
        path = Path(text).expanduser()
        if path.is_file():
            question = f"{path.name} exists already; {YES} writes over it"
            browser.push_screen(Prompt(title, question), partial(confirmed, path))
        else:
            write_in_worker(browser, write, path, force=False)

    def confirmed(path: Path, answer: str | None) -> None:
        if answer and answer.lower() == YES:
            write_in_worker(browser, write, path, force=True)
        else:
            browser.tell(f"{path.name} is as it was")

    browser.push_screen(Prompt(title, help_text, name), named)


def write_in_worker(browser: Browser, write: Write, path: Path, *, force: bool) -> None:
    """Write in a thread, and tell the user what was written, or why nothing was."""

    def work() -> None:
        try:
            said = write(path, force)
        except InspectorError as error:
            browser.call_from_thread(browser.complain, str(error))
        except MemoryError:
            browser.call_from_thread(browser.complain, f"{path}: there is not enough memory")
        else:
            browser.call_from_thread(browser.tell, said)

    browser.run_worker(work, thread=True, group="files")
