"""What lies over a screen for a while looks like: palettes, questions, work under way, the list of
a container's models; in two sizes and two themes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from driving import in_sizes_and_themes, play, press, settle, until
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

import inspector
from inspector.read.containers import container_of
from inspector.read.opening import open_source
from inspector.tui import actions, watching
from inspector.tui.app import Browser
from inspector.tui.chooser import MemberChooser, openable
from inspector.tui.command_line import Outcome
from inspector.tui.commands import open_actions, open_places
from inspector.tui.preferences import Preferences
from inspector.tui.screens import work
from inspector.tui.session import Session
from tests.archives import zipped

PALETTES: dict[str, tuple[Callable[[Browser], object], str]] = {
    "commands": (Browser.action_command_palette, "theme"),
    "places": (open_places, "conv"),
    "actions": (open_actions, ""),
}
"""How each palette is opened, and what is typed then."""

QUESTIONS: dict[str, Callable[[Browser], object]] = {
    "export": actions.export_weights,
    "refused": partial(
        actions.ask,
        action=actions.REBUILD,
        line="cnn-keras --quick",
        trouble="no such option: --quick",
    ),
    "compare": watching.compare_with,
}
"""What asks for a line."""


@pytest.fixture
def browser(fixtures: Path, theme: str, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser in the folder of its model: what it asks for has the path in it."""
    monkeypatch.chdir(fixtures)
    found = Browser(Session(inspector.open("cnn_int8.tflite")))
    found.use_theme(theme)
    return found


async def still(pilot: Pilot[Any]) -> None:
    """Let no cursor blink."""
    for line in pilot.app.screen.query(Input):
        line.cursor_blink = False
    await pilot.pause()


@in_sizes_and_themes
@pytest.mark.parametrize("name", PALETTES)
def test_palette(
    snap_compare: Callable[..., bool], browser: Browser, name: str, size: tuple[int, int]
) -> None:
    opened, typed = PALETTES[name]

    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        opened(browser)
        await settle(pilot)
        await pilot.press(*typed)
        await until(pilot, lambda: bool(browser.screen.query_one(OptionList).option_count))
        await settle(pilot)
        await still(pilot)

    assert snap_compare(browser, terminal_size=size, run_before=go)


@in_sizes_and_themes
@pytest.mark.parametrize("name", QUESTIONS)
def test_question(
    snap_compare: Callable[..., bool], browser: Browser, name: str, size: tuple[int, int]
) -> None:
    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        QUESTIONS[name](browser)
        await settle(pilot)
        await still(pilot)

    assert snap_compare(browser, terminal_size=size, run_before=go)


@in_sizes_and_themes
def test_work(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    browser: Browser,
    size: tuple[int, int],
) -> None:
    """Of a command that does not end, in a second that does not pass."""

    async def endless(_: Sequence[str]) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(work, "run", endless)
    monkeypatch.setattr(work, "monotonic", lambda: 0.0)

    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        line = "cnn-keras --quantized float"
        actions.answered(browser, actions.REBUILD, line)
        await pilot.pause()
        await pilot.pause()

    assert snap_compare(browser, terminal_size=size, run_before=go)


@in_sizes_and_themes
def test_models_of_a_container(
    snap_compare: Callable[..., bool],
    fixtures: Path,
    tmp_path: Path,
    size: tuple[int, int],
    theme: str,
) -> None:
    names = ("cnn.tflite", "cnn_int8.tflite", "mnist.tflite")
    held = {name: (fixtures / name).read_bytes() for name in names}
    container = container_of(open_source(zipped(tmp_path / "three.task", held)))
    assert container is not None
    chooser = MemberChooser(container, openable(container), Preferences())
    chooser.theme = theme
    assert snap_compare(chooser, terminal_size=size, press=["down"])


def test_without_colours_the_row_under_the_cursor_is_underlined(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        open_actions(browser)
        await until(pilot, lambda: bool(browser.screen.query_one(OptionList).option_count))
        await press(pilot, "down")
        strips = browser.screen._compositor.render_strips(browser.size)
        segments = [segment for strip in strips for segment in strip if segment.text.strip()]
        underlined = {each.text.strip() for each in segments if each.style and each.style.underline}
        assert "Export these weights" in underlined
        assert "Export weights" not in underlined

    play(fixtures / "cnn.tflite", act)
