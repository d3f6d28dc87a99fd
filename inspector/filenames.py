"""Names from a model as names of files that every system takes, and that stay in one folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST = 120
"""Bytes of the longest name, of the 255 that a file system takes; a number may follow."""

FORBIDDEN = re.compile(r'[<>:"|?*]')
SEPARATORS = re.compile(r"[/\\]+")
DEVICES = re.compile(r"(?i)\A(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|\Z)")
"""Names that are devices on Windows, whatever their suffix."""

UNSEEN = ("C", "Zl", "Zp")
"""Unicode categories that no name should have: controls, unassigned, line separators."""


def safe_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """A different file name for each name; `taken` are names that none of them may have.

    Folders become part of the name, steps upwards and leading dots are dropped, and what a system
    forbids becomes `_`. Names that differ in case alone count as equal, as they do on some systems.

    >>> safe_names(["labels.txt", "en/labels.txt", "../../labels.txt", "CON"])
    ['labels.txt', 'en_labels.txt', 'labels-2.txt', '_CON']
    """
    used = {folded(name): 1 for name in taken}
    return [unused(safe_name(name), used) for name in names]


def safe_name(name: str) -> str:
    """A name that is safe, though others may have the same."""
    parts = [part.strip(" .") for part in SEPARATORS.split(name)]
    joined = "_".join(filter(None, parts))
    shown = "".join("_" if unseen(character) else character for character in joined)
    plain = shortened(FORBIDDEN.sub("_", unicodedata.normalize("NFC", shown)))
    return f"_{plain}" if DEVICES.match(plain) else plain or "unnamed"


def unseen(character: str) -> bool:
    """Whether a character cannot be seen, or would turn what follows."""
    return unicodedata.category(character).startswith(UNSEEN)


def shortened(name: str) -> str:
    """The name cut to `LONGEST` bytes, its suffix kept where that is short."""
    if len(name.encode()) <= LONGEST:
        return name
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(suffix.encode()) <= LONGEST // 4 else ""
    room = LONGEST - len(suffix.encode())
    return name.encode()[:room].decode(errors="ignore").rstrip(" .") + suffix


def unused(name: str, used: dict[str, int]) -> str:
    """The name, or `name-2`, `name-3`, ... where it is used; `used` counts how often each was."""
    path, free = PurePosixPath(name), name
    while folded(free) in used:
        used[folded(name)] += 1
        free = f"{path.stem}-{used[folded(name)]}{path.suffix}"
    used[folded(free)] = 1
    return free


def folded(name: str) -> str:
    """What two names have in common that some system takes for one."""
    return unicodedata.normalize("NFC", name.casefold())
