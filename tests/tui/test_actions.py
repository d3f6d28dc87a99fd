"""What is done with the model from the browser: files that `tfli` then writes, and refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from driving import play, press, shown, until
from textual.pilot import Pilot
from textual.widgets import Input

import inspector
from inspector.cli.common import matcher
from inspector.errors import InputError
from inspector.tui import actions
from inspector.tui.app import Browser
from inspector.tui.command_line import MOST, Outcome, file_and_options, run
from inspector.tui.parts import filter_of, operators_of
from inspector.tui.places import Kind, Place, operator_at, subgraph_at
from inspector.tui.screens.prompt import Prompt
from inspector.tui.screens.work import WorkScreen
from inspector.tui.session import Session
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.slots import Skipped
from inspector.weights.values import Values


@pytest.fixture
def cnn(fixtures: Path) -> Path:
    return fixtures / "cnn.tflite"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def answer(pilot: Pilot[None], browser: Browser, line: str) -> None:
    """Answer what an action asks, and wait for the command."""
    await until(pilot, lambda: isinstance(browser.screen, Prompt))
    browser.screen.query_one(Input).value = line
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(browser.screen, WorkScreen))
    await pilot.pause()


def acted(
    model: Path, action: Callable[[Browser], None], line: str, at: Place | None = None
) -> str:
    """Do something, answer with a line; what is on the screen then."""
    found: list[str] = []

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        action(browser)
        await answer(pilot, browser, line)
        found.append(shown(browser))

    play(model, act, **({"place": at} if at else {}))
    return found[0]


def test_words_are_those_of_a_shell() -> None:
    assert file_and_options("'my weights.npz' --layout torch") == [
        "my weights.npz",
        "--layout",
        "torch",
    ]
    assert file_and_options("~/w.npz") == [str(Path.home() / "w.npz")]


@pytest.mark.parametrize("line", ["", "  ", "'open", "--layout torch"])
def test_a_line_without_a_file_is_refused(line: str) -> None:
    with pytest.raises(InputError):
        file_and_options(line)


def test_long_messages_are_cut_in_the_middle() -> None:
    told = Outcome(2, "", "\n".join(f"tfli: line {i}" for i in range(40))).told
    assert told.split(" · ")[0] == "line 0"
    assert told.split(" · ")[-1] == "line 39"
    assert len(told.split(" · ")) == MOST


def test_a_command_runs_in_another_process_and_no_module_of_the_folder_does(cnn: Path) -> None:
    Path("json.py").write_text("raise SystemExit('the wrong one')")
    outcome = asyncio.run(run(["info", str(cnn), "--json"]))
    assert outcome.code == 0
    assert json.loads(outcome.output)["subgraphs"][0]["operators"] == 15


def test_all_weights_are_exported(cnn: Path) -> None:
    screen = acted(cnn, actions.export_weights, "w.npz --layout keras")
    with np.load("w.npz") as written:
        assert written["stem/kernel"].shape == (3, 3, 3, 16)
    assert "wrote" in screen


def test_what_is_selected_is_exported(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        actions.export_selected(browser)
        await until(pilot, lambda: isinstance(browser.screen, Prompt))
        await answer(pilot, browser, browser.screen.query_one(Input).value)

    play(cnn, act, place=operator_at(0, 7))
    with np.load("cnn-part.npz") as written:
        assert sorted(written) == ["mix/bias", "mix/kernel"]


@pytest.mark.parametrize("layout", list(Layout))
def test_the_filter_of_an_operator_means_its_weights_in_each_layout(
    cnn: Path, layout: Layout
) -> None:
    with inspector.open(cnn) as model:
        wanted = matcher(filter_of(Session(model), operator_at(0, 12)))
        found = arrays(model, layout, Values.REAL, wanted)
        entries = [each[0] for each in found if not isinstance(each, Skipped)]
        constants = {
            tensor
            for tensor in model.subgraphs[0].operators[12].inputs
            if model.is_constant(model.subgraphs[0].tensors[tensor])
        }
        assert {tensor for entry in entries for tensor in entry.tensors} == constants


def test_what_has_no_weights_says_so(cnn: Path) -> None:
    with inspector.open(cnn) as model, pytest.raises(InputError, match="no weights here"):
        filter_of(Session(model), operator_at(0, 3))


def test_the_operators_of_a_place(cnn: Path) -> None:
    with inspector.open(cnn) as model:
        session = Session(model)
        assert operators_of(session, operator_at(0, 5)) == (5, 5)
        assert operators_of(session, subgraph_at(0)) == (0, 14)
        producer = session.anchor(Place(0, Kind.TENSOR, model.subgraphs[0].outputs[0]))
        assert producer == operator_at(0, 14)


def test_a_part_is_cut_out(cnn: Path) -> None:
    acted(cnn, actions.cut_out, "part.tflite --operators 3-7", operator_at(0, 3))
    with inspector.open("part.tflite") as part, inspector.open(cnn) as whole:
        names = [operator.name for operator in part.subgraphs[0].operators]
        assert names == [whole.subgraphs[0].operators[i].name for i in range(3, 8)]


@pytest.mark.parametrize(("name", "begins"), [("r.json", '{"schema"'), ("r.txt", "")])
def test_a_report_is_written(cnn: Path, name: str, begins: str) -> None:
    acted(cnn, actions.report, name)
    written = Path(name).read_text()
    assert "".join(written.split()).startswith(begins)
    assert "CONV_2D" in written


def test_nothing_is_written_over_what_is_there_unless_asked(cnn: Path) -> None:
    for name, action in (("w.npz", actions.export_weights), ("r.txt", actions.report)):
        Path(name).write_text("mine")
        screen = acted(cnn, action, name)
        assert "exists already" in screen
        assert name in screen  # the line is still there, to be mended
        assert Path(name).read_text() == "mine"
        acted(cnn, action, f"{name} --force")
        assert Path(name).read_bytes() != b"mine"


def test_a_cancelled_command_leaves_nothing(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        actions.rebuild(browser)
        await until(pilot, lambda: isinstance(browser.screen, Prompt))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(browser.screen, WorkScreen))
        assert "working" in shown(browser)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(browser.screen, WorkScreen))
        await pilot.pause()
        assert "cancelled" in shown(browser)

    play(cnn, act)
    assert list(Path().iterdir()) == []


def test_rebuilding_shows_the_source(cnn: Path) -> None:
    screen = acted(cnn, actions.rebuild, "keras --no-verify", operator_at(0, 7))
    assert "def build_model" in Path("keras/model.py").read_text()
    assert 'name="mix"' in screen
    assert "keras/model.py" in screen


def test_the_actions_have_a_palette(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "e")
        await pilot.pause(0.3)
        assert "Export weights" in shown(browser)
        assert "Theme" not in shown(browser)

    play(cnn, act)
