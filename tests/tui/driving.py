"""The browser, driven by keys without a terminal, and what it shows then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.app import App
from textual.pilot import Pilot

import inspector
from inspector.tui.app import Browser
from inspector.tui.places import Place
from inspector.tui.screenshot import workers_done
from inspector.tui.session import Session

WIDE, NARROW = (120, 40), (80, 24)

PATIENCE = 60.0
"""Seconds that a command may take."""

Play = Callable[[Pilot[None], Browser], Awaitable[None]]


class Patient(Browser):
    """A browser whose messages stay until a test has read them, however slow the machine is."""

    NOTIFICATION_TIMEOUT = 600


Test = TypeVar("Test", bound=Callable[..., None])


def in_sizes_and_themes(test: Test) -> Test:
    """Runs a test of what something looks like in two sizes and themes: its `size` and `theme`.

    Colours are shown, whatever the environment says (`coloured` in tests/conftest.py).
    """
    coloured = pytest.mark.usefixtures("coloured")
    sizes = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
    themes = pytest.mark.parametrize("theme", ["tfli-dark", "tfli-light"])
    return themes(sizes(coloured(test)))


def play(model: Path | bytes, act: Play, size: tuple[int, int] = WIDE, **begin: Any) -> None:
    """Open a model in the browser and do something with it."""

    async def run() -> None:
        opened = inspector.Model(model) if isinstance(model, bytes) else inspector.open(model)
        with opened:
            browser = Patient(Session(opened), **begin)
            async with browser.run_test(size=size, notifications=True) as pilot:
                await settle(pilot)
                await act(pilot, browser)

    asyncio.run(run())


async def settle(pilot: Pilot[None]) -> None:
    """Wait until nothing is under way."""
    await pilot.pause()
    await workers_done(pilot)
    await pilot.pause()


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(int(PATIENCE / 0.05)):
        await pilot.pause(0.05)
        if true():
            return
    raise AssertionError("it did not happen")


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after another and wait for what they do."""
    await pilot.press(*keys)
    await settle(pilot)


def lines(browser: App[Any]) -> list[str]:
    """What is on the screen."""
    strips = browser.screen._compositor.render_strips(browser.size)
    return ["".join(segment.text for segment in strip) for strip in strips]


def shown(browser: Browser) -> str:
    """What is on the screen, as one text."""
    return "\n".join(lines(browser))


def pressed(model: Path | bytes, *keys: str, size: tuple[int, int] = WIDE) -> tuple[Place, str]:
    """Where the user is after pressing keys, and what is on the screen."""
    found: list[tuple[Place, str]] = []

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, *keys)
        found.append((browser.place, shown(browser)))

    play(model, act, size)
    return found[0]
