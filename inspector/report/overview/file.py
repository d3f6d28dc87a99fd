"""The file itself."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.report.overview.section import Look, Section
from inspector.report.records import Object
from inspector.report.text import bytes_text
from inspector.stats import noting


def fields(look: Look) -> Object:
    """Where the model is, its size, the version of its schema and what it calls itself."""
    model = look.model
    if model.version != 3:
        look.remarks.append(f"schema version {model.version}; interpreters run version 3 alone")
    if not len(model.subgraphs):
        look.remarks.append("the model has no subgraph, so there is nothing to run")
    if model.buffer.is_remote:
        look.remarks.append("read over the network in parts, so its SHA-256 is not known")
    found: Object = {"file": model.path, "size": model.size, "version": model.version}
    with noting(look.faults):
        found["description"] = model.description
    return {"description": "", **found}


def lines(found: Object) -> Iterator[tuple[str, str]]:
    """The name with the size, and the description if there is one."""
    yield "file", f"{found['file']} ({bytes_text(found['size'])})"
    if found["description"]:
        yield "description", found["description"]


SECTION = Section(fields, lines)
