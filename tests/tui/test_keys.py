"""Each key, pressed: where the user is then, and what is on the screen."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from driving import NARROW, WIDE, lines, play, press, pressed, settle, shown
from models import chain, loop
from textual.pilot import Pilot

import inspector
from inspector.tui.app import Browser
from inspector.tui.places import Kind, Place, operator_at, subgraph_at, tensor_at
from inspector.tui.registry import TABS
from inspector.tui.session import Session

NAMES = ["low/a/x", "low/a/y", "low/b/x", "low/b/y", "high/x", "high/y"]


def number_of(tab: str) -> str:
    """The key that opens a tab."""
    return str([each.id for each in TABS].index(tab) + 1)


@pytest.fixture
def cnn(fixtures: Path) -> Path:
    return fixtures / "cnn.tflite"


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        ("down down", 2),
        ("j j j k", 2),
        ("down up", 0),
        ("end", 14),
        ("G", 14),
        ("end home", 0),
        ("up", 0),
        ("end down", 14),
        ("pagedown", 14),
        ("end pageup", 0),
        ("ctrl+f ctrl+b", 0),
    ],
)
def test_the_cursor_moves_through_the_operators(cnn: Path, keys: str, index: int) -> None:
    place, screen = pressed(cnn, *keys.split())
    assert place == operator_at(0, index)
    assert f"#{index} " in screen  # the details are those of the same operator


def test_enter_follows_an_edge_and_backspace_goes_back(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "enter")  # into the details, on the operator behind
        assert browser.focused and browser.focused.id == "details"
        await press(pilot, "enter", "enter")
        assert browser.place == operator_at(0, 2)
        await press(pilot, "backspace")
        assert browser.place == operator_at(0, 1)
        await press(pilot, "backspace")
        assert browser.place == operator_at(0, 0)
        await press(pilot, "B")
        assert browser.place == operator_at(0, 1)
        await press(pilot, "backspace", "backspace")
        assert "this is where you began" in shown(browser)

    play(cnn, act)


def test_a_loop_is_entered_and_left() -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "down", "enter", *"G")
        labels = [line.label for line in browser.main.query_one("#details").lines]  # type: ignore[attr-defined]
        await press(pilot, "home", *["down"] * labels.index("body"), "enter")
        assert browser.place == subgraph_at(2)
        assert "run by" in shown(browser)
        await press(pilot, "backspace")
        assert browser.place == operator_at(0, 1)

    play(loop(), act)


def test_brackets_step_through_the_subgraphs() -> None:
    assert pressed(loop(), "right_square_bracket")[0] == operator_at(1, 0)
    assert pressed(loop(), "left_square_bracket")[0] == operator_at(2, 0)
    assert pressed(loop(), *["right_square_bracket"] * 3)[0] == operator_at(0, 0)


def test_a_model_of_one_subgraph_has_no_next_one(cnn: Path) -> None:
    assert "one subgraph" in pressed(cnn, "right_square_bracket")[1]


def test_groups_open_and_close() -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        outline = browser.session.outline(0)
        everything = len(outline.rows)
        await press(pilot, "minus")
        assert len(outline.rows) == 2
        assert browser.place == Place(0, Kind.GROUP, 0)
        await press(pilot, "right")
        assert len(outline.rows) == 4
        await press(pilot, "l")  # an open group is gone into
        assert browser.place == Place(0, Kind.GROUP, 1)
        await press(pilot, "space", "down")
        assert browser.place == operator_at(0, 0)
        await press(pilot, "h")
        assert browser.place == Place(0, Kind.GROUP, 1)
        await press(pilot, "enter")
        assert len(outline.rows) == 4
        await press(pilot, "left", "left")
        assert len(outline.rows) == 2
        await press(pilot, "plus")
        assert len(outline.rows) == everything

    play(chain(NAMES), act)


@pytest.mark.parametrize("number", range(1, len(TABS) + 1))
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_numbers_open_the_tabs(cnn: Path, number: int, size: tuple[int, int]) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, str(number))
        shown_tab = browser.main.shown
        assert shown_tab is not None
        assert shown_tab.id == f"tab-{TABS[number - 1].id}"
        assert browser.focused is not None
        assert shown_tab in browser.focused.ancestors_with_self
        assert all(len(line) == size[0] for line in lines(browser))
        assert lines(browser)[-1].endswith("? Help  q Quit ")

    play(cnn, act, size)


def test_the_search_goes_to_the_first_hit_and_counts(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "slash", *"fully")
        assert browser.place == operator_at(0, 12)
        assert "1 of 2 operators" in shown(browser)
        await press(pilot, "down")
        assert browser.place == operator_at(0, 13)
        await press(pilot, "enter", "n")
        assert browser.place == operator_at(0, 12)
        await press(pilot, "N")
        assert browser.place == operator_at(0, 13)
        await press(pilot, "backspace")
        assert browser.place == operator_at(0, 0)

    play(cnn, act)


def test_what_is_typed_before_the_first_tab_is_there_is_searched(cnn: Path) -> None:
    async def run() -> None:
        with inspector.open(cnn) as model:
            browser = Browser(Session(model))
            async with browser.run_test() as pilot:
                await press(pilot, "slash", *"fully")
                assert browser.place == operator_at(0, 12)

    asyncio.run(run())


def test_escape_leaves_the_search_and_goes_back(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "slash", *"fully", "escape")
        assert browser.place == operator_at(0, 0)
        assert not browser.found
        await press(pilot, "n")
        assert "nothing was searched" in shown(browser)
        await press(pilot, "down")
        assert browser.place == operator_at(0, 1)  # the outline has the focus again

    play(cnn, act)


@pytest.mark.parametrize(
    ("typed", "place"),
    [("7", operator_at(0, 7)), ("t3", tensor_at(0, 3)), ("logits", operator_at(0, 13))],
)
def test_g_goes_to_an_address_or_a_name(cnn: Path, typed: str, place: Place) -> None:
    assert pressed(cnn, "g", *typed, "enter")[0] == place


@pytest.mark.parametrize(
    ("typed", "complaint"), [("99", "there is no operator 99"), ("nobody", "is no address")]
)
def test_g_says_why_it_cannot_go(cnn: Path, typed: str, complaint: str) -> None:
    place, screen = pressed(cnn, "g", *typed, "enter")
    assert place == operator_at(0, 0)
    assert complaint in screen


def test_p_finds_operators_and_tensors_by_name(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "p", *"pyramid")
        await pilot.pause(0.3)  # the palette gathers its hits
        await press(pilot, "enter")
        assert browser.place == operator_at(0, 10)

    play(cnn, act)


def test_the_palette_holds_every_key_and_theme(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "ctrl+p", *"Theme tfli-light")
        await pilot.pause(0.3)
        await press(pilot, "enter")
        assert browser.theme == "tfli-light"
        await press(pilot, "ctrl+p", *"Tensors")
        await pilot.pause(0.3)
        await press(pilot, "enter")
        assert browser.main.shown is not None
        assert browser.main.shown.id == "tab-tensors"

    play(cnn, act)


def test_jump_mode_labels_what_is_to_be_seen(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "f")
        jumps = browser.screen.targets  # type: ignore[attr-defined]
        label = next(
            letters
            for letters, (offset, _) in jumps.items()
            if lines_at(browser, offset.y).find("SOFTMAX") >= 0 and offset.x < 20
        )
        await press(pilot, *label)
        assert browser.place == operator_at(0, 14)
        await press(pilot, "f", "escape", "down")
        assert browser.place == operator_at(0, 14)

    play(cnn, act)


def lines_at(browser: Browser, y: int) -> str:
    """A line of the screen below the labels."""
    below = browser.screen_stack[0]._compositor.render_strips(browser.size)
    return "".join(segment.text for segment in below[y])


def test_y_copies_the_name(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "down", "y")
        assert browser.clipboard == "depthwise"
        assert "copied depthwise" in shown(browser)
        await press(pilot, "2", "y")
        tensor = browser.session.operator(browser.place).outputs[0]
        assert browser.clipboard == browser.session.tensor(tensor_at(0, tensor)).name

    play(cnn, act)


def test_what_cannot_be_copied_is_said(cnn: Path) -> None:
    assert "nothing to copy" in pressed(cnn, number_of("run"), "y")[1]


def test_a_click_on_a_key_presses_it(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await pilot.click("KeyLine", offset=(lines(browser)[-1].index("Go to"), 0))
        await settle(pilot)
        assert browser.screen.query("#prompt")

    play(cnn, act, NARROW)


def test_while_one_types_letters_are_no_keys(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "slash")
        line = lines(browser)[-1]
        assert all(does in line for does in ("Cancel", "Next hit", "Hit before"))
        assert "Quit" not in line

    play(cnn, act)


def test_help_explains_the_keys_of_the_tab_around_the_pane(cnn: Path) -> None:
    assert "Run: on files" in pressed(cnn, number_of("run"), "question_mark")[1]
    assert "Map: of the bytes" in pressed(cnn, number_of("statistics"), "question_mark")[1]


def test_help_explains_the_keys_of_the_focused_pane(cnn: Path) -> None:
    outline, tensors = pressed(cnn, "question_mark")[1], pressed(cnn, "2", "question_mark")[1]
    assert "Close all groups" in outline
    assert "Sort by size" in tensors
    assert "Close all groups" not in tensors
    assert "Sort by size" not in pressed(cnn, "2", "question_mark", "escape", "1")[1]


def test_tensors_are_sorted_by_size_and_followed(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "2", "s", "home")
        sizes = [tensor.nbytes for tensor in browser.session.model.subgraphs[0].tensors]
        assert sizes[browser.place.index] == max(sizes)
        await press(pilot, "enter")
        assert browser.main.shown is not None
        assert browser.main.shown.id == "tab-graph"
        assert browser.place.kind is Kind.TENSOR
        await press(pilot, "backspace")

    play(cnn, act)


def test_statistics_lead_to_the_first_of_a_kind(cnn: Path) -> None:
    place, _ = pressed(cnn, number_of("statistics"), "enter")
    assert place == operator_at(0, 0)  # CONV_2D has the most multiply-accumulates


def test_weights_are_measured_and_gone_to(cnn: Path) -> None:
    place, screen = pressed(cnn, number_of("health"), "down", "enter")
    assert place.kind is Kind.TENSOR
    assert "stem/bias" in pressed(cnn, number_of("health"))[1]
    assert f"tensor {place.index}" in screen


def test_subgraphs_are_gone_to() -> None:
    place, screen = pressed(loop(), number_of("subgraphs"), "end", "enter")
    assert place == operator_at(2, 0)
    assert "subgraph 2 body" in screen


def test_the_mouse_selects_chooses_and_opens_tabs(cnn: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await pilot.click("#outline", offset=(5, 4))
        assert browser.place == operator_at(0, 3)
        await pilot.click("#outline", offset=(5, 4), times=2)
        assert browser.focused and browser.focused.id == "details"
        await pilot.click("TabRow", offset=(14, 0))
        await press(pilot)
        assert browser.main.shown is not None
        assert browser.main.shown.id == "tab-tensors"

    play(cnn, act)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_a_key_leaves(cnn: Path, key: str) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert not browser.is_running

    play(cnn, act)


def test_a_theme_is_remembered(cnn: Path, tmp_path: Path) -> None:
    from inspector.tui.preferences import Preferences

    async def choose(pilot: Pilot[None], browser: Browser) -> None:
        browser.use_theme("tfli-light")
        await pilot.pause()

    async def look(_: Pilot[None], browser: Browser) -> None:
        assert browser.theme == "tfli-light"

    path = tmp_path / "browser.json"
    play(cnn, choose, preferences=Preferences(path))
    play(cnn, look, preferences=Preferences(path))
