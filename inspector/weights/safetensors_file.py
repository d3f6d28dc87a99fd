"""The safetensors format: a header in JSON, then the bytes of all arrays without gaps; its shards.

Format: https://huggingface.co/docs/safetensors#format
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inspector.errors import InputError

INDEX = ".index.json"
"""What stands behind `name.safetensors` in the name of the file that lists the shards."""

LONGEST_HEADER = 100 << 20
"""Bytes that the format allows a header."""

TYPES = {
    "bool": "BOOL",
    "int8": "I8",
    "uint8": "U8",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "int16": "I16",
    "uint16": "U16",
    "float16": "F16",
    "bfloat16": "BF16",
    "int32": "I32",
    "uint32": "U32",
    "float32": "F32",
    "int64": "I64",
    "uint64": "U64",
    "float64": "F64",
    "complex64": "C64",
}
"""The element types of the format, by NumPy's names and those of `ml_dtypes`."""


class Stored(NamedTuple):
    """Where in a file an array lies."""

    path: Path
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int

    def read(self) -> np.ndarray:
        """Its values. Raises `OSError` or `ValueError` where the file changed meanwhile."""
        count = math.prod(self.shape)
        found = np.fromfile(self.path, self.dtype, count, offset=self.offset)
        return found.reshape(self.shape)


@cache
def numpy_types() -> dict[str, np.dtype[Any]]:
    """NumPy's types by the format's names."""
    import ml_dtypes

    return {
        stored: np.dtype(getattr(ml_dtypes if hasattr(ml_dtypes, name) else np, name))
        for name, stored in TYPES.items()
    }


def read_header(path: Path) -> tuple[dict[str, Stored], dict[str, str]]:
    """Where each array lies, by key, and the metadata. Raises `InputError` for a damaged file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, LONGEST_HEADER):
            raise InputError(f"{path}: claims a header of {length} bytes in a file of {size}")
        try:
            header = json.loads(file.read(length))
            metadata = header.pop("__metadata__", {})
            found = {key: stored(path, entry, 8 + length) for key, entry in header.items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}: its header cannot be read: {error!r}") from None
    for key, each in found.items():
        if each.offset + math.prod(each.shape) * each.dtype.itemsize > size:
            raise InputError(f"{path}: {key!r} ends behind the file, which was cut short")
    return found, metadata


def stored(path: Path, entry: dict[str, Any], base: int) -> Stored:
    """Where an entry of a header says that its array lies. Raises `ValueError`."""
    dtype, shape = numpy_types()[entry["dtype"]], tuple(map(int, entry["shape"]))
    start, end = map(int, entry["data_offsets"])
    if min((start, *shape)) < 0 or end - start != math.prod(shape) * dtype.itemsize:
        raise ValueError(f"{entry} does not fit itself")
    return Stored(path, dtype, shape, base + start)


def read_index(path: Path) -> dict[str, Stored]:
    """Where each array of a sharded file lies, by key; `path` is that of the index.

    Raises `InputError` where a shard does not hold what the index says.
    """
    try:
        names: dict[str, str] = json.loads(path.read_bytes())["weight_map"]
        shards = {name: path.parent / name for name in sorted({*names.values()})}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: is no index of shards: {error!r}") from None
    for name in shards:
        if Path(name).name != name:
            raise InputError(f"{path}: a shard is called {name!r}, which is no plain file name")
    held = {name: read_header(shard)[0] for name, shard in shards.items()}
    if lost := next((key for key, name in names.items() if key not in held[name]), None):
        raise InputError(f"{path}: {names[lost]} does not hold {lost!r}")
    return {key: held[name][key] for key, name in names.items()}
