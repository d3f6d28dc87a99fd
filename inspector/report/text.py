"""Text that is safe to show: names from a file never steer the terminal, and sizes read well."""

from __future__ import annotations

import inspect
import re
import sys
import unicodedata

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are shown as escapes: controls, format and bidirectional controls,
surrogates, private and unassigned characters, line and paragraph separators."""

SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """`text` with each control, escape, newline and bidirectional control written out as text.

    >>> printable("conv\\x1b[31m")
    'conv\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(map(visible, text))


def visible(character: str) -> str:
    """One character as it is, or its escape if it cannot be seen."""
    if unicodedata.category(character) not in INVISIBLE:
        return character
    code = ord(character)
    if character in SHORT:
        return SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


NARROW = re.compile("[\0-\u02ff\u2010-\u2064\u2190-\u22ff]*").fullmatch
"""Texts in which each character takes one column: the common letters, and signs as × and → are."""


def cells(text: str) -> int:
    """The columns that a text takes on a terminal: two for wide characters, none for accents."""
    if text.isascii() or NARROW(text):
        return len(text)
    return sum(map(cell, text))


def cell(character: str) -> int:
    """The columns of one character."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def all_printable(texts: list[str]) -> list[str]:
    """Each text made `printable`; thousands of them are mostly so at one look."""
    return texts if "".join(texts).isprintable() else list(map(printable, texts))


def all_cells(texts: list[str]) -> list[int]:
    """The `cells` of each text, as fast."""
    return list(map(len if NARROW("".join(texts)) else cells, texts))


def cut(text: str, width: int) -> str:
    """The text in at most `width` columns, its end replaced by an ellipsis where it is longer."""
    if cells(text) <= width:
        return text
    while cells(text) >= width:
        text = text[: width - 1] if NARROW(text) else text[:-1]
    return text + "…"


def cut_start(text: str, width: int) -> str:
    """As `cut`, but with the beginning left out: the end of a name says more than its scopes."""
    if cells(text) <= width:
        return text
    while cells(text) >= width:
        text = text[len(text) - width + 1 :] if NARROW(text) else text[1:]
    return "…" + text


def cut_name(text: str, width: int) -> str:
    """As `cut`, for a tensor's name: of the names that a converter has joined, the first one's end.

    >>> cut_name("model/block_1/conv/Relu;model/block_1/conv/BiasAdd", 12)
    '…/conv/Relu…'
    """
    if cells(text) <= width:
        return text
    first, joined, _ = text.partition(";")
    return cut_start(first, width - 1) + "…" if joined and first else cut_start(text, width)


def say(message: str) -> None:
    """Write one line to stderr, behind the name of the command."""
    print(f"tfli: {printable(message)}", file=sys.stderr)


def bytes_text(count: int) -> str:
    """A byte count as people say it, in decimal units: `4.19 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{scaled(count)}B"


def count_text(count: int) -> str:
    """A large number in short: `569 M`; below ten thousand as it is."""
    return f"{count:,}" if count < 10_000 else scaled(count).rstrip()


def counted(count: int, what: str) -> str:
    """`1 input`, `2 inputs`, `2,500 inputs`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def scaled(count: float) -> str:
    """Three significant digits and the decimal prefix: `4.19 M`; sizes that lie end at `>999 E`."""
    if count >= 10**21:
        return ">999 E"
    prefix = ""
    for larger in "kMGTPE":
        if count < 999.5:
            break
        count, prefix = count / 1000, larger
    digits = 2 if count < 9.995 else 1 if count < 99.95 else 0
    return f"{count:.{digits}f} {prefix}"


def help_text(docstring: str | None) -> str:
    """A docstring for `--help`: an indented block keeps its lines, as an example should."""
    blocks = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(f"\b\n{block}" if "\n " in f"\n{block}" else block for block in blocks)
