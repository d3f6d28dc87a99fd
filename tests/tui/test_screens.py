"""What each screen looks like, in two sizes and two themes.

The pictures lie beside this file. After a change that is meant, look at the report of the failed
test and make them anew: `pytest tests/tui/test_screens.py --snapshot-update`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import in_sizes_and_themes, settle
from textual.pilot import Pilot

import inspector
from inspector.tui.app import Browser
from inspector.tui.help import Key, keys_of
from inspector.tui.panes import tabs
from inspector.tui.panes.details import REST, DetailsPane
from inspector.tui.registry import TABS
from inspector.tui.screens import help as help_screen
from inspector.tui.session import Session

SCREENS = {
    "graph": ["down", "down", "enter"],
    "tensors": ["2", "pagedown"],
    "model": ["3"],
    "statistics": ["4"],
    "health": [str([tab.id for tab in TABS].index("health") + 1)],
    "search": ["slash", *"conv stride=2"],
    "help": ["question_mark"],
    "jump": ["f"],
    "prompt": ["g", *"t12"],
}
"""The keys that lead to each screen."""

CORE = ("graph", "tensors", "model", "statistics", "subgraphs", "health")
"""The tabs that are named on these pictures, so that another one changes none of them."""


@pytest.fixture(autouse=True)
def core_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the other tabs out of the row of tabs, and all of them out of the help."""
    monkeypatch.setattr(tabs, "TABS", [tab for tab in TABS if tab.id in CORE])

    def without_tabs(screen: Any) -> list[tuple[str, list[Key]]]:
        return [
            (heading, [key for key in keys if not key.action.startswith("open_tab")])
            for heading, keys in keys_of(screen)
        ]

    monkeypatch.setattr(help_screen, "keys_of", without_tabs)


async def rest(pilot: Pilot[Any], browser: Browser) -> None:
    """Wait until the constants of where the user is have been measured."""
    for _ in range(20):  # a busy machine takes its time; some places have no constants
        await settle(pilot)
        panes = browser.main.query(DetailsPane)
        texts = [line.text for pane in panes for line in pane.lines]
        if any(text.startswith("values of") for text in texts):
            break
        await pilot.pause(REST)
    await settle(pilot)


@in_sizes_and_themes
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    fixtures: Path,
    screen: str,
    size: tuple[int, int],
    theme: str,
) -> None:
    monkeypatch.chdir(fixtures)  # a screen tells the path of the file
    browser = Browser(Session(inspector.open("cnn_int8.tflite")))
    browser.use_theme(theme)

    async def go(pilot: Pilot[Any]) -> None:
        await rest(pilot, browser)
        await pilot.press(*SCREENS[screen])
        await rest(pilot, browser)
        for line in browser.screen.query("Input"):
            line.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(browser, terminal_size=size, run_before=go)
