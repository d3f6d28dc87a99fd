"""Slices of arrays: what is seen of them, where the cursor is, and what is drawn there."""

import numpy as np
import pytest

from inspector.tui.arrays import READ, Held
from inspector.tui.census import Seen
from inspector.tui.numerals import value_text
from inspector.tui.scaling import NEAREST, Room, fit
from inspector.tui.slice_pictures import Drawing, drawn
from inspector.tui.slices import Look, View

RANDOM = np.random.default_rng(0)
SHAPES = [
    ((16, 3, 3, 8), "OHWI"),
    ((1, 3, 3, 32), "1HWO"),
    ((10, 1000), "OI"),
    ((1000, 2), "OI"),
    ((7,), ""),
    ((), ""),
    ((2, 3, 4, 5, 6), "DHWIO"),
    ((2, 40, 90, 3), "OHWI"),
]
ROOMS = [Room(110, 30), Room(70, 14), Room(110, 30, colours=False), Room(9, 2)]


def look(values: np.ndarray, names: str = "", room: Room = ROOMS[0]) -> Look:
    found = Look(Held(values), names)
    found.fit_into(room)
    return found


def text(found: Drawing) -> list[str]:
    return ["".join(piece.text for piece in line) for line in found.picture]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(("shape", "names"), SHAPES)
def test_the_cursor_is_seen_wherever_it_goes(
    shape: tuple[int, ...], names: str, room: Room
) -> None:
    """In each view and zoom, after moves in every direction, within the room, with its number."""
    values = RANDOM.normal(size=shape).astype(np.float32)
    found = look(values, names, room)
    for _ in range(3):
        for down, across, zoom in ((3, 5, 1), (-1, 40, 1), (90, -7, -1), (-90, 999, 2), (0, 0, 0)):
            found.move(down, across)
            found.enlarge(zoom)
            found.page(1, -1)
            found.step(0, 1)
            drawing = drawn(found, Seen())
            assert drawing.value == value_text(values[found.place])
            assert len(drawing.picture) <= max(room.height, 1)
            pieces = [piece for line in drawing.picture for piece in line]
            marks = [p for p in pieces if p.text == "┼" or getattr(p, "style", "") == "cursor"]
            assert len(marks) == 1
            if found.shown is not View.NUMBERS:
                assert max(map(len, text(drawing))) <= room.width + 7
        found.next_view()


def test_small_kernels_begin_as_tiles_and_matrices_as_heat_maps() -> None:
    kernel = look(np.ones((16, 3, 3, 8)), "OHWI")
    assert kernel.view is View.TILES
    assert (kernel.sheet.rows, kernel.sheet.columns, kernel.tile_axis) == (1, 2, 0)
    depthwise = look(np.ones((1, 3, 3, 32)), "1HWO")
    assert depthwise.tile_axis == 3
    pointwise = look(np.ones((16, 1, 1, 8)), "OHWI")
    assert pointwise.view is View.HEAT
    assert pointwise.sheet.size == (16, 8)
    assert look(np.ones(3)).view is View.NUMBERS


def test_the_cursor_goes_from_tile_to_tile() -> None:
    found = look(np.ones((16, 3, 3, 8)), "OHWI")
    for place in ((0, 0, 1, 0), (0, 0, 2, 0), (1, 0, 0, 0)):
        found.move(0, 1)
        assert found.place == place
    found.move(3, 0)
    assert found.place == (1 + found.across, 0, 0, 0)
    found.next_tiles()
    assert found.tile_axis == 3


def test_a_click_puts_the_cursor_on_what_is_drawn_there() -> None:
    for view in View:
        found = look(RANDOM.normal(size=(16, 3, 3, 8)), "OHWI")
        while found.view is not view:
            found.next_view()
        found.point(1, 0)
        assert found.place == (0, 0, 0, 0)
    tiles = look(RANDOM.normal(size=(16, 3, 3, 8)), "OHWI")
    side = 3 * (1 << tiles.tile_zoom) + 1
    tiles.point(side + 1, 0)
    assert tiles.place == (1, 0, 0, 0)


def test_colours_reach_to_the_ends_of_the_slice_and_oddities_are_counted() -> None:
    values = np.array([[np.nan, -3.0, 0.0], [np.inf, 2.0, 1.0], [0.0, 1.0, 1.0]])
    legend = "".join(piece.text for piece in drawn(look(values), Seen()).legend)
    assert legend.split()[0] == "-3"
    assert "2 zero" in legend
    assert "1 NaN" in legend
    assert "1 infinite" in legend


def test_without_colours_there_are_shades() -> None:
    values = np.array([[1.0, -1.0, 0.0], [np.nan, 0.01, -0.01], [1, 1, 1]])
    found = look(values, room=Room(3, 3, colours=False))
    found.move(2, 2)
    lines = [line[-3:] for line in text(drawn(found, Seen()))]
    assert lines == ["█#·", "?░-", "██┼"]


def test_the_whole_slice_is_what_numpy_gives() -> None:
    values = RANDOM.normal(size=(4, 3, 3, 5))
    found = look(values, "OHWI")
    found.step(1, 2)
    np.testing.assert_array_equal(found.whole(), values[:, :, :, 2])
    found.next_view()
    found.swap()
    np.testing.assert_array_equal(found.whole(), values[0, :, :, 2].T)


@pytest.mark.parametrize("size", [1, 5, 60, 61, 1000, 5000])
def test_all_is_seen_at_first_and_as_large_as_it_can_be(size: int) -> None:
    zoom = fit(size, 60)
    assert -(-size * 2.0**zoom // 1) <= 60
    assert zoom == NEAREST or -(-size * 2.0 ** (zoom + 1) // 1) > 60


def test_only_what_is_seen_is_drawn_of_a_large_array() -> None:
    """The table of numbers reads its window, whatever lies around it."""
    read: list[int] = []

    class Watched(Held):
        def part(self, index):  # type: ignore[no-untyped-def]
            found = super().part(index)
            read.append(found.size)
            return found

    found = Look(Watched(np.zeros((30_000, 1000), np.int8)))
    found.fit_into(ROOMS[0])
    found.next_view()
    while found.view is not View.NUMBERS:
        found.next_view()
    found.move(20_000, 500)
    drawn(found, Seen())
    assert sum(read) <= 30 * 11


def test_of_a_very_large_slice_some_rows_are_read_and_that_is_said() -> None:
    """Not more than about 2^25 elements are, and a step of the cursor reads its number alone."""
    read: list[int] = []

    class Watched(Held):
        def part(self, index):  # type: ignore[no-untyped-def]
            found = super().part(index)
            read.append(found.size)
            return found

    values = np.broadcast_to(np.arange(10_000, dtype=np.int8), (20_000, 10_000))
    found, seen = Look(Watched(values)), Seen()
    found.fit_into(ROOMS[0])
    legend = "".join(piece.text for piece in drawn(found, seen).legend)
    assert "of one row in 6" in legend
    assert legend.split()[0] == "-128"
    assert sum(read) <= 2.1 * READ  # for the ends of the scale, and for the picture
    read.clear()
    found.move(1, 1)
    drawn(found, seen)
    assert sum(read) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.float32(0.1), "0.1"),
        (np.int64(2**53 + 1), "9007199254740993"),
        (np.bool_(True), "True"),
        (b"a\x1b[31m", "'a\\x1b[31m'"),
        (np.complex64(1 + 2j), "1+2j"),
    ],
)
def test_numbers_in_words(value: object, shown: str) -> None:
    assert value_text(value) == shown


def test_texts_have_a_table_and_no_picture() -> None:
    from inspector.errors import UnsupportedError

    found = look(np.array([b"one", b"two"] * 9, object))
    with pytest.raises(UnsupportedError, match="texts"):
        drawn(found, Seen())
    found.next_view()
    assert "'one'" in text(drawn(found, Seen()))[0]
