"""The normalisation of pictures and sounds: as the user asks, else as the model's metadata says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from inspector.errors import InputError
from inspector.read.metadata_records import TensorMetadata
from inspector.read.records import Tensor
from inspector.read.schema import BITS, TensorType
from inspector.run.preparation import Numbers, Preparation


class By(str, Enum):
    """Whose word a normalisation is; LEVELS is the default of inputs quantised to 8 bits."""

    ASKED = "options"
    METADATA = "metadata"
    DEFAULT = "default"
    LEVELS = "levels"


class Prepared(NamedTuple):
    """An array for an input, and what was done to get it: for a reader, and by field.

    Of an array that was taken as it is, nothing.
    """

    array: np.ndarray
    words: str = ""
    done: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Normalization:
    """(x - mean) / std (NormalizationOptions of metadata_schema.fbs), and who said so."""

    mean: Numbers
    std: Numbers
    by: By = By.DEFAULT

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The normalised values, float64; the last axis of `values` is that of the channels."""
        normalised: np.ndarray = (values - np.array(self.mean)) / np.array(self.std)
        return normalised

    def __str__(self) -> str:
        return f"{self.formula} {BECAUSE[self.by]}"

    @property
    def formula(self) -> str:
        """What becomes of a value x."""
        if self.by is By.LEVELS:
            return "its bytes as the 256 levels of the input"
        if set(self.mean) == {0} and set(self.std) == {1}:
            return "values as they are"
        less, mean = ("+", [-m for m in self.mean]) if max(self.mean) < 0 else ("-", self.mean)
        above = f"(x {less} {spelled(mean)})" if any(mean) else "x"
        if max(self.std) < 1:
            return f"{above} * {spelled([1 / std for std in self.std])}"
        return above if set(self.std) == {1} else f"{above} / {spelled(self.std)}"

    def to_json(self) -> dict[str, Any]:
        """As `--json` gives it."""
        return {"mean": list(self.mean), "std": list(self.std), "by": self.by.value}


def check_content(tensor: Tensor, about: TensorMetadata, content: str, kind: str) -> None:
    """Raise `InputError` where an input takes no numbers, or its metadata names other content.

    `content` is what the metadata would call a file of this `kind`, a picture or a sound.
    """
    name, dtype = str(tensor.dtype), tensor.dtype
    if dtype not in BITS or dtype is TensorType.BOOL or "complex" in name:
        raise InputError(f"input {tensor.name!r} is of type {name}; no {kind} fits it")
    if about.content in CONTENTS and about.content != content:
        raise InputError(
            f"input {tensor.name!r} takes {CONTENTS[about.content]} by the model's metadata; "
            f"no {kind} fits it"
        )


CONTENTS = {"image": "pictures", "audio": "sounds", "text": "text"}
BECAUSE = {
    By.ASKED: "as asked for",
    By.METADATA: "by the model's metadata",
    By.DEFAULT: "since no metadata says otherwise",
    By.LEVELS: "since no metadata says otherwise",
}


def normalization_for(
    tensor: Tensor,
    about: TensorMetadata,
    asked: Preparation,
    default: Normalization,
    channels: int,
) -> Normalization:
    """The normalisation of an input: as `asked` for, else as its metadata has it, else `default`.

    Of mean and std, the one that is not asked for is the metadata's, else 0 or 1. Raises
    `InputError` where there is not one number, or one a channel, or one cannot be used.
    """
    if asked.mean or asked.std:
        mean, std = asked.mean or about.mean or (0.0,), asked.std or about.std or (1.0,)
        found = Normalization(mean, std, By.ASKED)
    elif about.mean or about.std:
        found = Normalization(about.mean or (0.0,), about.std or (1.0,), By.METADATA)
    else:
        return default
    for name, numbers in (("mean", found.mean), ("std", found.std)):
        usable = all(map(isfinite, numbers)) and (name == "mean" or all(numbers))
        if len(numbers) not in (1, channels) or not usable:
            raise InputError(
                f"input {tensor.name!r}: {name} {spelled(numbers)} {BECAUSE[found.by]}; it has "
                f"{channels} channels, and takes one number, or one a channel; see --{name}"
            )
    return found


def spelled(numbers: Sequence[float]) -> str:
    """One number, or several in brackets."""
    texts = [f"{number:.7g}" for number in numbers]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
