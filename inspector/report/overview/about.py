"""What the metadata says of the whole model: its name and makers, its runtime, its converter."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.read.entries import CONVERSION, MIN_RUNTIME
from inspector.read.metadata import ENTRY
from inspector.report.metadata_words import LONGEST, conversion_text
from inspector.report.overview.section import Section
from inspector.report.records import Object
from inspector.report.text import cut, printable

CONVERTED = 2 * LONGEST
"""Characters of what the converter was told to do: each counts, and they may take two lines."""


def lines(found: Object) -> Iterator[tuple[str, str]]:
    """A line each, of what is said; the values are those that `metadata` found."""
    values = found["metadata_values"]
    said = values.get(ENTRY, {})
    version = said.get("version", "")
    pairs = [
        ("name", ", ".join(filter(None, [said.get("name"), version and f"version {version}"]))),
        ("about", said.get("description", "")),
        ("author", said.get("author", "")),
        ("licence", said.get("license", "")),
        ("runtime", f"{values[MIN_RUNTIME]} or newer" if MIN_RUNTIME in values else ""),
    ]
    yield from ((label, cut(printable(text), LONGEST)) for label, text in pairs if text)
    if converter := conversion_text(values.get(CONVERSION, {})):
        yield "converter", cut(printable(converter), CONVERTED)


SECTION = Section(lines=lines)
