"""The files beside the model in which tensors have their values."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.read.records import ExternalBuffer
from inspector.report.overview.section import Look, Section, shortened
from inspector.report.records import Object, slice_object
from inspector.report.tables import Column, Table
from inspector.report.text import bytes_text
from inspector.stats import noting

COLUMNS = (
    Column("values in", style="bold", least=12),
    Column("slices", "right"),
    Column("bytes", "right"),
    Column("", least=12),
)


def fields(look: Look) -> Object:
    """Every slice; of each file what it should hold and whether it is there."""
    files: dict[str, list[ExternalBuffer]] = {}
    slices: list[ExternalBuffer] = []
    with noting(look.faults):
        slices = list(look.model.external_buffers.values())
    for found in slices:
        files.setdefault(found.group, []).append(found)
    return {
        "external_buffers": [slice_object(found) for found in slices],
        "external_files": [file_object(look, *item) for item in files.items()],
    }


def file_object(look: Look, name: str, slices: list[ExternalBuffer]) -> Object:
    """A file; one that lacks any of the slices is no fault of the model, but remarked on."""
    lacking: list[str] = []
    with noting(lacking):
        for found in slices:
            look.model.external_bytes(found)
    look.remarks.extend(f"values that are not in the file {words}" for words in lacking)
    total = sum(found.length for found in slices)
    return {"name": name, "slices": len(slices), "bytes": total, "readable": not lacking}


def tables(found: Object) -> Iterator[Table]:
    """A row for each file."""
    yield Table(COLUMNS, shortened(row(file) for file in found["external_files"]))


def row(file: Object) -> list[str]:
    """The cells of a file."""
    state = "is there" if file["readable"] else "cannot be read, see the warnings"
    return [file["name"], str(file["slices"]), bytes_text(file["bytes"]), state]


SECTION = Section(fields, tables=tables)
