"""Columns and flowing lines: nothing is wider than it may be, nothing is lost."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from inspector.tui.columns import Column, Span, cell, row, widths
from inspector.tui.details import Line
from inspector.tui.flow import MOST_ROWS, flowed

TEXTS = ["short", "x" * 10_000, "漢字" * 400, "a\nb\x1b[31m" * 50, "", "word " * 200]
COLUMNS = (Column("name"), Column("n", 7, "right"), Column("spare", 9, from_width=60), Column("b"))


@pytest.mark.parametrize("width", [20, 41, 59, 60, 61, 200])
@pytest.mark.parametrize("text", TEXTS)
def test_a_row_is_as_wide_as_the_listing(width: int, text: str) -> None:
    fitted = widths(COLUMNS, width)
    spans = row(
        [cell(text), cell("12"), cell(text), (Span(text), Span(text, "dim"))], COLUMNS, fitted
    )
    assert sum(cell_len(span.text) for span in spans) == width
    assert all(span.text.isprintable() for span in spans)


@pytest.mark.parametrize(("width", "left_out"), [(59, True), (60, False)])
def test_a_spare_column_is_left_out_of_narrow_listings(width: int, left_out: bool) -> None:
    assert (widths(COLUMNS, width)[2] == -1) == left_out


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("scope/of/many/parts/conv/Relu", "…y/parts/conv/Relu"),
        ("scope/of/many/parts/conv/Relu;bias", "…/parts/conv/Relu…"),
        ("x" * 5_000 + "/Relu;" + "y" * 5_000, "…xxxxxxxxxxx/Relu…"),
    ],
)
def test_names_keep_their_ends(name: str, shown: str) -> None:
    columns = (Column("name", are_names=True),)
    assert row([cell(name)], columns, [18])[0].text == shown


def test_lines_break_behind_the_parts_of_a_name() -> None:
    rows = flowed([Line("", "model/block_1/expanded_conv/depthwise")], 20)
    assert [row.text for row in rows] == ["model/block_1/", "expanded_conv/", "depthwise"]


def test_numbers_stand_at_the_right() -> None:
    spans = row([cell("a"), cell("12"), cell(""), cell("")], COLUMNS, widths(COLUMNS, 40))
    assert "".join(span.text for span in spans).split("a")[1].lstrip(" ").startswith("12 ")


@pytest.mark.parametrize("width", [20, 33, 80])
@pytest.mark.parametrize("text", TEXTS)
def test_flowed_rows_fit(width: int, text: str) -> None:
    rows = flowed([Line("label", text), Line("", text)], width)
    assert all(cell_len(row.text) <= width for row in rows)
    assert all(row.text.isprintable() for row in rows)
    assert max(sum(row.line == line for row in rows) for line in (0, 1)) <= MOST_ROWS


def test_words_stay_whole_where_they_fit() -> None:
    rows = flowed([Line("", "one two three four five six seven")], 20)
    assert [row.text for row in rows] == ["one two three four", "five six seven"]


def test_a_text_goes_on_under_itself() -> None:
    first, second = flowed([Line("label", "x" * 30)], 28)
    assert (first.label, first.text) == ("label", "x" * 20)
    assert (second.label, second.text) == ("", "x" * 10)
