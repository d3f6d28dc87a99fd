"""Weights files, read back an array at a time: what `writers` writes, and what others do.

An `.npz`, a `.safetensors` (one file, or shards behind their index) or a folder of `.npy` files.
They are as untrusted as a model: nothing is unpickled, and no name leads out of the folder.
"""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from inspector.errors import InputError
from inspector.weights.safetensors_file import INDEX, read_header, read_index

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


class WeightsFile(Mapping[str, np.ndarray]):
    """The arrays of a weights file by key; each is read when it is asked for, and not kept."""

    def __init__(self, path: Path, readers: Mapping[str, Callable[[], np.ndarray]]) -> None:
        self.path, self._readers = path, readers

    def __getitem__(self, key: str) -> np.ndarray:
        """The array of that key. Raises `InputError` where its bytes are damaged."""
        read = self._readers[key]
        try:
            return read()
        except DAMAGED as error:
            raise InputError(f"{self.path}: {key!r} cannot be read: {error}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._readers

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


@contextmanager
def open_weights(path: Path) -> Iterator[WeightsFile]:
    """The arrays of an `.npz`, a `.safetensors`, its index of shards, or a folder of `.npy`.

    Shards are found by the name that the whole file would have, too. Raises `InputError` where
    there is no such file, or what there is cannot be read as weights.

    >>> with open_weights(Path("weights.npz")) as weights:
    ...     weights["stem/kernel"].shape
    """
    with ExitStack() as stack:
        try:
            readers = readers_of(path, stack)
        except FileNotFoundError as error:
            raise InputError(f"{error.filename or path}: there is no such file") from None
        except DAMAGED as error:
            raise InputError(f"{path}: cannot be read as weights: {error}") from None
        yield WeightsFile(path, readers)


def readers_of(path: Path, stack: ExitStack) -> dict[str, Callable[[], np.ndarray]]:
    """What reads each array, by key; `stack` closes the file in the end."""
    index = path if path.name.endswith(INDEX) else path.with_name(path.name + INDEX)
    if path.is_dir():
        return in_folder(path)
    if index.is_file() and (index == path or not path.exists()):
        return {key: stored.read for key, stored in read_index(index).items()}
    if path.suffix.lower() == ".safetensors":
        return {key: stored.read for key, stored in read_header(path)[0].items()}
    if not zipfile.is_zipfile(path):
        path.stat()  # one that is not there says so
        raise InputError(f"{path}: is no .npz, .safetensors or folder of .npy")
    archive = stack.enter_context(np.load(path, allow_pickle=False))
    return {key: partial(from_archive, archive, key) for key in archive.files}


def from_archive(archive: Mapping[str, np.ndarray | bytes], key: str) -> np.ndarray:
    """An array of an `.npz`. Raises `ValueError` for a member that is none."""
    found = archive[key]
    if isinstance(found, bytes):
        raise ValueError("it is no .npy")
    return found


def in_folder(folder: Path) -> dict[str, Callable[[], np.ndarray]]:
    """What reads each `.npy` in a folder and those inside; keys are paths without the suffix."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): partial(from_file, path)
        for path in sorted(folder.rglob("*.npy"))
    }


def from_file(path: Path) -> np.ndarray:
    """The array of an `.npy`."""
    with path.open("rb") as file:
        return np.lib.format.read_array(file, allow_pickle=False)
