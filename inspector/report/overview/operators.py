"""The operators by name, with their shares of work and weights; `costs` has the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.report.overview.section import Section, share, shortened
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.report.text import bytes_text, count_text

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
    """The commonest first."""
    yield Table(COLUMNS, shortened(rows(found)))


def rows(found: Object) -> Iterator[list[str]]:
    """The cells of each operator."""
    counts, macs, weights = found["op_histogram"], found["macs_by_operator"], found[WEIGHTS]
    sums = [sum(numbers.values()) for numbers in (counts, macs, weights)]
    for name, count in counts.items():
        cost, stored = macs.get(name), weights.get(name)
        yield [
            name,
            str(count),
            share(count, sums[0]),
            *([count_text(cost), share(cost, sums[1])] if cost else ["", ""]),
            *([bytes_text(stored), share(stored, sums[2])] if stored else ["", ""]),
        ]


SECTION = Section(tables=tables)
