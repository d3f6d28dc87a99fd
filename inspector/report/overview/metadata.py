"""The entries of the model's metadata, by name."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.read.entries import entry_values
from inspector.read.metadata import ENTRY
from inspector.report.overview.section import Look, Section, shortened
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.stats import noting

COLUMNS = (
    Column("metadata", style="bold", least=16),
    Column("bytes", "right"),
    Column("says", least=16),
)


def fields(look: Look) -> Object:
    """`metadata`, the bytes of each entry, and `metadata_values`, what those say that are known.

    A value is a text, or the object of the entry's schema in the schema's own names; see
    `read/entries.py`. The sizes stay plain numbers, as programs read them.
    """
    sizes: dict[str, int] = {}
    with noting(look.faults):
        entries = look.model.metadata
        for name, buffer in entries.items():
            with noting(look.faults):
                sizes[name] = look.model.buffer_extent(buffer)[1]
    values, faults = entry_values(look.model, sizes)
    look.faults.extend(faults)
    return {"metadata": sizes, "metadata_values": values}


def tables(found: Object) -> Iterator[Table]:
    """A row for each."""
    values = found["metadata_values"]
    rows = ([name, f"{size:,}", says(name, values)] for name, size in found["metadata"].items())
    yield Table(COLUMNS, shortened(rows))


def says(name: str, values: Object) -> str:
    """What an entry says, where that is a text; of the others the page tells elsewhere."""
    if name == ENTRY and name in values:
        version = values[name].get("min_parser_version", "")
        return f"schema {version}" if version else ""
    return values[name] if isinstance(values.get(name), str) else ""


SECTION = Section(fields, tables=tables)
