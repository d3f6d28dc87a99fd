"""Arrays as files: the keys of a capture, written and read without pickle."""

from __future__ import annotations

import os
import re
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import InputError
from inspector.files import write_whole
from inspector.read.records import Tensor

MAGIC = (b"\x93NUMPY", b"PK")
"""What an .npy and an .npz (a zip) begin with; `numpy.load` takes anything else for a pickle."""

DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    MemoryError,  # a header that claims more than there is memory for
    RuntimeError,  # an encrypted zip; NotImplementedError: packed in an unknown way
    SyntaxError,
    tokenize.TokenError,  # a header that is cut short
    zipfile.BadZipFile,
    zlib.error,
)
"""What `numpy.load` raises on files that are not what they begin as."""

LONGEST = 100
"""Characters of a name that a key keeps; the index before it makes the key unique."""


def array_key(tensor: Tensor) -> str:
    """The key of a tensor in a capture: `<index>_<name>`, without what a path or shell minds."""
    name = re.sub("[^A-Za-z0-9.-]+", "_", tensor.name).strip("._-")
    return f"{tensor.index}_{name[:LONGEST]}"


def save(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], *, force: bool) -> None:
    """Write arrays as an uncompressed `.npz`, whole or not at all.

    Arrays of strings are stored as NumPy's fixed-size bytes, which `numpy.load` reads without
    pickle; they lose zero bytes at their ends. Raises `InputError` as `write_whole` does.
    """
    with write_whole(path, force=force) as target, target.open("wb") as file:
        stored: dict[str, Any] = {key: storable(array) for key, array in arrays.items()}
        np.savez(file, **stored)


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
