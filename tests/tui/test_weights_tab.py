"""Constants as numbers: each key, files, and what cannot be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from driving import NARROW, WIDE, in_sizes_and_themes, play, press, settle, shown
from models import HOSTILE, chain
from rich.cells import cell_len
from textual.pilot import Pilot
from written import model, operator, packed, subgraph, tensor

import inspector
from inspector.tui.app import Browser
from inspector.tui.panes.weights import WeightsTab
from inspector.tui.places import Kind, Place, operator_at, tensor_at
from inspector.tui.session import Session
from inspector.weights.decode import decode, dequantize


@pytest.fixture
def cnn(fixtures: Path) -> Path:
    return fixtures / "cnn_int8.tflite"


def weighed(path: Path | bytes, act: Any, size: tuple[int, int] = WIDE, **begin: Any) -> None:
    """Do something on the tab."""
    play(path, act, size, tab="weights", **begin)


def tab_of(browser: Browser) -> WeightsTab:
    return browser.main.query_one(WeightsTab)


def stored(browser: Browser, index: int) -> np.ndarray:
    model = browser.session.model
    return decode(model, model.subgraphs[0].tensors[index])


KERNEL = 16
"""The tensor of the kernel that operator 0 reads, int8 16x3x3x3."""


def test_the_first_weight_of_an_operator_is_shown_as_real_numbers(cnn: Path) -> None:
    async def act(_: Pilot[None], browser: Browser) -> None:
        screen = shown(browser)
        assert "16×3×3×3 OHWI  int8" in screen
        assert "tiles O 0 of 16" in screen
        tensor = browser.session.model.subgraphs[0].tensors[KERNEL]
        whole = stored(browser, KERNEL)
        real = dequantize(browser.session.model, tensor, whole)
        assert f"[0, 0, 0, 0]  {real[0, 0, 0, 0]:.7g}   stored as {whole[0, 0, 0, 0]}" in screen

    weighed(cnn, act)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("right", (0, 0, 1, 0)),
        ("l l", (0, 0, 2, 0)),
        ("l l h", (0, 0, 1, 0)),
        ("down", (0, 1, 0, 0)),
        ("j j k", (0, 1, 0, 0)),
        ("j up", (0, 0, 0, 0)),
        ("l l left", (0, 0, 1, 0)),
        ("right_square_bracket", (1, 0, 0, 0)),
        ("left_square_bracket", (15, 0, 0, 0)),
        ("right_curly_bracket", (0, 0, 0, 1)),
        ("left_curly_bracket", (0, 0, 0, 2)),
        ("right_parenthesis left_parenthesis", (0, 0, 0, 0)),
        ("shift+right", (1, 0, 0, 0)),
        ("shift+right shift+left", (0, 0, 0, 0)),
        ("pagedown pageup", (0, 0, 0, 0)),
        ("ctrl+f ctrl+b", (0, 0, 0, 0)),
        ("plus plus minus 0 right", (0, 0, 1, 0)),
        ("x right", (0, 1, 0, 0)),
        ("t right right right", (0, 0, 0, 1)),
        ("v v down", (0, 1, 0, 0)),
    ],
)
def test_keys_move_the_cursor(cnn: Path, keys: str, place: tuple[int, ...]) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, *keys.split())
        value = stored(browser, KERNEL)[place]
        screen = shown(browser)
        assert f"[{', '.join(map(str, place))}]" in screen
        assert f"stored as {value}" in screen

    weighed(cnn, act)


def test_views_axes_and_stored_integers(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "v")
        assert "numbers   rows H" in shown(browser)
        await press(pilot, "r")
        assert "as stored" in shown(browser)
        row = " ".join(f"{value}" for value in stored(browser, KERNEL)[0, 0, :, 0])
        assert row in " ".join(shown(browser).split())
        await press(pilot, "v")
        assert "heat map   rows H (3)  columns W (3)" in shown(browser)
        await press(pilot, "a")
        assert "rows H (3)  columns I (3)" in shown(browser)
        await press(pilot, "A", *"o i", "enter")
        assert "rows O (16)  columns I (3)" in shown(browser)
        await press(pilot, "A", *"o o", "enter")
        assert "is not two different axes" in shown(browser)

    weighed(cnn, act)


def test_the_other_constants_of_an_operator(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        assert "1 of 2" in shown(browser)
        await press(pilot, "c")
        assert "2 of 2" in shown(browser)
        assert "bias" in shown(browser)
        await press(pilot, "c", "C", "C")
        assert "kernel" in shown(browser)
        await press(pilot, "enter")
        assert browser.place == tensor_at(0, KERNEL)

    weighed(cnn, act)


def test_it_follows_the_user_and_says_where_nothing_is(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        browser.look(tensor_at(0, 4))
        await settle(pilot)
        assert "10×32 OI" in shown(browser)
        assert "1 of 1" not in shown(browser)  # there is nothing to count
        await press(pilot, "c")
        assert "there is no other constant" in shown(browser)
        browser.look(tensor_at(0, browser.session.model.subgraphs[0].outputs[0]))
        await settle(pilot)
        assert "there are no constants here" in shown(browser)
        await press(pilot, *"vaxtrcwWAl", "plus", "enter", "escape")

    weighed(cnn, act)


def test_weights_behind_dequantize_are_found(fixtures: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        operators = browser.session.model.subgraphs[0].operators
        first = next(o.index for o in operators if o.name == "CONV_2D")
        browser.look(operator_at(0, first))
        await settle(pilot)
        assert "16×3×3×3 OHWI  float16" in shown(browser)
        await press(pilot, "r")
        assert "nothing is quantised" in shown(browser)

    weighed(fixtures / "cnn_float16.tflite", act)


@pytest.mark.parametrize("kind", ["npy", "npz", "csv"])
def test_the_slice_that_is_shown_becomes_a_file(cnn: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "r", "v", "right_square_bracket", "w")
        line = browser.screen.query_one("Input")
        assert line.value == "convolution-slice.npy"  # type: ignore[attr-defined]
        line.value = str(path)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        expected = stored(browser, KERNEL)[1, :, :, 0]
        np.testing.assert_array_equal(read(path), expected)
        assert "3×3 int8" in shown(browser)

    weighed(cnn, act)


def read(path: Path) -> np.ndarray:
    """An array from a file of any of the three kinds, as NumPy reads it."""
    if path.suffix == ".csv":
        return np.loadtxt(path, delimiter=",")
    found = np.load(path)
    return found if path.suffix == ".npy" else found[found.files[0]]


def test_a_whole_tensor_becomes_a_file_and_none_is_written_over_unasked(
    cnn: Path, tmp_path: Path
) -> None:
    path = tmp_path / "x.npy"
    path.write_text("mine")

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        for answer, kept in (("no", True), ("yes", False)):
            await press(pilot, "W")
            browser.screen.query_one("Input").value = str(path)  # type: ignore[attr-defined]
            await press(pilot, "enter")
            assert "x.npy exists already" in shown(browser)
            await press(pilot, *answer, "enter")
            assert (path.read_bytes() == b"mine") is kept
        tensor = browser.session.model.subgraphs[0].tensors[KERNEL]
        real = dequantize(browser.session.model, tensor, stored(browser, KERNEL))
        np.testing.assert_array_equal(np.load(path), real)

    weighed(cnn, act)


@pytest.mark.parametrize(
    ("name", "why"), [("x.txt", "ends in none of"), ("no/x.npy", "is no folder")]
)
def test_what_cannot_be_written_is_a_message(
    cnn: Path, tmp_path: Path, name: str, why: str
) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "w")
        browser.screen.query_one("Input").value = str(tmp_path / name)  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert why in " ".join(shown(browser).split())
        assert not list(tmp_path.iterdir())

    weighed(cnn, act, (200, 40))


def constant_model(data: bytes, shape: tuple[int, ...], kind: int, **more: Any) -> bytes:
    """An ADD of the input and a constant of these bytes, by LiteRT's writer."""
    values = tensor(HOSTILE, shape, type=kind, buffer=1, **more)
    graph = subgraph([tensor("x", shape), values, tensor("y", shape)], [operator([0, 1], [2])])
    return packed(model([graph], [data]))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_hostile_names_are_text(size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        for key in ("v", "v", "c", "w", "escape", "a"):
            await press(pilot, key)
            lines = shown(browser).split("\n")
            assert all(line.isprintable() for line in lines)
            assert all(cell_len(line) == size[0] for line in lines)
        assert "[bold red]x[/]" in shown(browser)

    data = np.arange(16, dtype=np.float32).tobytes()
    weighed(constant_model(data, (4, 4), schema.TensorType.FLOAT32), act, size)


DAMAGED = {
    "too short": (b"abcd", (1000, 1000), schema.TensorType.FLOAT32),
    "no number of values": (b"abcde", (2,), schema.TensorType.FLOAT32),
    "packed, too short": (b"a", (4, 4), schema.TensorType.INT4),
    "texts, damaged": (b"\xff\xff\xff\x7f", (4,), schema.TensorType.STRING),
    "packed, too many": (b"a", (1 << 15, 1 << 15), schema.TensorType.INT4),
}


@pytest.mark.parametrize("fault", DAMAGED)
def test_a_damaged_constant_is_a_message(fault: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        assert "it cannot be read" in shown(browser)
        await press(pilot, "v", "right", "down", "plus", "a", "x")
        assert "it cannot be read" in shown(browser)

    weighed(constant_model(*DAMAGED[fault]), act)


def test_packed_integers_are_unpacked() -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "v")
        assert " ".join(shown(browser).split()).count("-8 7") >= 2  # low nibble first

    weighed(constant_model(b"\x78" * 8, (4, 4), schema.TensorType.INT4), act)


def test_a_large_subgraph_is_waited_for() -> None:
    """3,000 operators: what is there is shown once the subgraph has been read."""

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        for _ in range(600):
            await pilot.pause(0.05)
            if browser.surveys:
                break
        await settle(pilot)
        assert "there are no constants here" in shown(browser)

    weighed(chain([f"op{i}" for i in range(3_000)]), act, place=operator_at(0, 1_500))


def test_without_colours_there_are_shades(cnn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")

    async def act(_: Pilot[None], browser: Browser) -> None:
        screen = shown(browser)
        assert "#=~-·░▒▓█" in screen
        assert "▀" not in screen
        assert "┼" in screen

    weighed(cnn, act)


def test_a_click_puts_the_cursor_on_a_number(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await pilot.click(WeightsTab, offset=(7 + 5, 3))
        await settle(pilot)
        assert tab_of(browser).look is not None
        assert tab_of(browser).look.place == (0, 0, 1, 0)  # type: ignore[union-attr]

    weighed(cnn, act)


def test_a_group_has_no_constants(cnn: Path) -> None:
    async def act(_: Pilot[None], browser: Browser) -> None:
        assert "there are no constants here" in shown(browser)

    weighed(cnn, act, place=Place(0, Kind.GROUP, 0))


@in_sizes_and_themes
@pytest.mark.parametrize("keys", ["", "v", "v v a"], ids=["tiles", "numbers", "heat"])
def test_what_it_looks_like(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    fixtures: Path,
    keys: str,
    size: tuple[int, int],
    theme: str,
) -> None:
    monkeypatch.chdir(fixtures)
    browser = Browser(Session(inspector.open("cnn_int8.tflite")), tab="weights")
    browser.use_theme(theme)

    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await press(pilot, *keys.split(), "right", "down")

    assert snap_compare(browser, terminal_size=size, run_before=go)
