"""The files packed behind a model, as far as they are texts: how each of them begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from inspector.errors import InspectorError
from inspector.read.associated import lines, read_file
from inspector.read.model import Model
from inspector.report.text import counted

FIRST = 12
"""Lines of a file that are shown; `tfli info --extract` writes all of it."""
LARGEST = 1 << 22
"""Bytes of the largest file that is read for a look at it."""
LONGEST = 400
"""Characters of a line that are shown."""


def beginnings(model: Model) -> Iterator[tuple[str, list[str]]]:
    """The name of each packed file that is a text, with its first lines, and how many are left.

    Files that are damaged, large or no UTF-8 are left out. Raises `ModelError` when the zip is
    damaged.
    """
    for name in dict.fromkeys(member.name for member in model.associated_files):
        text = text_of(model, name)
        if text is not None:
            found = lines(text)
            shown = [line[:LONGEST] for line in islice(found, FIRST)]
            more = len(found) - len(shown)
            yield name, shown + ([f"… {counted(more, 'more line')}"] if more else [])


def text_of(model: Model, name: str) -> str | None:
    """The text of a packed file; None where it is none."""
    sizes = [member.size for member in model.associated_files if member.name == name]
    if sizes[-1] > LARGEST:
        return None
    try:
        text = read_file(model, name).decode("utf-8-sig")
    except (InspectorError, UnicodeDecodeError):
        return None
    return text if "\0" not in text else None
