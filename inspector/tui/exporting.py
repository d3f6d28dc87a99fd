"""A slice, or a whole array, as a file: .npy, .npz or .csv, written whole or not at all."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import InputError
from inspector.filenames import safe_name
from inspector.files import write_whole
from inspector.weights.statistics import plain
from inspector.weights.writers import write_npy, write_npz

KINDS = (".npy", ".npz", ".csv")


def suggested(name: str, place: str = "") -> str:
    """A file name for an array of some name: a .npy."""
    last = name.strip("/").rpartition("/")[2] or name
    return safe_name(f"{last}{place}") + ".npy"


def write_array(values: np.ndarray, name: str, path: Path, *, force: bool = False) -> None:
    """Write an array in the form that the suffix says; a .npz has it under `name`.

    Types that NumPy's files lack are widened: int4 to int8, bfloat16 to float32. A .csv has a row
    for each row of the last two axes. Raises `InputError` for other suffixes, and as `write_whole`.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise InputError(f"{path.name!r} ends in none of {', '.join(KINDS)}")
    if values.dtype.kind == "O" and kind != ".csv":
        raise InputError("texts go into a .csv only")
    values = values if values.dtype.kind in "biufcO" else plain(values)
    with write_whole(path, force=force) as target:
        if kind == ".csv":
            write_csv(target, values)
        elif kind == ".npz":
            write_npz(target, [(name, values)])
        else:
            with target.open("wb") as file:
                write_npy(file, values)


def write_csv(path: Path, values: np.ndarray) -> None:
    """Write rows of numbers, with all digits that tell them apart."""
    rows = values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow(map(cell, row))


def cell(value: Any) -> Any:
    """An element as `csv` takes it: texts, which TFLite keeps as bytes, decoded."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
