"""Weights files, written an array at a time: the next is asked for when the last is written.

Each writer puts its files into a folder that is empty, from which they are moved when all are done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from inspector.errors import InputError
from inspector.weights.chunks import chunks
from inspector.weights.safetensors_file import TYPES
from inspector.weights.shards import write_safetensors

Arrays = Iterable[tuple[str, np.ndarray]]


def write_npz(path: Path, arrays: Arrays) -> None:
    """Write what `numpy.savez` writes: a zip, uncompressed, with a `.npy` for each array.

    The same arrays give the same bytes, whenever they are written.
    """
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for key, array in arrays:
            with archive.open(ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                write_npy(member, array)


def write_npy(file: IO[bytes], array: np.ndarray) -> None:
    """Write a `.npy`; an array whose first axis runs fastest in memory stays so."""
    header = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_1_0(file, header)
    for chunk in chunks(array.T if header["fortran_order"] else array):
        file.write(chunk)


def write_folder_of_npy(folder: Path, arrays: Arrays) -> None:
    """Write a `.npy` for each array, at the path in `folder` that its key is."""
    for key, array in arrays:
        path = folder / f"{key}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_npy(file, array)


class Format(NamedTuple):
    """A kind of weights file: what it can hold, and what writes it."""

    holds: Callable[[np.dtype[Any]], bool]
    write: Callable[[Path, Arrays], None]


FORMATS = {
    ".npz": Format(lambda dtype: not dtype.hasobject, write_npz),
    ".safetensors": Format(
        lambda dtype: dtype.name in TYPES, lambda p, a: write_safetensors(p, a, lambda _: {})
    ),
}
"""The kinds of weights files, by suffix."""


def format_of(path: Path) -> Format:
    """The format that a path's suffix names. Raises `InputError` when it names none."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: weights are written as {' or '.join(FORMATS)}; name such a file")
    return FORMATS[path.suffix.lower()]
