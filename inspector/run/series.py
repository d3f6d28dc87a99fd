"""Several samples of a model's inputs, each read when it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from inspector.errors import InputError
from inspector.run.folders import Given, paired
from inspector.run.inputs import Inputs
from inspector.run.normalization import Prepared

Arrays = list[np.ndarray]
RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Report:
    """Where the arrays of an input come from, and what was done to get the first of them.

    `files` is how many a folder has; it is 0 where the source is none.
    """

    name: str
    source: str
    files: int = 0
    prepared: Prepared | None = None

    @property
    def done(self) -> dict[str, Any]:
        """What was done, by field; empty where the array was taken as it is."""
        return (self.prepared.done if self.prepared else None) or {}

    @property
    def words(self) -> str:
        """What was done, in a line; empty where the array was taken as it is."""
        count = f" ({self.files} files)" if self.files else ""
        done = self.prepared.words if self.prepared else ""
        return f"input {self.name!r}: {self.source}{count}, {done}" if done else ""

    def to_json(self) -> dict[str, Any]:
        """As `--json` gives it."""
        place = {"name": self.name, "source": self.source, "files": self.files or None}
        return place | {"preprocessing": self.done or None}


def runs_asked_for(samples: int | None, steps: int | None) -> int | None:
    """How many runs are asked for; None for as many as the inputs make.

    Steps go on from each other's state, samples begin anew. Raises `InputError` where both are
    asked for, or fewer than one.
    """
    for option, value in (("--samples", samples), ("--steps", steps)):
        if value is not None and value < 1:
            raise InputError(f"{option} {value}: at least one is needed")
    if steps is not None and samples not in (None, 1):
        raise InputError("--samples begin anew and --steps go on; give one of them")
    return samples if steps is None else steps


class Series(Sequence[Arrays]):
    """The samples that `given` and `seed` make, an array for each input in its order.

    Files of folders are read anew each time that their sample is asked for, so that memory holds
    one; other files once. `count` says how many there are; without it, as many as the folders have
    files, or one. Raises `InputError` for what cannot be read or does not fit, also later, when a
    sample is asked for: all of a folder have to be of one shape.
    """

    def __init__(
        self, inputs: Inputs, given: Sequence[str], seed: int = 0, count: int | None = None
    ) -> None:
        self.inputs, self.seed = inputs, seed
        self.given = [inputs.parse(text) for text in given]
        available = paired(self.given)
        self.size = (1 if available is None else available) if count is None else count
        if self.size < 1 or (available is not None and self.size > available):
            held = "at least one is needed" if available is None else f"there are {available}"
            raise InputError(f"{self.size} samples are asked for; {held}")
        self.kept = {one: inputs.load(one) for one in self.given if not one.files}
        self.first = self._loaded(0)
        self.reports = [self._report(place) for place in range(len(inputs.tensors))]

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, index: int) -> Arrays: ...
    @overload
    def __getitem__(self, index: slice) -> list[Arrays]: ...
    def __getitem__(self, index: int | slice) -> Arrays | list[Arrays]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.size))]
        at = range(self.size)[index]
        arrays = self.inputs.random(self.seed, at)
        for place, (one, prepared) in (self._loaded(at) if at else self.first).items():
            self._check(one, at, place, prepared.array)
            arrays[place] = prepared.array
        return arrays

    def _loaded(self, index: int) -> dict[int, tuple[Given, Prepared]]:
        """What the files of a sample hold, by the place of the input; the last one given counts."""
        found: dict[int, tuple[Given, Prepared]] = {}
        for one in self.given:
            arrays = self.inputs.load(one, index) if one.files else self.kept[one]
            found |= {place: (one, prepared) for place, prepared in arrays.items()}
        return found

    def _check(self, one: Given, index: int, place: int, array: np.ndarray) -> None:
        """Raise `InputError` where a sample has another shape than the first."""
        first = self.first[place][1].array.shape if place in self.first else array.shape
        if array.shape != first:
            raise InputError(
                f"{one.file(index)}: gives shape {list(array.shape)}, and {one.file(0)} "
                f"{list(first)}; the samples of a folder have to be alike, see --shape"
            )

    def _report(self, place: int) -> Report:
        name = self.inputs.label(place)
        if place not in self.first:
            return Report(name, RANDOM)
        one, prepared = self.first[place]
        return Report(name, str(one.path), len(one.files), prepared)
