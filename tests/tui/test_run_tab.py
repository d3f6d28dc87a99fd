"""The tab of a run: inputs by a line, values beside their operators, samples, the end of a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from driving import NARROW, WIDE, Play, in_sizes_and_themes, lines, play, press, settle, shown
from models import HOSTILE, chain
from textual.pilot import Pilot
from textual.widgets import Input

import inspector
from inspector.errors import InputError
from inspector.run.capture import capture
from inspector.run.inputs import inputs_of
from inspector.tui.app import Browser
from inspector.tui.captured import Observed, is_picture
from inspector.tui.panes import tabs
from inspector.tui.panes.array import ArrayPane
from inspector.tui.panes.heat import HeatPane
from inspector.tui.panes.job import JobLine
from inspector.tui.panes.value_list import ValueList
from inspector.tui.panes.values import RunTab
from inspector.tui.places import operator_at, tensor_at
from inspector.tui.registry import TABS
from inspector.tui.running import asked_in
from inspector.tui.session import Session
from inspector.tui.watching import run_model
from tests.run.graphs import aborting, counting, endless
from tests.run.keepers import recalling
from tests.run.litert import BUILTIN

POSIX = pytest.mark.skipif(os.name != "posix", reason="the process is ended by a signal")
KEY = str([tab.id for tab in TABS].index("run") + 1)


@pytest.fixture
def cnn(fixtures: Path) -> Path:
    return fixtures / "cnn_int8.tflite"


def run(model: Path | bytes, act: Play, size: tuple[int, int] = WIDE, **begin: Any) -> None:
    """Do something on the tab."""
    play(model, act, size, tab="run", **begin)


async def ask(pilot: Pilot[None], browser: Browser, line: str) -> None:
    """Run the model on what a line says."""
    await begin(pilot, browser, line)
    await settle(pilot)


async def begin(pilot: Pilot[None], browser: Browser, line: str) -> None:
    """Begin to run the model, and do not wait for it."""
    await pilot.press("r")
    await pilot.pause()
    browser.screen.query_one(Input).value = line
    await pilot.press("enter")
    await pilot.pause()


async def cancel(pilot: Pilot[None], browser: Browser) -> None:
    """Press Escape while a model runs, and wait."""
    await pilot.press("escape")
    await settle(pilot)
    assert not browser.job
    assert browser.captured is None
    assert "cancelled" in told(browser)


def told(browser: Browser) -> str:
    """All messages, and what the tab says of the last run."""
    notes = [note.message for note in browser._notifications]
    return " ".join([*notes, browser.main.query_one(JobLine).shown])


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_every_operator_has_what_the_interpreter_gives(cnn: Path, size: tuple[int, int]) -> None:
    with inspector.open(cnn) as model:
        expected = capture(model, inputs_of(model).random(7, 0)).values
        made = {operator.index: operator.outputs[0] for operator in model.subgraphs[0].operators}

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        assert "nothing was run yet" in shown(browser)
        await ask(pilot, browser, "--seed 7")
        captured = browser.captured
        assert captured is not None
        (moment,) = captured.moments(0)
        for tensor in made.values():
            value = captured.at(0, tensor, moment)
            assert value is not None
            np.testing.assert_array_equal(value.array(), expected[tensor])
        assert "  in " in shown(browser)
        await press(pilot, "end")
        assert "SOFTMAX" in shown(browser)

    run(cnn, act, size)


def test_samples_are_stepped_through(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "--samples 3")
        seen = []
        for key in ("", "full_stop", "greater_than_sign", "full_stop", "comma"):
            await press(pilot, *([key] if key else []))
            seen.append(lines(browser)[2].split("·")[0].strip())
        assert seen == [f"sample {n} ({n}/3)" for n in (1, 2, 3, 1, 3)]

    run(cnn, act)


def test_steps_go_on_from_the_state_that_the_one_before_has_left(tmp_path: Path) -> None:
    """`recalling` has one number as its state, tensor 6, and gives it as tensor 7."""
    model = recalling(tmp_path / "m.tflite")
    own = Interpreter(model_path=str(model), experimental_op_resolver_type=BUILTIN)
    own.allocate_tensors()
    states = [0.0]
    for _ in range(3):
        own.set_tensor(0, np.float32([[1.5]]))
        own.invoke()
        states.append(own.get_tensor(7).item())
    np.save(tmp_path / "x.npy", np.float32([[1.5]]))

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, f"'{tmp_path / 'x.npy'}' --steps 3")
        listing = browser.main.query_one(ValueList)
        variable = [row for row in listing.values if row.tensor == 6]
        for step in range(3):
            assert f"step {step + 1} ({step + 1}/3)" in shown(browser)
            held = [listing.value(row) for row in variable]
            assert [value.array().item() for value in held if value] == states[step : step + 2]
            await press(pilot, "full_stop")
        await press(pilot, "end")
        assert lines(browser)[3 + len(listing.values)].startswith("›left h")

    run(model, act)


def test_the_cursor_is_where_the_user_is_and_enter_leads_to_the_graph(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "--seed 0")
        await press(pilot, "home")
        assert browser.place == tensor_at(0, 0)
        await press(pilot, "down", "down", "down")
        assert browser.place == operator_at(0, 2)
        await press(pilot, "enter")
        await press(pilot, "down", KEY)
        assert lines(browser)[8].startswith("›   3 ADD")

    run(cnn, act)


@pytest.mark.usefixtures("coloured")
def test_a_picture_is_shown_as_one_until_numbers_are_asked_for(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "--seed 0")
        await press(pilot, "home")
        tab = browser.main.query_one(RunTab)
        assert tab.query_one(HeatPane).display
        assert "▀" in shown(browser)
        await press(pilot, "i")
        assert not tab.query_one(HeatPane).display
        await press(pilot, "v", "v", "v")
        assert browser.focused is tab.query_one(ArrayPane)
        await press(pilot, "escape")
        assert browser.focused is tab.listing

    run(cnn, act)


def test_values_of_a_loop_are_seen_turn_by_turn(tmp_path: Path) -> None:
    """Of a loop that runs while i < limit: what its body gave in each turn."""
    np.savez(tmp_path / "in.npz", i=np.int32([0]), limit=np.int32([3]))

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, f"'{tmp_path / 'in.npz'}'")
        captured = browser.captured
        assert captured is not None
        assert [moment.words for moment in captured.moments(2)] == [
            f"run by operator 0, turn {turn}" for turn in range(3)
        ]
        browser.go_to_subgraph(2)
        await press(pilot, KEY)
        assert "run by operator 0, turn 0 (1/3)" in shown(browser)
        await press(pilot, "full_stop")
        assert "run by operator 0, turn 1 (2/3)" in shown(browser)

    run(counting(tmp_path / "m.tflite"), act)


def test_the_outline_shows_what_was_captured(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        assert "values" not in lines(browser)[2]
        run_model(browser)
        await settle(pilot)
        await press(pilot, "enter")
        await press(pilot, "1")
        heading, *rows = lines(browser)[2:]
        column = heading.index("values")
        assert all("█" in row[column : column + 10] for row in rows[:15])

    play(cnn, act)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nowhere.png", "there is no such file"),
        ("--samples 0", "at least one is needed"),
        ("--samples many", "invalid int value"),
        ("--mean x", "invalid numbers value"),
        ("'open", "No closing quotation"),
        ("other=x.npy", "names none of the inputs"),
    ],
)
def test_inputs_that_do_not_fit_are_a_message(cnn: Path, line: str, words: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, line)
        assert words in told(browser)
        assert browser.captured is None
        assert not browser.job

    run(cnn, act)


def test_a_file_is_an_input(cnn: Path, tmp_path: Path) -> None:
    array = np.full((1, 32, 32, 3), 5, np.int8)
    np.save(tmp_path / "five.npy", array)

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, f"'{tmp_path / 'five.npy'}'")
        assert browser.captured is not None
        (moment,) = browser.captured.moments(0)
        value = browser.captured.at(0, 0, moment)
        assert value is not None
        np.testing.assert_array_equal(value.array(), array)
        assert "five.npy" in shown(browser)

    run(cnn, act)


def test_hostile_names_are_text() -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "--seed 0")
        assert "\x1b" not in shown(browser)
        assert "ADD" in shown(browser)

    run(chain([HOSTILE] * 3), act)


def test_without_colours_there_are_shades(cnn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "--seed 0")
        await press(pilot, "down", "down")
        screen = shown(browser)
        assert "▒" in screen or "░" in screen
        assert "▀" not in screen

    run(cnn, act)


def test_files_of_a_run_are_gone_when_the_browser_is_left(cnn: Path) -> None:
    kept: list[Path] = []

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        for _ in range(2):
            await ask(pilot, browser, "--seed 0")
            assert browser.captured is not None
            kept.append(Path(browser.captured._folder.name))
            assert any(kept[-1].iterdir())

    run(cnn, act)
    assert kept[0] != kept[1]
    assert not any(folder.exists() for folder in kept)


def test_what_was_asked_for_last_is_there_to_be_changed(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "nowhere.png --seed 4")
        await press(pilot, "r")
        assert browser.screen.query_one(Input).value == "nowhere.png --seed 4"

    run(cnn, act)


def test_a_run_of_many_samples_is_cancelled_by_escape(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await begin(pilot, browser, "--samples 100000")
        while "values" not in browser.jobs.far:
            await pilot.pause(0.02)
        assert "running the model" in shown(browser)
        await cancel(pilot, browser)
        await ask(pilot, browser, "--seed 0")
        assert browser.captured is not None  # it can be run again

    run(cnn, act)


@POSIX
def test_a_run_that_never_ends_is_cancelled_by_escape(tmp_path: Path) -> None:
    """The process is killed inside of the interpreter, and no search for the operator begins."""

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        np.savez(tmp_path / "in.npz", i=np.int32([0]), limit=np.int32([5]))
        await begin(pilot, browser, f"'{tmp_path / 'in.npz'}'")
        await pilot.pause(0.5)
        assert browser.job
        await cancel(pilot, browser)

    run(endless(tmp_path / "m.tflite"), act)


@POSIX
def test_an_interpreter_that_dies_is_a_message_with_its_operator(tmp_path: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await ask(pilot, browser, "--seed 0")
        assert "it happens at operator 3 (ADD)" in told(browser)
        assert browser.captured is None

    run(aborting(tmp_path / "m.tflite", at=3, count=6), act)


def test_leaving_ends_what_is_under_way(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await begin(pilot, browser, "--samples 100000")
        while "values" not in browser.jobs.far:
            await pilot.pause(0.02)

    run(cnn, act)


def test_real_numbers_are_those_of_the_scale(cnn: Path) -> None:
    with inspector.open(cnn) as model:
        tensor = model.subgraphs[0].tensors[17]
        stored = np.arange(-8, 8, dtype=np.int8).reshape(1, 4, 4, 1)
        found = Observed(stored, tensor, real=True).part((0, slice(1, 3), slice(None), 0))
        assert tensor.quantization is not None
        (scale,), (zero,) = tensor.quantization.scale, tensor.quantization.zero_point
        expected = (stored[0, 1:3, :, 0].astype(np.float64) - zero) * scale
        np.testing.assert_array_equal(found, expected.astype(np.float32))


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        ((1, 32, 32, 3), True),
        ((28, 28, 1), True),
        ((1, 32, 32, 16), False),
        ((1, 4, 4, 3), False),
        ((64, 3), False),
    ],
)
def test_pictures_are_known_by_their_shape(shape: tuple[int, ...], found: bool) -> None:
    assert is_picture(shape) is found


def test_a_line_says_inputs_and_options() -> None:
    asked = asked_in("a=x.png 'my file.npy' --seed 3 --shape a=1,8 --mean 1,2,3 --std 2")
    assert asked.given == ("a=x.png", "my file.npy")
    assert (asked.seed, asked.samples, asked.shapes) == (3, None, ("a=1,8",))
    assert (asked.preparation.mean, asked.preparation.std) == ((1.0, 2.0, 3.0), (2.0,))
    assert asked_in("--steps 4").steps == 4
    with pytest.raises(InputError, match="unrecognized"):
        asked_in("--colour red")


@in_sizes_and_themes
def test_screen(
    snap_compare: Callable[..., bool],
    monkeypatch: pytest.MonkeyPatch,
    cnn: Path,
    size: tuple[int, int],
    theme: str,
) -> None:
    named = [tab for tab in TABS if tab.id in ("graph", "run")]
    monkeypatch.setattr(tabs, "TABS", named)  # so that another tab changes no picture
    browser = Browser(Session(inspector.open(cnn)), tab="run")
    browser.use_theme(theme)

    async def go(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await ask(pilot, browser, "--seed 0")
        await press(pilot, "down", "down", "down")
        await settle(pilot)

    assert snap_compare(browser, terminal_size=size, run_before=go)
