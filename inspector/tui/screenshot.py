"""A picture of the browser, made without a terminal."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from inspector.errors import InputError
from inspector.files import write_whole
from inspector.tui.app import Browser
from inspector.tui.panes.details import REST

MOST = 20
"""Pictures taken at most: the last is kept when it is as the one before, and nothing moves."""


def write_screenshot(browser: Browser, size: tuple[int, int], path: Path, *, force: bool) -> None:
    """Run the browser in so many columns and lines, and write what it shows as SVG.

    Raises `InputError` when the file cannot be written, or is called as another kind of picture.
    """
    if path.suffix.lower() != ".svg":
        raise InputError(f"{path}: a picture of the browser is an SVG; let its name end in .svg")
    pictures: list[str] = []

    async def take(pilot: Pilot[object]) -> None:
        while len(pictures) < 2 or (pictures[-1] != pictures[-2] and len(pictures) < MOST):
            await pilot.pause(2 * REST)  # then constants begin to be measured
            await workers_done(pilot)
            await pilot.pause()
            pictures.append(browser.export_screenshot(title=browser.title))
        browser.exit()

    browser.run(headless=True, size=size, auto_pilot=take)
    with write_whole(path, force=force) as target:
        target.write_text(pictures[-1], "utf-8")


async def workers_done(pilot: Pilot[object]) -> None:
    """Wait until no worker is under way."""
    while not await none_cancelled(pilot):
        await pilot.pause()


async def none_cancelled(pilot: Pilot[object]) -> bool:
    """Wait for the workers; whether all came to their ends, and none was left for a newer one."""
    try:
        await pilot.app.workers.wait_for_complete()
    except WorkerCancelled:
        return False
    return True
