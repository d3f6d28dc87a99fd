"""The operators by name, with their shares of work and weights; `costs` has the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.report.overview.section import Section, share
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.report.text import bytes_text, count_text

MOST = 10
"""Rows; `--json` has all."""
WEIGHTS = "weight_bytes_by_operator"
COLUMNS = (
    Column("operator", style="bold"),
    Column("count", "right"),
    Column("share", "right"),
    Column("MACs", "right"),
    Column("share", "right"),
    Column("weights", "right"),
    Column("share", "right"),
)


def tables(found: Object) -> Iterator[Table]:
    """The commonest first; where there are too many, those with the greatest share of anything."""
    yield Table(COLUMNS, list(rows(found)))


def foremost(found: Object) -> list[str]:
    """The operators that are shown, in the order of the histogram."""
    columns = [found["op_histogram"], found["macs_by_operator"], found[WEIGHTS]]
    sums = [sum(column.values()) or 1 for column in columns]

    def weight(name: str) -> float:
        pairs = zip(columns, sums, strict=True)
        return max(float(column.get(name, 0) / total) for column, total in pairs)

    names = list(columns[0])
    kept = set(sorted(names, key=weight, reverse=True)[: MOST if len(names) > MOST + 1 else None])
    return [name for name in names if name in kept]


def rows(found: Object) -> Iterator[list[str]]:
    """The cells of each operator."""
    counts, macs, weights = found["op_histogram"], found["macs_by_operator"], found[WEIGHTS]
    sums = [sum(numbers.values()) for numbers in (counts, macs, weights)]
    shown = foremost(found)
    for name in shown:
        count = counts[name]
        cost, stored = macs.get(name), weights.get(name)
        yield [
            name,
            str(count),
            share(count, sums[0]),
            *([count_text(cost), share(cost, sums[1])] if cost else ["", ""]),
            *([bytes_text(stored), share(stored, sums[2])] if stored else ["", ""]),
        ]
    left = len(counts) - len(shown)
    if left:
        yield ["…", f"{left} more", "", "", "", "", ""]


SECTION = Section(tables=tables)
