"""Tables of text, a line a row: fitted to a terminal, whole in a pipe, or as CSV.

Rich's tables are not used here: they take half a millisecond a row, where a model has thousands,
fold a row of long names into a block of many lines, and their import alone takes as long as a
whole listing.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add
from shutil import get_terminal_size

from inspector.report.strict_json import dumps
from inspector.report.text import all_cells, all_printable, cut, cut_name, printable

GAP = "  "
HEADING = "\x1b[1;4m"
PLAIN = "\x1b[0m"
STYLES = {"": "", "bold": "\x1b[1m", "dim": "\x1b[2m", "yellow": "\x1b[33m"}
WIDEST = 60
"""Columns are aligned up to here; the few cells that are longer push the rest of their line."""

TELLING = 24
"""Characters of a cell that mostly tell it from others; a spare column may not take of these."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and how the cells under it stand: `align` is "left" or "right".

    `style` is one of `STYLES`. On a narrow terminal the column is cut down to `least` characters;
    one with 0 never is. A column that is `spare` is left out there, before any other is cut. Of
    the names of tensors (`names`) it is the ends that are kept: the scopes before them are alike.
    """

    heading: str
    align: str = "left"
    style: str = ""
    least: int = 0
    spare: bool = False
    names: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; a cell may hold anything, and is made printable when it is shown."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


def show(table: Table) -> None:
    """Write a table to stdout."""
    width = terminal_width()
    table = table if width is None else without_spare(without_empty(table, width), width)
    columns = padded_columns(table, width)
    if width is not None and heeds_styles():
        looks = [STYLES[column.style] for column in table.columns]
        firsts = [HEADING] * len(looks) if has_headings(table) else looks
        columns = list(map(styled, columns, looks, firsts))
    sys.stdout.writelines(GAP.join(row).rstrip() + "\n" for row in zip(*columns, strict=True))


def terminal_width() -> int | None:
    """The columns of the terminal that stdout is; None where it is none, and nothing is cut."""
    return get_terminal_size().columns if sys.stdout.isatty() else None


def heeds_styles() -> bool:
    """Whether the terminal may be sent styles."""
    if "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb":
        return False
    return os.name != "nt" or "WT_SESSION" in os.environ


def styled(column: list[str], style: str, first: str) -> list[str]:
    """A column's cells in its style, and the first in one of its own."""
    looks = [first, *[style] * (len(column) - 1)]
    pairs = zip(looks, column, strict=True)
    return [f"{look}{cell}{PLAIN}" if look else cell for look, cell in pairs]


def padded_columns(table: Table, width: int | None = None) -> list[list[str]]:
    """The columns, headings first if there are any, with cells padded to their column's width.

    Cells are cut where the table would be wider than `width`; without one they are whole.
    """
    columns = [all_printable(list(column)) for column in zip(*table.rows, strict=True)]
    columns = columns or [[] for _ in table.columns]
    if has_headings(table):
        for column, kind in zip(columns, table.columns, strict=True):
            column.insert(0, kind.heading)
    lengths = list(map(all_cells, columns))
    widths = [max(column, default=0) for column in lengths]
    if width is not None:
        narrow(widths, table.columns, width)
    return list(map(padded, columns, lengths, widths, table.columns))


def without_empty(table: Table, width: int) -> Table:
    """The table without the columns that no row has anything in, if it is wider than `width`."""
    kept = [i for i, cells in enumerate(zip(*table.rows, strict=True)) if any(cells)]
    needed = sum(whole(table, i) for i in range(len(table.columns)))
    if needed + len(GAP) * (len(table.columns) - 1) <= width or not kept:
        return table
    return with_columns(table, kept)


def without_spare(table: Table, width: int) -> Table:
    """The table without the spare columns, last first, that leave the others too little room."""
    kept = list(range(len(table.columns)))
    for spare in reversed([i for i, column in enumerate(table.columns) if column.spare]):
        others = [i for i in kept if i != spare]
        needed = table.columns[spare].least + sum(enough(table, i) for i in others)
        if needed + len(GAP) * len(others) <= width:
            break
        kept = others
    return with_columns(table, kept)


def with_columns(table: Table, kept: Sequence[int]) -> Table:
    """The table with these of its columns."""
    if len(kept) == len(table.columns):
        return table
    return Table([table.columns[i] for i in kept], [[row[i] for i in kept] for row in table.rows])


def whole(table: Table, column: int) -> int:
    """The width of a column of which nothing is cut."""
    cells = [table.columns[column].heading, *(row[column] for row in table.rows)]
    return max(all_cells(all_printable(cells)))


def enough(table: Table, column: int) -> int:
    """The width of a column, or of its part that says the most, where it may be cut."""
    kind = table.columns[column]
    width = whole(table, column)
    return min(width, max(kind.least, TELLING)) if kind.least else width


def has_headings(table: Table) -> bool:
    """Whether any column has a heading."""
    return any(column.heading for column in table.columns)


def narrow(widths: list[int], columns: Sequence[Column], width: int) -> None:
    """Take from the widest that may be cut, spare ones first, until all fit or none may be cut."""
    room = width - len(GAP) * (len(widths) - 1)
    while sum(widths) > room:
        able = [i for i, column in enumerate(columns) if column.least and widths[i] > column.least]
        if not able:
            return
        spare = [i for i in able if columns[i].spare]
        widths[max(spare or able, key=widths.__getitem__)] -= 1


def padded(column: list[str], lengths: list[int], width: int, kind: Column) -> list[str]:
    """Cells cut to a width and filled up to it with spaces; `lengths` are those of the cells."""
    if max(lengths, default=0) > width:
        shorten = cut_name if kind.names else cut
        column = [shorten(cell, width) for cell in column]
        lengths = all_cells(column)
    spaces = list(map(" ".__mul__, map(min(width, WIDEST).__sub__, lengths)))
    pairs = (spaces, column) if kind.align == "right" else (column, spaces)
    return list(map(add, *pairs))


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Comma-separated values on stdout; text is made printable, a list is spelled with spaces."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([csv_cell(value) for value in row] for row in rows)


def csv_cell(value: object) -> str:
    """One value as text; None is empty, an object is JSON."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return " ".join(map(csv_cell, value))
    return dumps(value) if isinstance(value, dict) else printable(str(value))
