"""`tfli rebuild --list-operators`: what is translated, and to what."""

from __future__ import annotations

from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show
from inspector.report.text import say
from rebuild.coverage import BACKENDS, REGISTERED, Coverage, coverage, to_json

COLUMNS = (
    Column("operator", style="bold"),
    Column("versions", "right"),
    Column("backend"),
    Column("tested", "right"),
    Column("becomes", least=16),
)


def list_operators(as_json: bool) -> None:
    """Write a row for each operator to stdout, and their number to stderr, or all as JSON."""
    rows = coverage()
    found = to_json(rows)
    if as_json:
        emit(found)
        return
    show(Table(COLUMNS, [cells(row) for row in rows if row.kind in REGISTERED]))
    say(
        f"{found['translated']} of {found['registered']} operators that LiteRT runs are translated;"
        " docs/operators.md has the others too"
    )


def cells(row: Coverage) -> tuple[str, ...]:
    """A row of the table; `tested` counts models of that one operator, or says that others do."""
    if not row.translated:
        return (row.op, row.version_text, "", "", "not translated")
    count = row.variants + row.exact
    tested = str(count) if count else "yes" if row.tests else "no"
    backend = BACKENDS[row.tensorflow]
    return (row.op, row.version_text, backend, tested, ", ".join(row.main_calls))
