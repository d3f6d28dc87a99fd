"""Arrays as files: the keys of a capture, written and read without pickle."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from inspector.errors import InputError
from inspector.files import write_whole
from inspector.run.places import array_key
from inspector.weights.readers import DAMAGED

__all__ = ["Writer", "array_key", "arrays_in", "save", "saving"]

MAGIC = (b"\x93NUMPY", b"PK")
"""What an .npy and an .npz (a zip) begin with; `numpy.load` takes anything else for a pickle."""


class Writer:
    """An uncompressed `.npz` that is written an array at a time, as `numpy.load` reads it."""

    def __init__(self, file: ZipFile) -> None:
        self.file, self.keys = file, set[str]()

    def put(self, key: str, array: np.ndarray) -> None:
        """Write one array. Raises `InputError` where there is one of this key already."""
        if key in self.keys:
            raise InputError(f"two arrays of the key {key!r}; an .npz cannot hold both")
        self.keys.add(key)
        with self.file.open(f"{key}.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array(member, storable(array), allow_pickle=False)


@contextmanager
def saving(path: str | os.PathLike[str], *, force: bool) -> Iterator[Writer]:
    """Write arrays to an `.npz` as they come, whole or not at all.

    Arrays of strings are stored as NumPy's fixed-size bytes, which `numpy.load` reads without
    pickle; they lose zero bytes at their ends. Raises `InputError` as `write_whole` does.
    """
    with write_whole(path, force=force) as target, ZipFile(target, "w") as file:
        yield Writer(file)


def save(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], *, force: bool) -> None:
    """Write arrays that are all there, as `saving` does."""
    with saving(path, force=force) as writer:
        for key, array in arrays.items():
            writer.put(key, array)


def storable(array: np.ndarray) -> np.ndarray:
    """The array in a type that needs no pickle."""
    return array.astype(bytes) if array.dtype == object else array


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` by key, or that of an `.npy` under the file's name.

    Raises `InputError` where the file cannot be read, holds no arrays, or would need pickle.
    """
    try:
        with path.open("rb") as file:
            if not file.read(6).startswith(MAGIC):
                raise InputError(f"{path}: is neither an .npy nor an .npz file")
            file.seek(0)
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return {path.stem: found}
            with found:
                return {key: found[key] for key in found.files}
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except DAMAGED as error:
        raise InputError(f"{path}: cannot be read as arrays (.npy, .npz): {error}") from None
