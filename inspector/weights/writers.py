"""Weights files, written an array at a time: the next is asked for when the last is written."""

from __future__ import annotations

import json
import math
import shutil
import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NamedTuple
from zipfile import ZIP_STORED, ZipFile

import numpy as np

from inspector.errors import InputError

Arrays = Iterable[tuple[str, np.ndarray]]

CHUNK = 1 << 20

SAFETENSORS = {
    "bool": "BOOL",
    "int8": "I8",
    "uint8": "U8",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "int64": "I64",
    "uint64": "U64",
    "float64": "F64",
    "complex64": "C64",
}
"""The element types of the safetensors format, by NumPy's names."""


def write_npz(path: Path, arrays: Arrays) -> None:
    """Write what `numpy.savez` writes: a zip, uncompressed, with a `.npy` for each array."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for key, array in arrays:
            plain = array if array.flags.f_contiguous else in_order(array)
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                header = np.lib.format.header_data_from_array_1_0(plain)
                np.lib.format.write_array_header_1_0(member, header)
                member.write(raw_bytes(plain.T if header["fortran_order"] else plain))


def write_safetensors(path: Path, arrays: Arrays) -> None:
    """Write a safetensors file: its length, a header in JSON, the bytes without gaps.

    The header comes first and is known last, and PyTorch wants the wider types before the narrower
    so that each array is aligned: the bytes wait in temporary files, one for each width.
    Format: https://huggingface.co/docs/safetensors#format
    """
    with ExitStack() as stack:
        files = {
            width: stack.enter_context(TemporaryFile(dir=path.parent)) for width in (8, 4, 2, 1)
        }
        found = []
        for key, array in arrays:
            file = files[array.dtype.itemsize]
            found.append((key, array.dtype, array.shape, file.tell()))
            file.write(raw_bytes(in_order(array)))
        ends = {width: file.tell() for width, file in files.items()}
        with path.open("wb") as target:
            target.write(safetensors_header(found, ends))
            for file in files.values():
                file.seek(0)
                shutil.copyfileobj(file, target, CHUNK)


def safetensors_header(
    found: Sequence[tuple[str, np.dtype[Any], tuple[int, ...], int]], ends: dict[int, int]
) -> bytes:
    """The header of arrays, each with its place among those of its width; padded to 8 bytes."""
    starts = dict(zip(ends, accumulate(ends.values(), initial=0), strict=False))
    entries = {}
    for key, dtype, shape, place in found:
        start = starts[dtype.itemsize] + place
        offsets = [start, start + math.prod(shape) * dtype.itemsize]
        entries[key] = {
            "dtype": SAFETENSORS[dtype.name],
            "shape": list(shape),
            "data_offsets": offsets,
        }
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def in_safetensors(dtype: np.dtype[Any]) -> bool:
    """Whether the format has a type."""
    return dtype.name in SAFETENSORS


def in_npz(dtype: np.dtype[Any]) -> bool:
    """Whether an .npz holds a type without pickling it."""
    return not dtype.hasobject


def in_order(array: np.ndarray) -> np.ndarray:
    """The array with its last axis running fastest in memory."""
    return array if array.flags.c_contiguous else array.copy(order="C")


def raw_bytes(array: np.ndarray) -> memoryview:
    """The bytes of an array that is in order, uncopied."""
    return array.reshape(-1).view(np.uint8).data


class Format(NamedTuple):
    """A kind of weights file: what it can hold, and what writes it."""

    holds: Callable[[np.dtype[Any]], bool]
    write: Callable[[Path, Arrays], None]


FORMATS = {
    ".npz": Format(in_npz, write_npz),
    ".safetensors": Format(in_safetensors, write_safetensors),
}
"""The kinds of weights files, by suffix."""


def format_of(path: Path) -> Format:
    """The format that a path's suffix names. Raises `InputError` when it names none."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path}: weights are written as {' or '.join(FORMATS)}; name such a file")
    return FORMATS[path.suffix.lower()]
