"""What the file stores for nothing: equal buffers, zeros, bytes that nothing refers to."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.content import contents_of
from inspector.report.overview.section import Look, Section
from inspector.report.records import Object
from inspector.report.text import bytes_text
from inspector.unused import unused

WORTH = 1000
"""Bytes from which it is worth a word on the page."""

FIELDS = {"duplicate_buffers", "duplicate_bytes", "zero_buffers", "zero_bytes"}
FIELDS |= {"unchecked_buffers", "unreferenced_bytes", "unreferenced"}


def fields(look: Look) -> Object:
    """All null for a remote file, of which only the graph is read."""
    return dict.fromkeys(FIELDS) if look.model.buffer.is_remote else contents(look)


def contents(look: Look) -> Object:
    """What the buffers hold."""
    found = contents_of(look.model)
    return {
        "duplicate_buffers": [
            {"bytes": length, "buffers": list(buffers)} for length, buffers in found.duplicates
        ],
        "duplicate_bytes": found.duplicate_bytes,
        "zero_buffers": [{"buffer": i, "bytes": length} for i, length in found.zeros.items()],
        "zero_bytes": sum(found.zeros.values()),
        "unchecked_buffers": found.unchecked,
        **unreferenced(look),
    }


def unreferenced(look: Look) -> Object:
    """The bytes that nothing refers to, and where they are; null where that cannot be told."""
    found = unused(look.model, look.parts)
    if found is None:
        return {"unreferenced_bytes": None, "unreferenced": None}
    return {
        "unreferenced_bytes": found.total,
        "unreferenced": {
            "buffers": [{"buffer": i, "bytes": length} for i, length in found.buffers.items()],
            "gaps": [{"offset": start, "bytes": end - start} for start, end in found.gaps],
            "trailing_bytes": found.trailing,
        },
    }


def lines(found: Object) -> Iterator[tuple[str, str]]:
    """One line, where there is something to save."""
    words = []
    for count, what in (
        (found["duplicate_bytes"], "stored more than once"),
        (found["zero_bytes"], "of zeros"),
        (found["unreferenced_bytes"], "that nothing refers to"),
    ):
        if count and count >= WORTH:
            words.append(f"{bytes_text(count)} {what}")
    if words:
        yield "redundant", ", ".join(words)


SECTION = Section(fields, lines)
