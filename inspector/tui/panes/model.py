"""What the file is: sizes, interface, signatures, metadata, warnings, packed files."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.errors import ModelError
from inspector.read.model import Model
from inspector.report.overview import SECTIONS, WARNINGS, overview
from inspector.report.overview.section import where_any
from inspector.report.records import Object
from inspector.report.tables import GAP, Table, has_headings, padded_columns
from inspector.tui.details import Line
from inspector.tui.flow import flowed
from inspector.tui.packed import beginnings
from inspector.tui.panes.document import Document, TextLine


class ModelTab(Document):
    """The page of `tfli info`, with all its warnings and the beginnings of packed files."""

    def written(self, width: int) -> list[TextLine]:
        """The sections of the overview."""
        found, _ = overview(self.session.model)
        return [*top(found, width), *below(found, width), *packed(self.session.model)]


def top(found: Object, width: int) -> Iterator[TextLine]:
    """The facts of one line each."""
    lines = [Line(*line) for section in SECTIONS for line in section.lines(found)]
    widest = max((len(line.label) for line in lines), default=0)
    for row in flowed(lines, width):
        yield TextLine(f"{row.label:<{widest}}  {row.text}")


def below(found: Object, width: int) -> Iterator[TextLine]:
    """The tables, and the warnings in full."""
    for table in where_any(each for section in SECTIONS for each in section.tables(found)):
        yield TextLine("")
        yield from table_lines(table, width)
    if found["warnings"]:
        yield TextLine("")
        yield TextLine(WARNINGS[0].heading, "strong")
    for warning in found["warnings"]:
        for row in flowed([Line("", warning)], width):
            yield TextLine(row.text, "warning")


def packed(model: Model) -> Iterator[TextLine]:
    """The beginnings of packed files; a zip that cannot be read is among the warnings already."""
    try:
        for name, lines in beginnings(model):
            yield TextLine("")
            yield TextLine(name, "strong")
            yield from (TextLine(f"  {line}") for line in lines)
    except ModelError:
        return


def table_lines(table: Table, width: int) -> Iterator[TextLine]:
    """A table as lines, its headings first."""
    columns = padded_columns(table, width)
    for number, row in enumerate(zip(*columns, strict=True)):
        heading = number == 0 and has_headings(table)
        yield TextLine(GAP.join(row).rstrip(), "heading" if heading else "")
