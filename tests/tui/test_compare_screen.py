"""The screen of a comparison: each key, both values, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from driving import NARROW, WIDE, Play, in_sizes_and_themes, play, press, settle, shown
from models import HOSTILE, chain
from textual.pilot import Pilot

import inspector
from inspector.compare.passes import compare
from inspector.compare.tflite import TfliteCandidate
from inspector.errors import InputError
from inspector.run.capture import capture
from inspector.run.inputs import inputs_of
from inspector.run.places import Place as SeenAt
from inspector.run.record import Plan, record
from inspector.run.runtime import Kernels, Runtime
from inspector.run.store import array_key, save
from inspector.tui.app import Browser
from inspector.tui.comparing import question_in
from inspector.tui.pairs import Pair
from inspector.tui.panes.heat import HeatPane
from inspector.tui.panes.mismatches import OperatorList
from inspector.tui.places import operator_at
from inspector.tui.screens.comparing import REST, CompareScreen
from inspector.tui.screens.main import MainScreen
from inspector.tui.session import Session
from tests.run.graphs import choosing, counting
from tests.run.keepers import keeping
from tests.written import packed


@pytest.fixture
def cnn(fixtures: Path) -> Path:
    return fixtures / "cnn.tflite"


@pytest.fixture
def other(fixtures: Path) -> str:
    return f"'{fixtures / 'cnn_int8.tflite'}'"


def compared(model: Path | bytes, line: str, act: Play, size: tuple[int, int] = WIDE) -> None:
    """Compare a model in the browser and do something then."""

    async def rested(pilot: Pilot[None], browser: Browser) -> None:
        await rest(pilot)
        await act(pilot, browser)

    play(model, rested, size, question=question_in(line))


async def rest(pilot: Pilot[Any]) -> None:
    """Wait until both values of the operator under the cursor are there."""
    await settle(pilot)
    await pilot.pause(2 * REST)
    await settle(pilot)
    await settle(pilot)


def screen_of(browser: Browser) -> CompareScreen:
    assert isinstance(browser.screen, CompareScreen)
    return browser.screen


def pairs_of(browser: Browser) -> Sequence[Pair]:
    values = screen_of(browser).values
    assert values is not None
    return values.pairs


def test_it_finds_what_the_library_finds(cnn: Path, fixtures: Path, other: str) -> None:
    runtime = Runtime()
    with inspector.open(cnn) as model, inspector.open(fixtures / "cnn_int8.tflite") as theirs:
        candidate = TfliteCandidate(model, theirs, runtime)
        sample = candidate.in_range(inputs_of(model).random(0, 0))
        expected = compare(model, candidate, [sample], runtime)

    async def act(_: Pilot[None], browser: Browser) -> None:
        answer = screen_of(browser).answer
        assert answer is not None
        assert answer.comparison.operators == expected.operators
        assert answer.comparison.outcome == expected.outcome
        assert browser.outcome == "mismatch"
        assert answer.headline[:60] in shown(browser)

    compared(cnn, other, act)


def test_faults_are_stepped_through(cnn: Path, other: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        listing = browser.screen.query_one(OperatorList)
        verdicts = [operator.verdict.value for operator in listing.operators]
        faults = [i for i, verdict in enumerate(verdicts) if verdict in ("SOURCE", "UNKNOWN")]
        assert 9 not in faults
        assert listing.cursor == faults[0]
        seen = [listing.cursor]
        for _ in faults:
            await press(pilot, "n")
            seen.append(listing.cursor)
        assert seen == [*faults, faults[0]]
        await press(pilot, "N")
        assert listing.cursor == faults[-1]

    compared(cnn, other, act)


def test_the_worst_come_first_and_the_cursor_stays(cnn: Path, other: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        listing = browser.screen.query_one(OperatorList)
        in_order, here = listing.operators, listing.here
        await press(pilot, "w")
        ranges = [
            operator.isolated.worst.max_rel_range or 0
            for operator in listing.operators
            if operator.isolated and operator.verdict.value == "SOURCE"
        ]
        assert ranges == sorted(ranges, reverse=True)
        assert len(ranges) > 2
        assert listing.here == here
        await press(pilot, "w")
        assert listing.operators == in_order

    compared(cnn, other, act)


@pytest.mark.usefixtures("coloured")
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_both_values_stand_side_by_side(cnn: Path, other: str, size: tuple[int, int]) -> None:
    async def act(_: Pilot[None], browser: Browser) -> None:
        screen = screen_of(browser)
        (pair,) = pairs_of(browser)
        assert pair.expected.shape == pair.found.shape == (1, 16, 16, 16)
        worst = np.abs(pair.found - pair.expected).max()
        assert abs(pair.difference[pair.furthest]) == worst
        found = screen.answer and screen.answer.comparison.operators[0].isolated
        assert found is not None
        assert found.worst.max_abs == pytest.approx(worst)
        text = shown(browser)
        assert "reference [0, " in text
        assert "candidate − reference" in text
        assert f"furthest    at {list(pair.furthest)}" in text
        assert text.count("▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀") >= 9

    compared(cnn, other, act, size)


def test_samples_are_stepped_through(cnn: Path, other: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        first = pairs_of(browser)[0].expected
        assert "1 of 2" in shown(browser)
        await press(pilot, "full_stop")
        await rest(pilot)
        assert "2 of 2" in shown(browser)
        assert not np.array_equal(pairs_of(browser)[0].expected, first)
        await press(pilot, "comma")
        await rest(pilot)
        np.testing.assert_array_equal(pairs_of(browser)[0].expected, first)

    compared(cnn, f"{other} --samples 2", act)


def test_enter_leads_to_the_graph_and_escape_leaves(cnn: Path, other: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "down", "down", "enter")
        assert isinstance(browser.screen, MainScreen)
        assert browser.place == operator_at(0, 2)

    compared(cnn, other, act)

    async def leave(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "escape")
        assert isinstance(browser.screen, MainScreen)

    compared(cnn, other, leave)


def test_a_model_under_other_kernels_agrees_with_itself(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        answer = screen_of(browser).answer
        assert answer is not None
        assert answer.runtime.kernels is Kernels.BUILTIN
        assert "match: all 15 operators agree" in shown(browser)
        await press(pilot, "n")
        notes = " ".join(note.message for note in browser._notifications)
        assert "no operator is a SOURCE or UNKNOWN" in notes

    compared(cnn, "--against reference", act)


def recording(model: Path, path: Path, step: int) -> str:
    """The line for a capture of a model in which operator 3 gave so much more."""
    with inspector.open(model) as opened:
        tensors = opened.subgraphs[0].tensors
        values = dict(capture(opened, inputs_of(opened).random(0, 0)).values)
        made = opened.subgraphs[0].operators[3].outputs[0]
        values[made] = values[made] + values[made].dtype.type(step)
        save(path, {array_key(tensors[t]): value for t, value in values.items()}, force=False)
    return f"'{path}'"


def test_a_recording_is_a_candidate(cnn: Path, tmp_path: Path) -> None:
    async def act(_: Pilot[None], browser: Browser) -> None:
        listing = browser.screen.query_one(OperatorList)
        assert listing.here is not None
        assert listing.here.index == 3
        assert listing.here.verdict.value == "SOURCE"
        (pair,) = pairs_of(browser)
        np.testing.assert_allclose(pair.difference, 1, atol=1e-5)  # a sum of floats near 8

    compared(cnn, recording(cnn, tmp_path / "a.npz", 1), act)


def test_the_turns_of_a_loop_are_stepped_through(tmp_path: Path) -> None:
    """The body adds 1 to i, that of the candidate 2; each turn begins where the reference is."""
    model = counting(tmp_path / "m.tflite")
    root = schema.ModelT.InitFromPackedBuf(bytearray(model.read_bytes()), 0)
    root.buffers[1].data = np.array([2], np.int32).view(np.uint8)
    (tmp_path / "other.tflite").write_bytes(packed(root))
    inputs = {"i": np.int32([0]), "limit": np.int32([3]), "x": np.float32([0.5, -1])}
    np.savez(tmp_path / "in.npz", **inputs)

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        here = browser.screen.query_one(OperatorList).here
        assert here is not None
        assert (here.subgraph, here.index, here.verdict.value) == (2, 0, "SOURCE")
        for turn in range(3):
            (pair,) = pairs_of(browser)
            assert (pair.expected.item(), pair.found.item()) == (turn + 1, turn + 2)
            assert f"{turn + 1} of 3" in shown(browser)
            assert "›2/0 ADD  SOURCE" in shown(browser)
            assert f"run by operator 0, turn {turn}" in shown(browser)
            await press(pilot, "full_stop")
            await rest(pilot)
        assert pairs_of(browser)[0].expected.item() == 1

    line = f"'{tmp_path / 'other.tflite'}' '{tmp_path / 'in.npz'}'"
    compared(model, line, act)


def test_the_turns_of_a_recording_are_stepped_through(tmp_path: Path) -> None:
    """What the body was fed in the recording; there the reference's ADD gives i + 1, not i + 2."""
    model = counting(tmp_path / "m.tflite")
    root = schema.ModelT.InitFromPackedBuf(bytearray(model.read_bytes()), 0)
    root.buffers[1].data = np.array([2], np.int32).view(np.uint8)
    inputs = [np.int32([0]), np.int32([5]), np.float32([0.5, -1])]
    arrays: dict[str, np.ndarray] = {}

    with inspector.Model(packed(root)) as other:

        def take(place: SeenAt, value: np.ndarray) -> None:
            tensor = other.subgraphs[place.subgraph].tensors[place.tensor]
            arrays[array_key(tensor, place)] = value

        record(other, [inputs], Plan(), take)
    np.savez(tmp_path / "acts.npz", **arrays)  # type: ignore[arg-type]

    async def act(pilot: Pilot[None], browser: Browser) -> None:
        here = browser.screen.query_one(OperatorList).here
        assert here is not None
        assert (here.subgraph, here.index, here.verdict.value) == (2, 0, "SOURCE")
        for turn in range(3):
            (pair,) = pairs_of(browser)
            assert (pair.expected.item(), pair.found.item()) == (2 * turn + 1, 2 * turn + 2)
            assert f"run by operator 0, turn {turn}" in shown(browser)
            await press(pilot, "full_stop")
            await rest(pilot)

    compared(model, f"'{tmp_path / 'acts.npz'}'", act)


def test_a_branch_that_was_not_taken_is_shown_on_random_numbers(tmp_path: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "end")
        await rest(pilot)
        (pair,) = pairs_of(browser)
        np.testing.assert_array_equal(pair.expected, pair.found)
        assert "random: no operator ran it" in shown(browser)

    np.savez(tmp_path / "in.npz", which=np.array([True]))
    line = f"--against reference --input '{tmp_path / 'in.npz'}'"
    compared(choosing(tmp_path / "m.tflite"), line, act)


def test_an_initialiser_is_fed_nothing(tmp_path: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "end")
        await rest(pilot)
        (pair,) = pairs_of(browser)
        assert pair.expected.item() == pair.found.item() == 1.5
        assert "nothing: it has no inputs" in shown(browser)

    compared(keeping(tmp_path / "m.tflite", start=1.5), "--against reference", act)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nowhere.tflite", "nowhere.tflite"),
        ("--seed 1", "compared with what"),
        ("README.md --samples 0", "README.md"),
    ],
)
def test_what_cannot_be_compared_is_a_message(cnn: Path, line: str, words: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        assert words in " ".join(note.message for note in browser._notifications)
        assert words in shown(browser)
        assert not browser.outcome
        await press(pilot, "n", "w", "full_stop", "o", "escape")
        assert isinstance(browser.screen, MainScreen)

    compared(cnn, line, act)


def test_the_palette_asks_for_a_candidate(cnn: Path, other: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        from inspector.tui.watching import compare_with

        compare_with(browser)
        await settle(pilot)
        browser.screen.query_one("Input").value = other  # type: ignore[attr-defined]
        await press(pilot, "enter")
        await rest(pilot)
        assert screen_of(browser).answer is not None

    play(cnn, act)


def test_a_line_that_is_wrong_is_there_to_be_mended(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        from inspector.tui.watching import compare_with

        compare_with(browser)
        await settle(pilot)
        line = "other.tflite --samples many"
        browser.screen.query_one("Input").value = line  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert browser.screen.query_one("Input").value == line  # type: ignore[attr-defined]
        assert "invalid int value" in " ".join(note.message for note in browser._notifications)

    play(cnn, act)


def test_a_comparison_is_cancelled_by_escape(cnn: Path, other: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        browser.compare(question_in(f"{other} --samples 500"))
        while not browser.jobs.far.startswith("running"):
            await pilot.pause(0.02)
        await pilot.press("escape")
        await settle(pilot)
        assert not browser.job
        assert "comparing: cancelled" in shown(browser)
        await press(pilot, "escape")
        assert isinstance(browser.screen, MainScreen)

    play(cnn, act)


def test_hostile_names_are_text() -> None:
    async def act(_: Pilot[None], browser: Browser) -> None:
        assert "\x1b" not in shown(browser)
        assert "match" in shown(browser)

    compared(chain([HOSTILE] * 3), "--against reference", act)


def test_without_colours_signs_and_shades_tell(
    cnn: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(_: Pilot[None], browser: Browser) -> None:
        text = shown(browser)
        assert "✗    1 DEPTHWISE_CONV_2D" in text
        assert "░" in text
        assert "▀" not in text
        assert browser.screen.query(HeatPane)

    compared(cnn, other, act)


def test_the_furthest_is_what_is_no_number() -> None:
    with inspector.Model(chain(["a"])) as model:
        tensor = model.subgraphs[0].tensors[0]
    expected = np.array([[1.0, 2.0, np.inf], [4.0, 5.0, 6.0]])
    found = np.array([[1.0, 9.0, np.inf], [4.0, np.nan, 6.0]])
    pair = Pair(tensor, expected, found)
    assert pair.furthest == (1, 1)
    assert pair.difference[0].tolist() == [0, 7, 0]
    scalar = Pair(tensor, np.array(1.0), np.array(3.0))
    assert (scalar.furthest, scalar.difference.item()) == ((), 2)


def test_a_line_says_what_to_compare() -> None:
    question = question_in("rebuilt/ a.npy --against xnnpack --signature serve --samples 3")
    assert question.candidate == "rebuilt/"
    assert (question.against, question.signature) == (Kernels.XNNPACK, "serve")
    assert question.given
    assert not question_in("rebuilt/").given
    assert question_in("--against reference --input a.npy").candidate is None
    assert question_in("--against reference --input a.npy").given
    with pytest.raises(InputError, match="invalid choice"):
        question_in("x --against none")


@in_sizes_and_themes
def test_screen(
    snap_compare: Callable[..., bool],
    fixtures: Path,
    tmp_path: Path,
    size: tuple[int, int],
    theme: str,
) -> None:
    """Of integers, which are the same on every machine."""
    model = fixtures / "cnn_int8.tflite"
    line = recording(model, tmp_path / "a.npz", 2)
    browser = Browser(Session(inspector.open(model)), question=question_in(line))
    browser.use_theme(theme)
    assert snap_compare(browser, terminal_size=size, run_before=rest)
