"""What a weights file holds and where it comes from: a record for each array, and its JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.weights.layouts import Layout
from inspector.weights.slots import Skipped
from inspector.weights.values import Dtype, Values

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SCHEMA = "tfli/1"
ENDING = ".json"
"""What stands behind a weights file's name in that of its manifest."""
IN_FOLDER = "manifest.json"
FEW = 16
"""Scales that the header of a file repeats; longer vectors are only in the `.json`."""


@dataclass(frozen=True, slots=True)
class User:
    """An operator that takes an array; `key` is the array's name as a weight of its layer."""

    operator: str
    operator_index: int
    operand: int
    key: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A constant as the model stores it; `sha256` is of its bytes in the file.

    `scale` and `zero_point` (one, or one for each scale) are () where it is not quantised. There is
    one scale for each place of a grid of `scale_shape`, row by row: along an axis of n elements it
    has 1, n (along the `quantized_dimension`), or fewer, which serve blocks of neighbours.
    """

    tensor: int
    name: str
    operand: int
    stored_dtype: str
    stored_shape: tuple[int, ...]
    stored_bytes: int
    sha256: str
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    scale_shape: tuple[int, ...] = ()
    quantized_dimension: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One array of a weights file, and where it comes from: `tensor` is the stored constant.

    `transpose` is the permutation of the stored axes, or None; `operator` the name of the first
    operator that uses the constant, `operand` its place among the inputs, both None if none does.
    `uses` are all operators that take the array as it is. `scale_key` and `zero_point_key` are the
    arrays beside integers as stored; such an array is itself `parameter_of` another. `overflowed`
    counts the elements that a narrower type made infinite. An array that is gathered from several
    constants (the gates of an LSTM) has them all in `tensors` and in `sources`, the first of them
    in the fields that `Stored` has too, and no `transpose`. `note` says what the framework's layer
    lacks, if it does.
    """

    key: str
    subgraph: int
    tensor: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    stored_dtype: str
    stored_shape: tuple[int, ...]
    transpose: tuple[int, ...] | None
    dequantized: bool
    operator: str | None
    operator_index: int | None
    operand: int | None
    tensors: tuple[int, ...] = ()
    uses: tuple[User, ...] = ()
    note: str = ""
    stored_bytes: int = 0
    sha256: str = ""
    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    scale_shape: tuple[int, ...] = ()
    quantized_dimension: int | None = None
    scale_key: str | None = None
    zero_point_key: str | None = None
    overflowed: int = 0
    parameter_of: str | None = None
    sources: tuple[Stored, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The fields by name; `dataclasses.asdict` copies every number of the scales."""
        found = shallow(self)
        found["uses"] = [shallow(use) for use in self.uses]
        found["sources"] = [shallow(source) for source in self.sources]
        return found


@dataclass(frozen=True, slots=True)
class Settings:
    """How an export was asked for: the arguments of `arrays`, `pattern` being a GLOB of names."""

    model: str = ""
    layout: Layout = Layout.KERAS
    values: Values = Values.REAL
    dtype: Dtype | None = None
    pattern: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The settings by name, as texts."""
        return {
            "model": self.model,
            "layout": self.layout.value,
            "values": self.values.value,
            "dtype": self.dtype and self.dtype.value,
            "filter": self.pattern,
        }


def settings_in(found: Mapping[str, Any]) -> Settings:
    """The settings that `as_json` gave. Raises `KeyError`, `TypeError` or `ValueError`."""
    dtype, pattern = found["dtype"], found["filter"]
    if not isinstance(pattern, str | None):
        raise TypeError(f"the filter is {pattern!r}")
    return Settings(
        str(found["model"]),
        Layout(found["layout"]),
        Values(found["values"]),
        None if dtype is None else Dtype(dtype),
        pattern,
    )


@dataclass(slots=True)
class Manifest:
    """What a weights file holds, `nbytes` of arrays in all, and what it does not."""

    arrays: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    nbytes: int = 0

    def write(self, path: Path, settings: Settings) -> None:
        """Write it as strict JSON, an array a line."""
        head = {"schema": SCHEMA, **settings.as_json()}
        with path.open("w", encoding="ascii") as file:
            file.write(dumps(head)[:-1] + ', "arrays": [')
            for place, entry in enumerate(self.arrays):
                file.write(",\n" if place else "\n")
                file.write(dumps(entry.as_json()))
            skipped = dumps([asdict(each) for each in self.skipped])
            file.write(f'\n], "skipped": {skipped}}}\n')


def header_metadata(entries: Iterable[Entry], settings: Settings) -> dict[str, str]:
    """What the header of a safetensors file says of its arrays: texts, as the format wants them.

    `format` is what Hugging Face's libraries look for.
    """
    arrays = {entry.key: brief(entry) for entry in entries}
    found = {"schema": SCHEMA, **settings.as_json(), "arrays": arrays}
    return {"format": "pt" if settings.layout is Layout.TORCH else "np", "tfli": dumps(found)}


def brief(entry: Entry) -> dict[str, Any]:
    """An entry without what is empty, and without long vectors."""
    return {
        name: value
        for name, value in entry.as_json().items()
        if name != "key" and value not in (None, (), [], "") and not is_long(name, value)
    }


def shallow(record: DataclassInstance) -> dict[str, Any]:
    """The fields of a record by name, uncopied."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


def is_long(name: str, value: Any) -> bool:
    """Whether a field is too long for a header."""
    return name == "sources" or (name in ("scale", "zero_point") and len(value) > FEW)


def dumps(value: Any) -> str:
    """Strict JSON on one line; floats that it lacks become the texts "nan", "inf" and "-inf"."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(spelled(value), allow_nan=False)


def spelled(value: Any) -> Any:
    """A copy in which each NaN and infinity is a text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(item) for item in value]
    return value
