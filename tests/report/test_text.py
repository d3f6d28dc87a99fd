"""Names are made safe, numbers short, and nothing of a readable text is changed."""

from __future__ import annotations

import pytest

from inspector.report.text import (
    bytes_text,
    cells,
    count_text,
    cut,
    cut_start,
    help_text,
    printable,
)


@pytest.mark.parametrize("text", ["", "model/conv;add", "ä 日本 → ×", "[b]x[/]", "a\\nb", "🙂"])
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\r\n\tb", "a\\r\\n\\tb"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202eabc\u2069", "\\u202eabc\\u2069"),  # bidirectional controls
        ("\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"),
        ("\U000e0041\udc80", "\\U000e0041\\udc80"),  # a tag, and half a surrogate pair
        ("a\xa0b", "a\xa0b"),
    ],
)
def test_what_cannot_be_seen_or_steers_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (4_185_023, "4.19 MB"),
        (99_940, "99.9 kB"),
        (99_960, "100 kB"),
        (999_600, "1.00 MB"),
        (3 * 10**9, "3.00 GB"),
    ],
)
def test_bytes_are_told_in_three_digits(count: int, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (7, "7"),
        (9_999, "9,999"),
        (10_000, "10.0 k"),
        (569_000_000, "569 M"),
        (10**21 - 1, "1000 E"),
        (2**4000, ">999 E"),
    ],
)
def test_small_counts_are_exact_and_large_ones_short(count: int, text: str) -> None:
    assert count_text(count) == text


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1)])
def test_the_width_of_a_text_is_that_on_a_terminal(text: str, width: int) -> None:
    assert cells(text) == width


@pytest.mark.parametrize(
    "text", ["q − 128", "1×8×8×16 → 1×?", "ä日本e\u0301"], ids=["signs", "shapes", "letters"]
)
def test_widths_add_up(text: str) -> None:
    assert cells(text) == sum(map(cells, text))


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…")],
)
def test_a_long_text_is_cut_to_the_width(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown
    assert cells(shown) <= width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "…def"),
        ("abcdef", 1, "…"),
        ("日本語", 5, "…本語"),
        ("日本語", 4, "…語"),
    ],
)
def test_a_long_name_keeps_its_end(text: str, width: int, shown: str) -> None:
    assert cut_start(text, width) == shown
    assert cells(shown) <= width


def test_the_examples_of_a_help_text_keep_their_lines() -> None:
    docstring = """Do it.

    Examples:

        tfli a
        tfli b
    """
    assert help_text(docstring) == "Do it.\n\nExamples:\n\n\b\n    tfli a\n    tfli b"
