"""Which line of a rebuilt script is which operator, and how its source is shown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import in_sizes_and_themes, play, press, settle, shown
from textual.pilot import Pilot

import inspector
from inspector.errors import InputError
from inspector.tui.actions import open_folder
from inspector.tui.app import Browser
from inspector.tui.panes.source import SourceLines
from inspector.tui.places import operator_at
from inspector.tui.rebuilt import highlighted, read, statements
from inspector.tui.screens.source import SourceScreen
from inspector.tui.session import Session
from inspector.weights.names import layer_names
from rebuild.folder import write
from rebuild.translate.translator import translate

SOURCE = '''def f(x):
    """Two
    lines."""
    y = g(  # a remark
        x, 3, "three"
    )
    return y
'''


@pytest.fixture(scope="module")
def folder(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("cnn")
    with inspector.open(fixtures / "cnn.tflite") as model:
        write(translate(model), found)
    yield found


def test_what_is_highlighted_is_still_the_source() -> None:
    lines = highlighted(SOURCE)
    assert "\n".join("".join(span.text for span in line) for line in lines) == SOURCE.rstrip("\n")
    styles = {span.style: span.text for line in lines for span in line if span.style}
    assert styles["keyword"] == "return"
    assert styles["definition"] == "f"
    assert styles["comment"] == "# a remark"
    assert styles["number"] == "3"


def test_a_text_over_lines_has_its_style_on_each() -> None:
    spans = [span for line in highlighted(SOURCE)[1:3] for span in line if span.style]
    assert [(span.text, span.style) for span in spans] == [
        ('"""Two', "string"),
        ('    lines."""', "string"),
    ]


def test_what_is_no_python_is_shown_plain() -> None:
    assert highlighted("def (\n'''")[0][0].text
    assert statements("def (") == {}


def test_each_layer_is_on_the_line_of_its_operator(folder: Path, fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as model:
        rebuilt = read(folder, model)
        names = layer_names(model.subgraphs[0])
    source = (folder / "model.py").read_text()
    called = {
        node.lineno - 1: ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign)
    }
    named = {place: f"name='{names[place.index]}'" for place in rebuilt.line_of}
    known = {place: line for place, line in rebuilt.line_of.items() if named[place] in str(called)}
    assert len(known) > 10
    for place, line in known.items():
        assert named[place] in called[line]
        assert place in rebuilt.operators[line]


def test_a_folder_of_another_model_is_refused(folder: Path, fixtures: Path) -> None:
    with (
        inspector.open(fixtures / "mnist.tflite") as model,
        pytest.raises(InputError, match=r"was rebuilt from cnn\.tflite"),
    ):
        read(folder, model)


def test_a_folder_without_a_map_is_refused(tmp_path: Path, fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as model, pytest.raises(InputError, match="map"):
        read(tmp_path, model)


def test_the_source_opens_at_the_operator_and_leads_back(folder: Path, fixtures: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        open_folder(browser, folder, "match: all agree")
        await press(pilot)
        lines = browser.screen.query_one(SourceLines)
        rebuilt = lines.rebuilt
        assert lines.cursor == rebuilt.line_of[operator_at(0, 7)]
        assert "match: all agree" in shown(browser)
        await press(pilot, "n")
        after = browser.place
        assert rebuilt.line_of[after] > rebuilt.line_of[operator_at(0, 7)]
        await press(pilot, "N")
        assert browser.place == operator_at(0, 7)
        await press(pilot, "n", "enter")
        assert not isinstance(browser.screen, SourceScreen)
        assert browser.place == after
        open_folder(browser, folder)
        await press(pilot)
        await press(pilot, "home", "enter")
        assert "stands for no operator" in shown(browser)
        await press(pilot, "escape")
        assert not isinstance(browser.screen, SourceScreen)

    play(fixtures / "cnn.tflite", act, place=operator_at(0, 7))


@in_sizes_and_themes
def test_screen(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    fixtures: Path,
    folder: Path,
    size: tuple[int, int],
    theme: str,
) -> None:
    monkeypatch.chdir(folder)
    session = Session(inspector.open(fixtures / "cnn.tflite"))
    browser = Browser(session, place=operator_at(0, 7))
    browser.use_theme(theme)

    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        open_folder(browser, Path(), "match: all 15 operators agree")
        await settle(pilot)

    assert snap_compare(browser, terminal_size=size, run_before=go)
