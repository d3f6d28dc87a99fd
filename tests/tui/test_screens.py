"""What each screen looks like, in two sizes and two themes.

The pictures lie beside this file. After a change that is meant, look at the report of the failed
test and make them anew: `pytest tests/tui/test_screens.py --snapshot-update`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import NARROW, WIDE, settle
from textual.pilot import Pilot

import inspector
from inspector.tui.app import Browser
from inspector.tui.panes.details import REST
from inspector.tui.registry import TABS
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
"""The keys that lead to each screen; the tabs of others are pictured beside their own tests."""


async def rest(pilot: Pilot[Any]) -> None:
    """Wait until the constants of where the user is have been measured."""
    await settle(pilot)
    await pilot.pause(2 * REST)
    await settle(pilot)


@pytest.mark.parametrize("theme", ["tfli-dark", "tfli-light"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
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
    monkeypatch.delenv("NO_COLOR", raising=False)
    browser = Browser(Session(inspector.open("cnn_int8.tflite")))
    browser.use_theme(theme)

    async def go(pilot: Pilot[Any]) -> None:
        await rest(pilot)
        await pilot.press(*SCREENS[screen])
        await rest(pilot)
        for line in browser.screen.query("Input"):
            line.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(browser, terminal_size=size, run_before=go)
