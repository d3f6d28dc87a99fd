"""NumPy's files, written an array at a time: the next is asked for when the last is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from inspector.weights.chunks import chunks

Arrays = Iterable[tuple[str, np.ndarray]]


def write_npz(path: Path, arrays: Arrays) -> None:
    """Write what `numpy.savez` writes: a zip, uncompressed, with a `.npy` for each array.

    The same arrays give the same bytes, whenever they are written.
    """
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for key, array in arrays:
            with archive.open(ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                write_npy(member, array)
            del array  # before the next is made


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
        del array
