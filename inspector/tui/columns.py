"""Cells of styled text in columns, fitted to a width: what a row of a listing is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from inspector.report.text import cells, cut, cut_name, printable

GAP = 1


class Span(NamedTuple):
    """A piece of text in one of the listing's styles: its name, or "" for the plain one."""

    text: str
    style: str = ""


Cell = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Column:
    """A heading over cells of `width` columns; a width of 0 takes what is left.

    The column is left out of listings narrower than `from_width`. Texts that are too long keep
    their beginnings, or where these `are_names`, their ends: those say more than scopes.
    """

    heading: str
    width: int = 0
    align: str = "left"
    from_width: int = 0
    are_names: bool = False


def cell(text: str, style: str = "") -> Cell:
    """A cell of one style."""
    return (Span(text, style),)


def widths(columns: Sequence[Column], width: int) -> list[int]:
    """The width of each column in a listing of `width`; -1 for one that is left out."""
    shown = [column for column in columns if width >= column.from_width]
    left = width - sum(column.width for column in shown) - GAP * (len(shown) - 1)
    open_ones = [column for column in shown if not column.width]
    found, each = [], max(1, left // max(1, len(open_ones)))
    for column in columns:
        if column not in shown:
            found.append(-1)
            continue
        if not column.width and column is open_ones[-1]:
            found.append(max(1, left - each * (len(open_ones) - 1)))
        else:
            found.append(column.width or each)
    return found


def row(given: Sequence[Cell], columns: Sequence[Column], fitted: Sequence[int]) -> list[Span]:
    """The spans of a row; each cell is made printable, cut and padded to its column."""
    spans: list[Span] = []
    for content, column, width in zip(given, columns, fitted, strict=True):
        if width >= 0:
            spans += [*aligned(content, width, column), Span(" " * GAP)]
    return spans[:-1]


def aligned(content: Cell, width: int, column: Column) -> list[Span]:
    """A cell in exactly `width` columns."""
    spans = list(clipped(content, width, are_names=column.are_names))
    padding = Span(" " * (width - sum(cells(span.text) for span in spans)))
    return [padding, *spans] if column.align == "right" else [*spans, padding]


def clipped(content: Cell, width: int, *, are_names: bool = False) -> Iterable[Span]:
    """The spans up to a width, the last one cut."""
    left = width
    for text, style in content:
        if left <= 0:
            return
        if are_names:
            shown = cut_name(printable(seen_of_name(text, width)), left)
        else:
            shown = cut(printable(text[: 4 * width]), left)
        left -= cells(shown)
        yield Span(shown, style)


def seen_of_name(name: str, width: int) -> str:
    """As much of a very long name as can be seen of it: its first part's end, and what follows."""
    most = 4 * width
    if len(name) <= 2 * most:
        return name
    first, joined, rest = name.partition(";")
    return first[-most:] + joined + rest[:most]
