"""Names that would steer a terminal show as text; damaged files open as far as they can."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from driving import NARROW, WIDE, play, press, shown
from models import chain, hostile
from rich.cells import cell_len
from textual.pilot import Pilot
from written import model, packed, subgraph

import inspector
from inspector.errors import ModelError
from inspector.tui.actions import cut_out, export_selected
from inspector.tui.app import Browser
from inspector.tui.places import operator_at
from inspector.tui.registry import TABS

TOUR = (
    *map(str, range(1, len(TABS) + 1)),
    *("1", "down", "enter", "G", "y", "slash", "b", "o", "l", "d", "enter", "n"),
    *("question_mark", "escape", "f", "escape", "p", "x", "escape", "ctrl+p", "escape"),
)
"""Every tab and every screen that lies over one."""


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_hostile_names_show_as_text(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        for key in TOUR:
            await press(pilot, key)
            screen = shown(browser).split("\n")
            assert all(line.isprintable() for line in screen)
            assert all(cell_len(line) == size[0] for line in screen)
        await press(pilot, "1", "home")
        assert "[bold red]x[/]" in shown(browser)
        assert "\\x1b[31m" in shown(browser)

    play(hostile(), act, size)


def test_a_screenshot_of_hostile_names_is_sound_xml() -> None:
    from xml.etree import ElementTree

    async def act(_: Pilot[None], browser: Browser) -> None:
        ElementTree.fromstring(browser.export_screenshot())

    play(hostile(), act)


def test_a_damaged_operator_is_shown_as_such_among_the_others() -> None:
    data = bytearray(chain(["a", "b", "c"]))
    at = inspector.Model(bytes(data)).subgraphs[0].operators[1].at
    data[at : at + 4] = b"\xff\xff\xff\x7f"

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        screen = shown(browser)
        assert "1 damaged" in screen
        assert "1 fault" in screen
        await press(pilot, "down")
        assert browser.place == operator_at(0, 1)
        assert "cannot be read" in shown(browser)
        await press(pilot, "3")
        assert "warnings" in shown(browser)
        for key in TOUR:
            await press(pilot, key)

    play(bytes(data), act)


def test_a_damaged_subgraph_is_shown_as_such() -> None:
    data = bytearray(chain(["a"]))
    at = inspector.Model(bytes(data)).subgraphs[0].at
    data[at : at + 4] = b"\xff\xff\xff\x7f"

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        assert "subgraph 0 cannot be read" in shown(browser)
        for key in TOUR:
            await press(pilot, key)

    play(bytes(data), act)


@pytest.mark.parametrize("subgraphs", [0, 1])
def test_a_model_of_nothing_is_toured(subgraphs: int) -> None:
    data = packed(model([subgraph([], []) for _ in range(subgraphs)]))

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        for key in (*TOUR, "e", "escape"):
            await press(pilot, key)
        cut_out(browser)
        export_selected(browser)
        await press(pilot)
        assert "there is no operator here" in shown(browser)

    play(data, act)


@pytest.mark.parametrize("seed", range(12))
def test_a_file_of_random_faults_is_refused_or_toured(fixtures: Path, seed: int) -> None:
    from random import Random

    random = Random(seed)
    data = bytearray((fixtures / "mnist.tflite").read_bytes())
    head = int.from_bytes(data[:4], "little")
    for _ in range(6):
        near = random.choice([random.randrange(8, len(data)), random.randrange(head, len(data))])
        data[near] = random.randrange(256)

    async def act(pilot: Pilot[None], _: Browser) -> None:
        await press(pilot, *map(str, range(1, len(TABS) + 1)), "1", "end", "enter", "slash", "a")

    try:
        play(bytes(data), act)
    except ModelError as error:
        assert len(str(error).splitlines()) == 1


def test_without_colours_the_cursor_is_a_sign(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "down", "down")
        row = next(line for line in shown(browser).split("\n") if "pointwise" in line[:60])
        assert row.startswith("›")
        picture = browser.export_screenshot()
        fills = {part.split('"')[0] for part in picture.split('fill="#')[1:]}
        inside = {fill for fill in fills if len(fill) == 6} - WINDOW
        assert all(fill[:2] == fill[2:4] == fill[4:] for fill in inside)

    play(fixtures / "cnn.tflite", act)


WINDOW = {"ff5f57", "febc2e", "28c840", "292929", "c5c8c6", "121212"}
"""The buttons and the frame that Rich draws around a picture."""
