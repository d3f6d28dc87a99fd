"""Numbers as pictures: colours, heat maps, tiles, treemaps."""

import random

import numpy as np
import pytest

from inspector.tui.pictures.colours import INFINITE, NAN, Scale, colours, scale_of
from inspector.tui.pictures.heat import furthest, half_blocks, legend, shaded
from inspector.tui.pictures.tiles import enlarged, tiled
from inspector.tui.pictures.treemap import treemap


def test_scales_are_even_around_zero_where_there_are_two_signs():
    assert scale_of(np.array([-1.0, 0.5, np.nan, np.inf])) == Scale(-1, 1)
    assert scale_of(np.array([2.0, 5.0])) == Scale(2, 5)
    assert scale_of(np.array([np.nan])) == Scale(0, 0)


def test_colours_fall_on_both_sides_of_zero():
    low, zero, high = colours(np.array([-2.0, 0, 2]), Scale(-2, 2)).astype(int)
    assert low[2] > low[0]  # blue
    assert high[0] > high[2]  # red
    assert abs(int(zero[0]) - int(zero[2])) < 20  # grey
    strange = colours(np.array([np.nan, -np.inf]), Scale(-2, 2)).tolist()
    assert strange == [list(NAN), list(INFINITE)]


def test_one_number_alone_has_a_colour():
    assert colours(np.array([3.0]), Scale(3, 3)).shape == (1, 3)


def test_two_rows_of_numbers_are_one_of_characters():
    rows = list(half_blocks(colours(np.zeros((5, 7)), Scale(-1, 1))))
    assert [sum(len(dab.text) for dab in row) for row in rows] == [7, 7, 7]
    assert rows[-1][0].back is None  # there is no sixth row


def test_outliers_stay_when_a_map_is_shrunk():
    values = np.random.default_rng(0).normal(size=(301, 500))
    values[200, 333], values[7, 8] = -77, np.nan
    small = furthest(furthest(values, 0, 8), 1, 9)
    assert small.shape == (38, 56)
    assert np.nanmin(small) == -77
    assert np.isnan(small).sum() == 1
    np.testing.assert_array_equal(furthest(values[:10, :10], 0, 1), values[:10, :10])


def test_without_colours_the_sign_is_seen():
    (row,) = shaded(np.array([[-1.0, -0.2, 0, 0.2, 1, np.nan, np.inf]]), Scale(-1, 1))
    assert row == "#-·░█?!"


@pytest.mark.parametrize("width", [20, 60])
def test_legends_have_both_ends(width):
    text = "".join(dab.text for dab in legend(Scale(-0.5, 0.5), width))
    assert text.startswith("-0.5 ")
    assert text.endswith(" 0.5")
    assert "0" in text[5:-4]
    assert len(text) == width


def test_tiles_stand_side_by_side():
    stack = np.arange(5 * 3 * 3).reshape(5, 3, 3)
    sheet, inside = tiled(stack, 11)
    assert sheet.shape == (7, 11)
    np.testing.assert_array_equal(sheet[4:7, 4:7], stack[4])
    assert not inside[3].any()
    assert enlarged(np.eye(2), 3).shape == (6, 6)


@pytest.mark.parametrize("seed", range(10))
def test_rectangles_fill_the_whole_and_do_not_overlap(seed):
    choose = random.Random(seed)
    sizes = sorted((choose.expovariate(1) for _ in range(20)), reverse=True)
    width, height = choose.randint(20, 120), choose.randint(8, 40)
    covered = np.zeros((height, width), int)
    for x, y, wide, high in treemap(sizes, width, height):
        covered[y : y + high, x : x + wide] += 1
    assert (covered == 1).all()


def test_areas_are_shares():
    areas = [r.width * r.height for r in treemap([6, 3, 1], 100, 50)]
    assert np.allclose(np.array(areas) / 5000, [0.6, 0.3, 0.1], atol=0.02)
    assert treemap([0, 0], 10, 10) == [(0, 0, 0, 0)] * 2
