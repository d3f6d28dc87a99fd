"""Histograms as text: what is there is seen, and no line is wider than its terminal."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

from inspector.report.bars import bar_rows, blocks_can_be_shown, merged, short_number, sparkline
from inspector.report.statistics import show_statistics
from inspector.report.text import cells
from inspector.weights.histogram import Histogram
from inspector.weights.statistics import Statistics, statistics


def of(*counts: int) -> Histogram:
    return Histogram(-1, 1, counts)


def measured() -> Statistics:
    return statistics(np.random.default_rng(1).normal(size=(64, 300)).astype(np.float32), axis=0)


def test_a_sparkline_is_as_high_as_the_counts() -> None:
    assert sparkline(of(0, 1, 400, 800), 4, blocks=True) == " ▁▄█"
    assert sparkline(of(0, 1, 400, 800), 4, blocks=False) == " .=#"


def test_neighbours_are_merged_where_there_is_no_room() -> None:
    assert merged([1, 2, 3, 4, 5], 2) == [6, 9]
    assert merged([1, 2], 8) == [1, 2]
    assert len(sparkline(of(*range(64)), 12, blocks=True)) <= 12


@pytest.mark.parametrize("blocks", [True, False])
def test_the_longest_bar_fills_the_line_and_the_shortest_is_seen(blocks: bool) -> None:
    rows = bar_rows(of(1, 0, 10_000_000), 60, blocks=blocks)
    assert max(map(cells, rows)) == 60
    least, none, most = (row.split() for row in rows)
    assert [least[0], none[0], most[0]] == ["-1", "-0.333", "0.333"]
    assert (len(least), len(none)) == (3, 2)
    assert len(most[1]) == 60 - len("-0.333") - len("10,000,000") - 4
    assert most[2] == "10,000,000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.000012345, "1.23e-5"),
        (-0.5, "-0.5"),
        (12, "12"),
        (12345, "12345"),
        (-1234.56, "-1235"),
        (1234567, "1.23e6"),
        (None, ""),
    ],
)
def test_numbers_are_short(value: float | None, text: str) -> None:
    assert short_number(value, 3) == text


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", True), ("ascii", False)])
def test_blocks_are_shown_where_the_encoding_has_them(
    encoding: str, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    assert blocks_can_be_shown() is shown


def test_the_page_of_one_array_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    show_statistics([("stem/\x1b[31mkernel", (64, 300), measured())])
    out = capsys.readouterr().out
    assert "\x1b" not in out and "standard deviation" in out and "█" in out
    assert max(map(cells, out.splitlines())) <= 80


def test_several_arrays_are_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    found = [("a/kernel", (64, 300), measured()), ("b/text", (3,), None)]
    show_statistics(found)
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split()[0] == "key" and heading.split()[-1] == "histogram"
    assert first.startswith("a/kernel  64×300") and "█" in first
    assert second.split() == ["b/text", "3"]
