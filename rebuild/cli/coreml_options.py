"""The options of `tfli coreml` that are more than a word: names, numbers, labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.errors import InputError
from rebuild.coreml.settings import Format

if TYPE_CHECKING:
    from inspector.read.model import Model

SUFFIXES = {Format.MLPROGRAM: ".mlpackage", Format.NEURALNETWORK: ".mlmodel"}


def check_suffix(output: Path, form: Format) -> None:
    """Raise `InputError` unless the file to write is called as Core ML wants it."""
    if output.suffix != SUFFIXES[form]:
        raise InputError(
            f"{output}: a model of the format {form.value} is called *{SUFFIXES[form]}; name it so"
        )


def numbers(text: str | None) -> tuple[float, ...] | None:
    """The numbers of `--bias`, between commas."""
    try:
        return None if text is None else tuple(float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--bias {text}: give one number, or one a channel: -1,-1,-1") from None


def span(text: str | None) -> tuple[int, int] | None:
    """The least and the greatest number of `--batch`."""
    if text is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,5})(?:\.\.([1-9][0-9]{0,5}))?", text)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if low > high:
        raise InputError(f"--batch {text}: write the least and the greatest number as 1..8")
    return low, high


def lines_of(path: Path) -> tuple[str, ...]:
    """The labels in a file, a line each."""
    from inspector.read.associated import lines

    try:
        return lines(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} holds no labels: byte {error.start} is no UTF-8") from None


def labels_of(model: Model) -> tuple[str, ...]:
    """The labels of the first output that are packed behind the model."""
    from inspector.read.associated import labels
    from inspector.read.metadata_records import at

    found = labels(model, at(model.model_metadata.primary.outputs, 0))
    if not found:
        raise InputError(f"{model.path}: has no labels of its own; give them by --labels FILE")
    return found
