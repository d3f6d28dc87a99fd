"""What a comparison has to tell of one operator, in lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from inspector.report.text import printable
from inspector.tui.columns import Span

if TYPE_CHECKING:  # NumPy is imported with the first comparison
    from inspector.compare.result import OperatorResult, Spread
    from inspector.tui.comparing import Answer, Values
    from inspector.tui.pairs import Pair

INDENT = 12
"""Columns before the texts."""


def facts_of(found: OperatorResult, answer: Answer) -> Iterator[Span]:
    """What was found of an operator."""
    unit = answer.unit(found)
    for name, text in (("hint", found.hint), ("why", found.reason), ("with", found.match)):
        if text:
            yield Span(f"{name:<{INDENT}}{printable(text)}")
    if unit is not None and len(unit.operators) > 1:
        yield Span(f"together    operators {', '.join(map(str, unit.operators))}")
    errors = (
        ("isolated", found.isolated),
        ("floor", found.floor),
        ("accumulated", found.accumulated),
    )
    for name, spread in errors:
        if spread is not None:
            yield Span(f"{name:<{INDENT}}{figures(spread)}")
    yield Span(f"{'name':<{INDENT}}{printable(found.label)}", "dim")


def wrapped(lines: Iterable[Span], width: int) -> Iterator[Span]:
    """The lines in a width; what goes on in the next line stands under the text."""
    for text, style in lines:
        parts = wrap(text, width, subsequent_indent=" " * INDENT) or [""]
        yield from (Span(part, style) for part in parts)


def figures(found: Spread) -> str:
    """The worst error in words."""
    from inspector.report.comparison import decibels, error

    parts = [decibels(found), error(found)]
    if found.worst.max_abs is not None:
        parts.append(f"at most {found.worst.max_abs:.3g}")
    return ", ".join(part for part in parts if part)


def pair_facts(pair: Pair, values: Values) -> Iterator[Span]:
    """Where two values differ most."""
    if not pair.expected.size:
        return
    place = pair.furthest
    expected, found = float(pair.expected[place]), float(pair.found[place])
    if values.samples > 1:
        what = "step" if values.steps else "sample"
        yield Span(f"{what:<{INDENT}}{values.sample + 1} of {values.samples}")
    if values.moment:
        yield Span(f"fed         {values.moment}")
    if expected == found:
        yield Span("values      equal, every one", "dim")
        return
    yield Span(f"furthest    at {list(place)}", "accent")
    yield Span(f"            {expected:.7g} → {found:.7g}, {found - expected:+.3g}")
