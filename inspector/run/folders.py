"""Folders whose files are samples: which of them, in what order, and which belong together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from inspector.errors import InputError


class Given(NamedTuple):
    """A file that all samples take, or a folder's `files`, one a sample.

    `place` is the input's, or None where the keys of `.npz` files name the inputs.
    """

    path: Path
    place: int | None
    files: tuple[Path, ...] = ()

    def file(self, index: int) -> Path:
        """The file of one sample."""
        return self.files[index] if self.files else self.path


def members(folder: Path, endings: Sequence[str]) -> tuple[Path, ...]:
    """The files of a folder with one of the `endings`, sorted by name; hidden ones are left out.

    Raises `InputError` where there is none.
    """
    found = [path for path in folder.iterdir() if path.suffix.lower() in endings]
    visible = [path for path in found if not path.name.startswith(".") and path.is_file()]
    if not visible:
        raise InputError(
            f"{folder}: the folder holds nothing that fits the input; looked for are "
            f"{', '.join(endings)}"
        )
    return tuple(sorted(visible, key=lambda path: (path.stem, path.name)))


def paired(given: Sequence[Given]) -> int | None:
    """How many samples the folders give, None where there are no folders.

    Files of several folders belong together by their names without endings, or where no two names
    agree, by their order. Raises `InputError` where the folders do not go together.
    """
    folders = [one for one in given if one.files]
    if not folders:
        return None
    first, *others = folders
    for other in others:
        if len(first.files) != len(other.files):
            raise InputError(
                f"{first.path} holds {len(first.files)} samples, and {other.path} "
                f"{len(other.files)}; each input needs the same number"
            )
        check_names(first, other)
    return len(first.files)


def check_names(one: Given, other: Given) -> None:
    """Raise `InputError` where some names agree, and others do not."""
    ours, theirs = [[path.stem for path in given.files] for given in (one, other)]
    if ours != theirs and not set(ours).isdisjoint(theirs):
        odd = next(a for a, b in zip(ours, theirs, strict=True) if a != b)
        raise InputError(
            f"{one.path} and {other.path} hold files of the same names, but not all: {odd!r} has "
            "none in the other; name all alike, or none"
        )
