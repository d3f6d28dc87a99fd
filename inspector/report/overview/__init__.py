"""What `tfli info` tells of a model: one object, and the page that shows it.

Each section is a module with a `SECTION`: what it adds to the object, and what it writes on the
page. A new one is a new module and a line in `SECTIONS`, which has the order of the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import TextWrapper

from inspector.read.model import Model
from inspector.report.overview import (
    about,
    activations,
    compiled,
    costs,
    described,
    entries,
    external,
    file,
    interface,
    metadata,
    operators,
    sparse,
    storage,
)
from inspector.report.overview.section import Look, shortened, where_any
from inspector.report.records import Object
from inspector.report.tables import GAP, Column, Table, show, terminal_width
from inspector.report.text import printable
from inspector.stats import Part, noting, sound_part

SECTIONS = (
    file.SECTION,
    about.SECTION,
    costs.SECTION,
    sparse.SECTION,
    activations.SECTION,
    storage.SECTION,
    external.SECTION,
    interface.SECTION,
    entries.SECTION,
    described.SECTION,
    operators.SECTION,
    compiled.SECTION,
    metadata.SECTION,
)
TOP = (Column("", style="dim"), Column(""))
WARNINGS = (Column("warnings", style="yellow"),)


def overview(model: Model) -> tuple[Object, list[str]]:
    """The object of `tfli info`, and the faults among its `warnings`: parts that cannot be read."""
    faults: list[str] = []
    look = Look(model, sound_parts(model, faults), faults)
    found: Object = {}
    for section in SECTIONS:
        found |= section.fields(look)
    found["warnings"] = [*look.faults, *look.remarks]
    return found, faults


def sound_parts(model: Model, faults: list[str]) -> list[Part]:
    """What can be read of each subgraph."""
    parts = []
    for index in range(len(model.subgraphs)):
        with noting(faults):
            part = sound_part(model.subgraphs[index])
            faults.extend(part.faults)
            parts.append(part)
    return parts


def show_overview(found: Object) -> None:
    """Write the page to stdout: what is asked first comes first, empty tables are left out."""
    show(Table(TOP, wrapped([line for section in SECTIONS for line in section.lines(found)])))
    below = [table for section in SECTIONS for table in section.tables(found)]
    told = [text for (text,) in shortened([[warning] for warning in found["warnings"]])]
    warnings = Table(WARNINGS, [[line] for line in broken(told, "  ")])
    for table in where_any([*below, warnings]):
        print()
        show(table)


def wrapped(lines: list[tuple[str, str]]) -> list[list[str]]:
    """The lines of the top, on a terminal broken between words where they are longer than it."""
    taken = len(GAP) + max(len(label) for label, _ in lines)
    rows = []
    for label, text in lines:
        first, *more = broken([text], taken=taken) or [""]
        rows += [[label, first], *(["", rest] for rest in more)]
    return rows


def broken(texts: Iterable[str], indent: str = "", taken: int = 0) -> list[str]:
    """Texts in lines that fit beside what is `taken` of a terminal's width; whole in a pipe."""
    width = terminal_width()
    if width is None:
        return list(texts)
    words = TextWrapper(
        max(width - taken, 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line for text in texts for line in words.wrap(printable(text))]
