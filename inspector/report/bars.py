"""Histograms as text: a line of blocks for a table, rows of bars for a page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports NumPy, which a bar needs not
    from inspector.weights.histogram import Histogram

HEIGHTS, ASCII_HEIGHTS = " ▁▂▃▄▅▆▇█", " .:-=+*%#"
LENGTHS = " ▏▎▍▌▋▊▉█"
ROWS = 24
MOST = 99_999.5


def blocks_can_be_shown() -> bool:
    """Whether stdout's encoding has the block characters."""
    try:
        (HEIGHTS + LENGTHS).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def merged(counts: Sequence[int], most: int) -> list[int]:
    """At most `most` counts, each the sum of equally many neighbours but for the last."""
    each = -(-len(counts) // most)
    return [sum(counts[i : i + each]) for i in range(0, len(counts), each)]


def sparkline(histogram: Histogram, width: int, *, blocks: bool) -> str:
    """The histogram in at most `width` characters, as high as the fullest is full.

    A bin that is empty is a blank, and one that holds anything is seen.
    """
    heights = HEIGHTS if blocks else ASCII_HEIGHTS
    counts = merged(histogram.counts, width)
    return "".join(heights[eighths(count, max(counts), 1)] for count in counts)


def eighths(count: int, most: int, width: int) -> int:
    """How many eighths of `width` characters stand for `count`: at least one for any but 0."""
    return min(8 * width, max(1, round(8 * width * count / most))) if count else 0


def bar_rows(histogram: Histogram, width: int, *, blocks: bool) -> list[str]:
    """A row for each of at most `ROWS` bins, no wider than `width`: its lower end, bar and count.

    The bars' lengths are in proportion to the counts.
    """
    counts = merged(histogram.counts, ROWS)
    step = (histogram.high - histogram.low) / len(histogram.counts)
    step *= -(-len(histogram.counts) // ROWS)
    ends = [short_number(histogram.low + i * step, 3) for i in range(len(counts))]
    numbers = [f"{count:,}" for count in counts]
    label, number = max(map(len, ends)), max(map(len, numbers))
    room = max(8, width - label - number - 4)
    bars = [bar(count, max(counts), room, blocks=blocks) for count in counts]
    rows = zip(ends, bars, numbers, strict=True)
    return [f"{end:>{label}}  {drawn:<{room}}  {count:>{number}}" for end, drawn, count in rows]


def bar(count: int, most: int, width: int, *, blocks: bool) -> str:
    """A bar of blocks, whose last is a part of one, or of number signs."""
    length = eighths(count, most, width)
    if not blocks:
        return "#" * -(-length // 8)
    return (LENGTHS[8] * (length // 8) + LENGTHS[length % 8]).rstrip()


def short_number(value: float | None, digits: int) -> str:
    """A number in `digits` significant digits: `-0.0123`, `1.5e-9`; nothing for None.

    Before the point there are up to five.
    """
    if value is None:
        return ""
    if 10**digits <= abs(value) < MOST:
        return f"{value:.0f}"
    text = f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text
