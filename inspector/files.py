"""Writing files whole or not at all: under another name beside the target, renamed at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inspector.errors import InputError


@contextmanager
def write_whole(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """Give a path to write to, beside `path` and with its suffix; renamed when all went well.

    When the block raises, what was written is deleted and `path` stays as it was. Raises
    `InputError` when `path` exists and `force` is not given, when it is no regular file, when its
    folder does not exist, and when the disk refuses.

    >>> with write_whole("weights.npz") as target:
    ...     numpy.savez(target, **arrays)
    """
    final = Path(path)
    check_folder(final)
    check_file(final, force=force)
    temporary = beside(final)
    try:
        with writing(final):
            yield temporary
            temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def write_together(
    path: str | os.PathLike[str], *others: str, force: bool = False
) -> Iterator[Path]:
    """Give an empty folder, whose files are moved beside `path` when all went well.

    For a file that others belong to: `others` are those of their names that are known before. At
    no time do old and new ones stand side by side. Raises `InputError` as `write_whole` does, for
    any of the files.
    """
    final = Path(path)
    check_folder(final)
    for name in (final.name, *others):
        check_file(final.with_name(name), force=force)
    temporary = beside(final)
    try:
        with writing(final):
            temporary.mkdir()
            yield temporary
            written = sorted(file.name for file in temporary.iterdir())
            for name in written:
                check_file(final.with_name(name), force=force)
            for name in {final.name, *others, *written}:
                final.with_name(name).unlink(missing_ok=True)
            for name in written:
                (temporary / name).replace(final.with_name(name))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def write_folder(
    path: str | os.PathLike[str], *, force: bool = False, outdated: Iterable[str] = ()
) -> Iterator[Path]:
    """Give an empty folder to write files to, which becomes `path` when all went well.

    Where `path` is a folder already, the files are moved into it one by one, over those of the same
    names if `force` is given; of other files there, the `outdated` ones are deleted, and folders
    that this empties, and the rest is let be. A folder that was given empty is one there, too: Core
    ML's manifests name one for weights even where there are none. Raises `InputError` as
    `write_whole` does, and when `path` holds anything and `force` is not given.
    """
    final = Path(path)
    check_folder(final)
    if final.exists() and not final.is_dir():
        raise InputError(f"{final} is not a folder; name a folder to write to")
    if final.exists() and not force and any(final.iterdir()):
        raise InputError(f"{final} exists already and is not empty; add --force to write into it")
    temporary = beside(final)
    try:
        with writing(final):
            temporary.mkdir()
            yield temporary
            stale = [final / name for name in outdated if not (temporary / name).exists()]
            folders = [f.relative_to(temporary) for f in temporary.rglob("*") if f.is_dir()]
            move_into(temporary, final)
            for file in stale:
                remove(file, final)
            for folder in folders:
                (final / folder).mkdir(parents=True, exist_ok=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def move_into(source: Path, final: Path) -> None:
    """Make `source` the folder `final`; if that exists, move its files there, each to its place."""
    if not final.exists():
        source.replace(final)
        return
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        target = final / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)


def remove(file: Path, folder: Path) -> None:
    """Delete a file in `folder`, and the folders below that one which are empty then."""
    file.unlink(missing_ok=True)
    for parent in file.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()


def check_folder(path: Path) -> None:
    """Raise `InputError` unless the folder that is to hold `path` exists."""
    if not path.name:
        raise InputError(f"{path} has no name to write to; name a file or a folder")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is no folder; make it first, or name another place")


def check_file(path: Path, *, force: bool) -> None:
    """Raise `InputError` unless `path` is free, or a file that may be written over."""
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is not a file; name a file to write to")
    if path.exists() and not force:
        raise InputError(f"{path} exists already; add --force to write over it")


def beside(path: Path) -> Path:
    """A hidden name in the same folder, so that renaming moves no bytes; the suffix is kept."""
    return path.with_name(f".{path.stem}-{os.getpid()}-{os.urandom(4).hex()}{path.suffix}")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses (no space, no right) into an `InputError` that names `path`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: cannot be written: {reason}") from None
