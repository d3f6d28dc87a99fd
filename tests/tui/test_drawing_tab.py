"""The drawn graph: each key, the mouse, and what is on the screen."""

import pytest
from driving import NARROW, play, press, shown
from models import HOSTILE, chain

from inspector.tui.drawing.neighbourhood import Node
from inspector.tui.panes.drawing import DrawingTab
from inspector.tui.panes.tabs import TabRow
from inspector.tui.places import Kind, operator_at


@pytest.fixture
def cnn(fixtures):
    return fixtures / "cnn.tflite"


def drawn(model, act, size=(120, 40), **begin):
    """Do something on the drawing tab."""
    play(model, act, size, tab="drawing", **begin)


def boxes(browser):
    return browser.main.query_one(DrawingTab).boxes


def test_the_neighbourhood_is_drawn(cnn):
    async def act(_, browser):
        screen = shown(browser)
        assert "│ 3 ADD" in screen
        assert "╭" in screen
        assert Node(0) in boxes(browser)
        assert Node(9) not in boxes(browser)

    drawn(cnn, act, place=operator_at(0, 3))


WALKS = [
    ("down", 4),
    ("up", 2),
    ("j k", 3),
    ("down right", 5),
    ("down l h", 4),
    ("up up up up up", -1),
]


@pytest.mark.parametrize(("keys", "index"), WALKS)
def test_arrows_go_from_box_to_box(cnn, keys, index):
    async def act(pilot, browser):
        await press(pilot, *keys.split())
        if index < 0:
            assert browser.place.kind is Kind.TENSOR  # the input
        else:
            assert browser.place == operator_at(0, index)

    drawn(cnn, act, place=operator_at(0, 3))


def test_it_grows_and_shrinks(cnn):
    async def act(pilot, browser):
        first = len(boxes(browser))
        await press(pilot, "plus")
        assert len(boxes(browser)) > first
        await press(pilot, "minus", "minus", "minus", "minus")
        assert set(boxes(browser)) == {Node(2), Node(0), Node(3), Node(4), Node(5)}
        assert browser.place == operator_at(0, 3)
        await press(pilot, *["plus"] * 12)
        assert len(boxes(browser)) == 16
        assert "nothing more around it" in shown(browser)

    drawn(cnn, act, place=operator_at(0, 3))


def test_the_picture_stays_while_somebody_walks_in_it(cnn):
    async def act(pilot, browser):
        before = set(boxes(browser))
        await press(pilot, "down")
        assert set(boxes(browser)) == before
        await press(pilot, "c")
        assert set(boxes(browser)) != before

    drawn(cnn, act, place=operator_at(0, 3))


def test_enter_leads_to_the_details_and_a_click_to_a_box(cnn):
    async def act(pilot, browser):
        box = boxes(browser)[Node(4)]
        tab = browser.screen.query_one(DrawingTab)
        left, top = tab.cell_at(0, 0)
        offset = (box.x + 2 - left, box.y + 1 - top)
        await pilot.click(DrawingTab, offset=offset)
        assert browser.place == operator_at(0, 4)
        await press(pilot, "enter")
        assert browser.main.query_one(TabRow).active == "graph"

    drawn(cnn, act, place=operator_at(0, 3))


def test_jump_mode_labels_the_boxes(cnn):
    async def act(pilot, browser):
        await press(pilot, "f")
        labels = browser.screen.targets
        assert len(labels) > len(boxes(browser))
        letters = list(labels)[-1]
        await press(pilot, *letters)
        assert browser.place != operator_at(0, 3)
        assert Node(browser.place.index) in boxes(browser)

    drawn(cnn, act, place=operator_at(0, 3))


def test_it_can_be_copied(cnn):
    async def act(pilot, browser):
        await press(pilot, "y")
        assert "│ 3 ADD" in browser.clipboard

    drawn(cnn, act, place=operator_at(0, 3))


def test_a_small_terminal_shows_the_box_that_has_the_focus(cnn):
    async def act(pilot, browser):
        for _ in range(6):
            await press(pilot, "down")
            assert f"│ {browser.place.index} " in shown(browser)

    drawn(cnn, act, NARROW, place=operator_at(0, 0))


def test_hostile_names_are_text():
    async def act(_, browser):
        screen = shown(browser)
        assert "\x1b" not in screen
        assert "ADD" in screen

    drawn(chain([HOSTILE] * 3), act)


def test_drawing_takes_little_of_a_large_graph():
    """What is drawn is bounded, however many operators there are."""

    async def act(pilot, browser):
        await press(pilot, *["plus"] * 40)
        assert len(boxes(browser)) <= 120

    drawn(chain([f"op{i}" for i in range(3000)]), act, place=operator_at(0, 1500))
