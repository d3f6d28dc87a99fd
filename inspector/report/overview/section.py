"""What a section of the overview is made of, and the words that sections share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from inspector.read.model import Model
from inspector.report.records import Object
from inspector.report.tables import Table
from inspector.stats import Part

MOST = 8
"""Rows of a table, so that the page stays one; `--json` and the listings have all."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the sections look at, and where they put what is wrong with it.

    `faults` are the parts that cannot be read: a section skips them inside `stats.noting(faults)`,
    and the command ends with exit code 2. `remarks` are no faults, but should be known.
    """

    model: Model
    parts: list[Part]
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def no_fields(_: Look) -> Object:
    """For a section that shows what another found."""
    return {}


def no_rows(_: Object) -> tuple[()]:
    """For a section that has no lines, or no tables."""
    return ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the overview: its fields of the object, and how the page shows them.

    `lines` are pairs of words for the top of the page, `tables` stand below them; both are made of
    the whole object.
    """

    fields: Callable[[Look], Object] = no_fields
    lines: Callable[[Object], Iterable[tuple[str, str]]] = no_rows
    tables: Callable[[Object], Iterable[Table]] = no_rows


def shortened(rows: Iterable[list[str]]) -> list[list[str]]:
    """The rows, or the first of them and how many are left out."""
    found = list(rows)
    left = len(found) - MOST
    if left <= 1:
        return found
    last = ["…", f"{left} more", *[""] * (len(found[0]) - 2)]
    return [*found[:MOST], last if len(found[0]) > 1 else [" ".join(last)]]


def named(names: Iterable[str]) -> str:
    """A list of names, or the first of them and how many are left out."""
    found = list(names)
    first, rest = found[:MOST], found[MOST:]
    return ", ".join(first) + (f" … {len(rest)} more" if rest else "")


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent: `12 %`, `<1 %`."""
    percent = 100 * part / whole
    return "<1 %" if percent < 0.5 else f"{percent:.0f} %"


def where_any(tables: Iterable[Table]) -> Iterator[Table]:
    """The tables that have rows."""
    return (table for table in tables if table.rows)
