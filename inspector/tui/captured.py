"""What a capture saw, kept in files: of values of any size only what is looked at is read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from inspector.errors import InputError, ModelError, UnsupportedError
from inspector.read.records import Tensor
from inspector.run.grid import steps
from inspector.run.places import Frame
from inspector.run.places import Place as SeenAt
from inspector.run.record import Findings
from inspector.run.series import Report
from inspector.run.store import storable
from inspector.tui.arrays import Index
from inspector.weights.statistics import Statistics, plain, statistics

UNORDERED = "OSUVc"
"""The kinds of types whose elements have no order: strings, complex numbers, handles."""
RUNS = {"n": "sample", "t": "step"}
"""What runs are, by what the names of theirs begin with (`run.places.Place`)."""
LEAST = 8
"""Pixels that a picture is at least high and wide."""


class Observed:
    """An array of a run that is mapped from a file: as it was stored, or (`real`) real numbers."""

    def __init__(self, array: np.ndarray, tensor: Tensor, *, real: bool) -> None:
        self.array, self.tensor = array, tensor
        self.real = real and has_scales(tensor)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return self.array.shape

    def part(self, index: Index) -> np.ndarray:
        """What NumPy's indexing gives. Raises an `InspectorError` where its scales do not fit."""
        values = np.asarray(self.array[index])
        if not self.real:
            return values
        scale, zero_point = (
            np.broadcast_to(each, self.shape)[index] for each in steps(self.tensor, self.shape)
        )
        found: np.ndarray = (values.astype(np.float64) - zero_point) * scale
        return found.astype(np.float32)


def has_scales(tensor: Tensor) -> bool:
    """Whether the integers of a tensor stand for real numbers by scales of its own."""
    return bool(tensor.is_quantized and tensor.quantization and tensor.quantization.scale)


class Moment(NamedTuple):
    """When a value was seen: in which run, and in which calls of which operators."""

    run: str
    calls: tuple[Frame, ...] = ()

    @property
    def words(self) -> str:
        """It in words; empty for the only one."""
        parts = [f"{RUNS[self.run[0]]} {int(self.run[1:]) + 1}"] if self.run else []
        for call in self.calls:
            turn = "" if call.iteration is None else f", turn {call.iteration}"
            parts.append(f"run by operator {call.operator}{turn}")
        return " · ".join(parts)


class Value(NamedTuple):
    """One value: its file, and what it is like. No statistics where its elements have no order."""

    path: Path
    dtype: np.dtype
    shape: tuple[int, ...]
    found: Statistics | None

    def array(self) -> np.ndarray:
        """The elements, mapped. Raises `InputError` where the file cannot be read any more."""
        try:
            mapped = np.load(self.path, mmap_mode="r", allow_pickle=False)
            return np.asarray(mapped).view(self.dtype).reshape(self.shape)
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path}: a captured value cannot be read: {error}") from None


class Captured:
    """The values of some runs. They are put in while the model runs; `close` deletes the files."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="tfli-")
        self.values: dict[SeenAt, Value] = {}
        self.reports: list[Report] = []
        self.findings = Findings()
        self._moments: dict[int, dict[Moment, None]] = {}
        self._chosen: dict[int, int] = {}

    def put(self, place: SeenAt, tensor: Tensor, array: np.ndarray) -> None:
        """Keep a value. Raises `InputError` where there is no room for its file."""
        kept = storable(array)
        path = Path(self._folder.name) / f"{len(self.values)}.npy"
        try:
            np.save(path, kept, allow_pickle=False)
        except OSError as error:
            raise InputError(f"a captured value cannot be kept in {path}: {error}") from None
        self.values[place] = Value(path, kept.dtype, kept.shape, summary(tensor, array))
        self._moments.setdefault(place.subgraph, {})[Moment(place.run, place.calls)] = None

    def moments(self, subgraph: int) -> list[Moment]:
        """When values of a subgraph were seen, in their order."""
        return list(self._moments.get(subgraph, ()))

    def moment(self, subgraph: int) -> tuple[int, Moment] | None:
        """The moment that is looked at, and which it is; None where nothing was seen."""
        moments, chosen = self.moments(subgraph), self._chosen.get(subgraph, 0)
        return (chosen, moments[chosen]) if moments else None

    def step(self, subgraph: int, by: int) -> None:
        """Look at the next moment, or at the one before, round at the end."""
        count = len(self._moments.get(subgraph, ())) or 1
        self._chosen[subgraph] = (self._chosen.get(subgraph, 0) + by) % count

    def now(self, subgraph: int, tensor: int, *, before: bool = False) -> Value | None:
        """The value of a tensor at the moment that is looked at; `before`, as a run found it."""
        chosen = self.moment(subgraph)
        return self.at(subgraph, tensor, chosen[1], before=before) if chosen else None

    def at(
        self, subgraph: int, tensor: int, moment: Moment, *, before: bool = False
    ) -> Value | None:
        """The value of a tensor at a moment, if it was seen."""
        return self.values.get(SeenAt(subgraph, tensor, moment.calls, moment.run, before))

    def why_missing(self, subgraph: int, tensor: int) -> str:
        """Why a tensor has no value."""
        return self.findings.missing.get((subgraph, tensor), "it was not seen in this run")

    def close(self) -> None:
        """Delete the files."""
        self._folder.cleanup()


def summary(tensor: Tensor, array: np.ndarray) -> Statistics | None:
    """What the real numbers of a value are like; None where they have no order."""
    if (array.dtype.kind in UNORDERED and "float" not in array.dtype.name) or not array.size:
        return None
    try:
        real = Observed(array, tensor, real=True).part((slice(None),) * array.ndim)
        return statistics(plain(real))
    except (ModelError, UnsupportedError):  # scales that do not fit: as they are stored
        return statistics(plain(array))


def is_picture(shape: tuple[int, ...]) -> bool:
    """Whether a value is a picture, or may be: ... x H x W x 1 or 3."""
    return len(shape) >= 3 and shape[-1] in (1, 3) and min(shape[-3:-1]) >= LEAST
