"""Weights files with their manifest, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from inspector.errors import InputError
from inspector.files import write_folder, write_together
from inspector.read.arrays import numpy_dtype
from inspector.read.schema import TensorType
from inspector.weights.earlier import arrays_in, is_plain, shards_of
from inspector.weights.export import Found
from inspector.weights.manifest import (
    ENDING,
    IN_FOLDER,
    Entry,
    Manifest,
    Settings,
    header_metadata,
)
from inspector.weights.safetensors_file import INDEX, TYPES
from inspector.weights.shards import write_safetensors, write_shards
from inspector.weights.slots import Skipped
from inspector.weights.writers import write_folder_of_npy, write_npz

SUFFIXES = (".npz", ".safetensors")
SEPARATORS = tuple({"/", os.sep})

Stream: TypeAlias = Iterator[tuple[str, np.ndarray]]


def save(
    found: Found,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    settings: Settings | None = None,
    shard_size: int | None = None,
) -> Manifest:
    """Write what `arrays` finds to a .npz, a .safetensors or a folder of .npy, with its manifest.

    A path that ends with a slash, or is a folder, is a folder: each key is a path in it, and
    `manifest.json` lies there too. Otherwise the manifest is the file's name with `.json` behind
    it; the header of a .safetensors holds it as well, but for long vectors. That is cut in files
    of at most `shard_size` bytes, where it is given. All are written, or none, and with `force`
    nothing stays of an earlier export. What the kind of file cannot hold is `skipped`. Raises
    `InputError` for another suffix, a type that the kind lacks, and when a file exists and `force`
    is not given.

    >>> with inspector.open("mobilenet.tflite") as model:
    ...     save(arrays(model), "weights.npz")
    """
    target, settings = Path(path), settings or Settings()
    holds = check_target(path, settings, shard_size)
    noted = Noted(holds)
    if is_folder(path):
        with write_folder(target, force=force, outdated=arrays_in(target)) as folder:
            write_folder_of_npy(folder, noted.stream(found))
            noted.manifest.write(folder / IN_FOLDER, settings)
        return noted.manifest
    others = [target.name + ENDING]
    if target.suffix.lower() == ".safetensors":
        others += [target.name + INDEX, *shards_of(target)]
    with write_together(target, *others, force=force) as folder:
        write_file(folder / target.name, noted, found, settings, shard_size)
        noted.manifest.write(manifest_of(folder / target.name), settings)
    return noted.manifest


def listing(found: Found) -> Manifest:
    """The manifest of what `arrays` finds, without a file: each array is read, and let go."""
    noted = Noted(lambda _: True)
    for _ in noted.stream(found):
        pass
    return noted.manifest


def write_file(
    path: Path, noted: Noted, found: Found, settings: Settings, shard_size: int | None
) -> None:
    """Write the arrays by the suffix of the path."""
    if path.suffix.lower() == ".npz":
        write_npz(path, noted.stream(found))
        return

    def metadata(keys: Iterable[str]) -> dict[str, str]:
        return header_metadata((noted.entries[key] for key in keys), settings)

    if shard_size:
        write_shards(path, noted.stream(found), metadata, shard_size)
    else:
        write_safetensors(path, noted.stream(found), metadata)


class Noted:
    """Notes what is written and what is not, on its way to a writer."""

    def __init__(self, holds: Callable[[np.dtype[Any]], bool]) -> None:
        self.holds = holds
        self.manifest = Manifest()
        self.entries: dict[str, Entry] = {}
        self.taken: dict[str, str] = {}  # by what a disk that ignores case makes of a key

    def stream(self, found: Found) -> Stream:
        """The arrays that can be written, by key."""
        for each in found:
            if isinstance(each, Skipped):
                self.manifest.skipped.append(each)
                continue
            entry, array = each
            if reason := self.misfit(entry, array):
                self.manifest.skipped.append(Skipped(entry.subgraph, entry.tensor, reason))
                continue
            self.taken[entry.key.casefold()] = entry.key
            self.entries[entry.key] = entry
            self.manifest.nbytes += array.nbytes
            if entry.parameter_of is None:
                self.manifest.arrays.append(entry)
            yield entry.key, array
            del each, array  # before the next is made

    def misfit(self, entry: Entry, array: np.ndarray) -> str:
        """Why an array cannot be written; empty if it can."""
        if not self.holds(array.dtype):
            return f"the file has no type {entry.dtype}; write an .npz"
        if other := self.taken.get(entry.key.casefold()):
            return f"its key {entry.key!r} collides with {other!r}, which is written already"
        if not is_plain(entry.key):
            return f"its key {entry.key!r} is no name that a file can hold"
        return ""


def check_target(
    path: str | os.PathLike[str], settings: Settings, shard_size: int | None
) -> Callable[[np.dtype[Any]], bool]:
    """Whether the kind of file that a path names holds a type. Raises `InputError`."""
    suffix = Path(path).suffix.lower()
    if not is_folder(path) and suffix not in SUFFIXES:
        kinds = " or ".join(SUFFIXES)
        raise InputError(f"{path}: weights are written as {kinds}, or to a folder, 'name/'")
    sharded = suffix == ".safetensors" and not is_folder(path)
    if shard_size is not None and not sharded:
        raise InputError(f"{path}: only .safetensors is written in shards")
    holds = in_safetensors if sharded else in_npy
    if settings.dtype and not holds(numpy_dtype(TensorType[settings.dtype.name])):
        found = settings.dtype.value
        raise InputError(f"{path}: NumPy's files hold no {found}; write a .safetensors")
    return holds


def manifest_of(path: str | os.PathLike[str]) -> Path:
    """Where the manifest of a weights file lies, or would lie; of shards, that of their index."""
    if is_folder(path):
        return Path(path) / IN_FOLDER
    whole = Path(path)
    return whole.with_name(whole.name.removesuffix(INDEX) + ENDING)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a path names a folder to write to."""
    if os.fspath(path).endswith(SEPARATORS):
        return True
    return Path(path).is_dir() and Path(path).suffix.lower() not in SUFFIXES


def in_safetensors(dtype: np.dtype[Any]) -> bool:
    """Whether the format has a type."""
    return dtype.name in TYPES


def in_npy(dtype: np.dtype[Any]) -> bool:
    """Whether a .npy holds a type, without pickling it and by a name that NumPy knows."""
    return dtype.kind in "biufcSU"
