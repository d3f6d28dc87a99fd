"""Commands of the palette that run the model: on inputs that are asked for, or beside another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.errors import InputError
from inspector.tui.screens.prompt import Prompt

if TYPE_CHECKING:
    from inspector.tui.app import Browser

CANDIDATES = (
    "CANDIDATE: a .tflite, a rebuilt folder, a .keras, an .mlpackage, a capture (.npz); or none, "
    "and --against reference: other kernels. Then --input [NAME=]FILE, --samples 4, --seed 1"
)


def run_model(browser: Browser) -> None:
    """Open the tab of a run and ask for inputs."""
    from inspector.tui.panes.values import RunTab

    browser.open_tab("run")
    browser.call_after_refresh(lambda: browser.main.query_one(RunTab).action_ask())


def compare_with(browser: Browser, line: str = "") -> None:
    """Ask what to compare the model with, and compare; a line that is wrong is there to mend."""

    def begin(line: str | None) -> None:
        if line is None:
            return
        from inspector.tui.comparing import question_in

        try:
            browser.compare(question_in(line))
        except InputError as error:
            compare_with(browser, line)
            browser.complain(str(error))

    browser.push_screen(Prompt("Compare with", CANDIDATES, line), begin)
