"""Statistics of constants: a row each, or a page of one."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from shutil import get_terminal_size

from inspector.report.bars import bar_rows, blocks_can_be_shown, short_number, sparkline
from inspector.report.tables import Column, Table, show
from inspector.report.text import count_text, printable
from inspector.report.words import shape_text
from inspector.weights.channels import Channels
from inspector.weights.integers import Integers
from inspector.weights.statistics import Distinct, Statistics

Measured = tuple[str, Sequence[int], Statistics | None]
"""The key of an array, its shape, and what was measured of it; None for what has no order."""

NARROW = 100
"""Columns under which a terminal gets the columns that matter most."""

SPARKLINE = 12
COLUMNS = (
    Column("key", style="bold", least=8, names=True),
    Column("shape", style="dim"),
    Column("min", "right"),
    Column("max", "right"),
    Column("mean", "right"),
    Column("std", "right"),
    Column("zeros", "right"),
    Column("distinct", "right"),
    Column("dead", "right"),
    Column("at ends", "right"),
    Column("bits", "right"),
    Column("histogram"),
)
LEFT_OUT = {"shape", "mean", "at ends"}


def show_statistics(found: Sequence[Measured]) -> None:
    """Write the table of several arrays, or the page of one, to stdout."""
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    if len(found) == 1:
        sys.stdout.writelines(line + "\n" for line in page(found[0], width or 80))
        return
    blocks = blocks_can_be_shown()
    rows = [row(measured, blocks=blocks) for measured in found]
    shown = [
        i for i, column in enumerate(COLUMNS) if kept(column.heading, [r[i] for r in rows], width)
    ]
    show(Table([COLUMNS[i] for i in shown], [[cells[i] for i in shown] for cells in rows]))


def kept(heading: str, column: Sequence[str], width: int | None) -> bool:
    """Whether a column is shown on a terminal of so many columns; in a pipe, all are."""
    if width is None or heading == "key":
        return True
    return any(column) and (width >= NARROW or heading not in LEFT_OUT)


def row(measured: Measured, *, blocks: bool) -> list[str]:
    """The cells of one array."""
    key, shape, found = measured
    if found is None:
        return [key, shape_text(shape), *[""] * 10]
    moments, integers = found.moments, found.integers
    numbers = (moments.minimum, moments.maximum, moments.mean, moments.std)
    bars = sparkline(found.histogram, SPARKLINE, blocks=blocks) if found.histogram else ""
    return [
        key,
        shape_text(shape),
        *(short_number(number, 2) for number in numbers),
        percent(moments.zeros, found.elements),
        distinct_text(found.distinct),
        dead_text(found.channels),
        percent(integers.at_low + integers.at_high, found.elements) if integers else "",
        "" if integers is None or integers.bits is None else f"{integers.bits:.1f}",
        bars + not_finite(found),
    ]


def not_finite(found: Statistics) -> str:
    """What must not be overlooked, behind the histogram."""
    named = {"NaN": found.moments.nan, "Inf": found.moments.inf}
    return "".join(f" {count_text(count)} {name}" for name, count in named.items() if count)


def percent(count: int, elements: int) -> str:
    """A share: `12%`, nothing for none, `<1%` for few."""
    if not count:
        return ""
    share = 100 * count / elements
    return "<1%" if share < 1 else f"{min(share, 99.9 if count < elements else 100):.3g}%"


def distinct_text(found: Distinct) -> str:
    """`16`, or `>65.5 k`."""
    return ("" if found.exact else ">") + count_text(found.count)


def dead_text(found: Channels | None) -> str:
    """How many channels are dead."""
    return str(found.zero + found.constant or "") if found else ""


def page(measured: Measured, width: int) -> Iterator[str]:
    """All that was measured of one array, and its histogram, in `width` columns."""
    key, shape, found = measured
    yield printable(key)
    if found is None:
        yield f"  {shape_text(shape)}; its elements are no numbers that have an order"
        return
    pairs = list(facts(shape, found))
    for name, text in pairs:
        yield f"  {name:<{max(len(name) for name, _ in pairs)}}  {text}"
    if found.histogram:
        yield ""
        rows = bar_rows(found.histogram, width - 2, blocks=blocks_can_be_shown())
        yield from (f"  {line}" for line in rows)


def facts(shape: Sequence[int], found: Statistics) -> Iterable[tuple[str, str]]:
    """What a page says, name by name."""
    moments, count = found.moments, found.elements
    yield "elements", f"{count:,}  ({shape_text(shape)})"
    if moments.finite:
        yield "range", f"{number(moments.minimum)} to {number(moments.maximum)}"
        yield "mean", f"{number(moments.mean)}, standard deviation {number(moments.std)}"
    yield "zeros", f"{moments.zeros:,}" + in_words(moments.zeros, count)
    yield "distinct", f"{'' if found.distinct.exact else 'more than '}{found.distinct.count:,}"
    if moments.nan or moments.inf:
        yield "not finite", f"{moments.nan:,} NaN, {moments.inf:,} Inf"
    if found.channels:
        yield "dead", channels_text(found.channels)
    if found.integers:
        yield from integer_facts(found.integers, count)


def number(value: float | None) -> str:
    """A number in six digits."""
    return short_number(value, 6)


def in_words(count: int, elements: int) -> str:
    """The share behind a count, where there is one."""
    return f"  ({percent(count, elements)})" if count else ""


def channels_text(found: Channels) -> str:
    """`2 of 64 output channels: 1 all zero, 1 constant (3, 17)`."""
    total = found.zero + found.constant
    if not total:
        return f"none of {found.count:,} output channels"
    named = ", ".join(map(str, found.dead[:8])) + (", …" if total > 8 else "")
    kinds = {"all zero": found.zero, "constant": found.constant}
    words = ", ".join(f"{many:,} {kind}" for kind, many in kinds.items() if many)
    return f"{total:,} of {found.count:,} output channels: {words} ({named})"


def integer_facts(found: Integers, elements: int) -> Iterable[tuple[str, str]]:
    """How the stored integers are used."""
    ends = found.at_low + found.at_high
    if ends or found.bits is not None:
        text = f"{found.at_low:,} at {found.low}, {found.at_high:,} at {found.high}"
        yield "at the ends", text + in_words(ends, elements)
    if found.bits is None or found.unused is None:
        return
    text = f"{100 * found.unused:.3g}% of the integers; {found.bits:.2f} bits used"
    if found.groups > 1 and found.worst_unused is not None:
        text += f" on average over {found.groups:,} scales"
        yield "unused", text
        worst = f"{100 * found.worst_unused:.3g}%, {found.worst_bits:.2f} bits"
        yield "worst scale", f"{found.worst_group}: {worst}"
    else:
        yield "unused", text
