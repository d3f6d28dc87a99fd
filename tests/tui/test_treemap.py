"""Where the bytes are: what is counted, each key, and what is on the screen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import NARROW, WIDE, in_sizes_and_themes, play, press, settle, shown
from models import chain, hostile
from rich.cells import cell_len
from textual.pilot import Pilot

import inspector
from inspector.stats import part_of, stats_of
from inspector.tui.app import Browser
from inspector.tui.bytes_map import MOST, BytesMap, Share, largest
from inspector.tui.panes.treemap import TreemapPane
from inspector.tui.pictures.treemap import beside, treemap
from inspector.tui.places import Kind, operator_at, subgraph_at
from inspector.tui.session import Session


@pytest.fixture
def cnn(fixtures: Path) -> Path:
    return fixtures / "cnn_int8.tflite"


def mapped(path: Path | bytes, act: Any, size: tuple[int, int] = WIDE) -> None:
    """Do something on the map."""

    async def begin(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "m")
        await act(pilot, browser)

    play(path, begin, size, tab="statistics")


def pane(browser: Browser) -> TreemapPane:
    return browser.main.query_one(TreemapPane)


@pytest.mark.parametrize("name", ["cnn_int8", "cnn_float16", "cnn_dynamic", "mnist"])
def test_all_bytes_of_weights_are_somewhere_once(fixtures: Path, name: str) -> None:
    """On each level they add up to what is around; at the top, to what `tfli info` counts."""
    with inspector.open(fixtures / f"{name}.tflite") as model:
        session = Session(model)
        survey = session.survey(0)
        assert survey is not None
        found = BytesMap(session, survey)
        assert found.total == stats_of([part_of(model.subgraphs[0])]).weight_bytes
        todo = [(subgraph_at(0), found.total)]
        while todo:
            place, size = todo.pop()
            shares = found.shares(place)
            assert sum(share.size for share in shares) == size
            todo += [(s.place, s.size) for s in shares if s.place and s.place.kind != Kind.TENSOR]
        tensors = [s for index in survey.operators for s in found.shares(operator_at(0, index))]
        assert sum(share.size for share in tensors) == found.total


def test_many_small_parts_are_one() -> None:
    found = largest(Share(str(k), k, None) for k in range(500))
    assert len(found) == MOST + 1
    assert sum(share.size for share in found) == sum(range(500))
    assert found[0] == Share("299 smaller ones", sum(range(300)), None)


def test_the_next_rectangle_is_that_at_the_edge() -> None:
    boxes = dict(enumerate(treemap([4, 2, 1, 1], 40, 10)))
    for here in boxes:
        for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            there = beside(boxes, here, across, down)
            if there is not None:
                assert beside(boxes, there, -across, -down) is not None
    right = beside(boxes, 0, 1, 0)
    assert right is not None
    assert boxes[right].x == boxes[0].width
    assert beside(boxes, 0, -1, 0) is None


def test_one_looks_into_parts_and_out_again(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        found = pane(browser)
        first = found.chosen
        assert first is not None
        await press(pilot, "enter")
        assert found.inside == first.place
        while found.chosen and found.chosen.place and found.chosen.place.kind is not Kind.TENSOR:
            await press(pilot, "enter")
        tensor = found.chosen
        assert tensor is not None
        while found.inside != subgraph_at(0):
            await press(pilot, "backspace")
        assert found.chosen == first
        await press(pilot, "backspace")
        assert "this is where you began" in shown(browser)
        await press(pilot, "enter")
        while found.chosen and found.chosen.place and found.chosen.place.kind is not Kind.TENSOR:
            await press(pilot, "enter")
        await press(pilot, "enter")
        assert browser.place == tensor.place

    mapped(cnn, act)


@pytest.mark.parametrize("keys", ["right left", "l h", "right down up", "l j k", "right home"])
def test_keys_go_from_rectangle_to_rectangle(cnn: Path, keys: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        first, *others = keys.split()
        await press(pilot, first)
        chosen = pane(browser).chosen
        assert chosen != pane(browser).shares[0]
        assert chosen is not None
        assert "› " in shown(browser)
        await press(pilot, *others)
        assert pane(browser).chosen is not None

    mapped(cnn, act)


def test_the_rest_of_the_keys(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        chosen = pane(browser).chosen
        assert chosen is not None
        await press(pilot, "y")
        assert browser.clipboard == chosen.label
        await press(pilot, "d")
        assert browser.place == chosen.place
        browser.open_tab("statistics")
        await settle(pilot)
        assert browser.focused is pane(browser)
        await press(pilot, "m")
        assert "MACs" in shown(browser).split("\n")[2]

    mapped(cnn, act)


def test_the_mouse_chooses_and_looks_into(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        box = pane(browser).boxes[1]
        await pilot.click(TreemapPane, offset=(box.x + 1, box.y + 2))
        assert pane(browser).cursor == 1
        place = pane(browser).shares[1].place
        await pilot.click(TreemapPane, offset=(box.x + 1, box.y + 2), times=2)
        await settle(pilot)
        assert pane(browser).inside == place

    mapped(cnn, act)


@pytest.mark.parametrize("size", [WIDE, NARROW, (9, 5)])
@pytest.mark.parametrize("name", ["hostile", "chain"])
def test_hostile_names_and_models_without_weights(name: str, size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "down", "right", "enter", "backspace", "d")
        lines = shown(browser).split("\n")
        assert all(line.isprintable() for line in lines)
        assert all(cell_len(line) == size[0] for line in lines)

    mapped(hostile() if name == "hostile" else chain(["a"]), act, size)


def test_without_colours_there_are_edges(cnn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")

    async def act(_: Pilot[None], browser: Browser) -> None:
        screen = shown(browser)
        assert "┘" in screen
        assert "› " in screen
        assert "kB" in screen

    mapped(cnn, act)


@in_sizes_and_themes
def test_what_it_looks_like(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    fixtures: Path,
    size: tuple[int, int],
    theme: str,
) -> None:
    monkeypatch.chdir(fixtures)
    browser = Browser(Session(inspector.open("cnn_int8.tflite")), tab="statistics")
    browser.use_theme(theme)

    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await press(pilot, "m", "right")

    assert snap_compare(browser, terminal_size=size, run_before=go)
