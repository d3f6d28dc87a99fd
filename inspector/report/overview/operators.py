"""The operators by name, with their share of the work; the numbers are those of `costs`."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.report.overview.section import Section, share, shortened
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.report.text import count_text

COLUMNS = (
    Column("operator", style="bold"),
    Column("count", "right"),
    Column("share", "right"),
    Column("MACs", "right"),
    Column("share", "right"),
)


def tables(found: Object) -> Iterator[Table]:
    """The commonest first."""
    yield Table(COLUMNS, shortened(rows(found["op_histogram"], found["macs_by_operator"])))


def rows(counts: dict[str, int], macs: dict[str, int]) -> Iterator[list[str]]:
    """The cells of each operator."""
    operators, work = sum(counts.values()), sum(macs.values())
    for name, count in counts.items():
        cost = macs.get(name)
        done = [count_text(cost), share(cost, work)] if cost else ["", ""]
        yield [name, str(count), share(count, operators), *done]


SECTION = Section(tables=tables)
