"""The entries of the model's metadata."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.report.overview.section import Look, Section
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.stats import noting

COLUMNS = (Column("metadata", style="bold", least=16), Column("bytes", "right"))


def fields(look: Look) -> Object:
    """The bytes of each metadata entry, by name."""
    sizes: dict[str, int] = {}
    with noting(look.faults):
        for name, buffer in look.model.metadata.items():
            sizes[name] = look.model.buffer_extent(buffer)[1]
    return {"metadata": sizes}


def tables(found: Object) -> Iterator[Table]:
    """A row for each."""
    yield Table(COLUMNS, [[name, f"{size:,}"] for name, size in found["metadata"].items()])


SECTION = Section(fields, tables=tables)
