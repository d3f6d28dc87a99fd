"""The options of `tfli coreml` that are more than a word: names, numbers, labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.errors import InputError
from rebuild.coreml.settings import Colour, Format, Picture, Precision, Target

if TYPE_CHECKING:
    from inspector.read.model import Model

SUFFIXES = {Format.MLPROGRAM: ".mlpackage", Format.NEURALNETWORK: ".mlmodel"}


def check_suffix(output: Path, form: Format) -> None:
    """Raise `InputError` unless the file to write is called as Core ML wants it."""
    if output.suffix != SUFFIXES[form]:
        raise InputError(
            f"{output}: a model of the format {form.value} is called *{SUFFIXES[form]}; name it so"
        )


def check_format(form: Format, target: Target | None, precision: Precision) -> None:
    """Raise `InputError` where something is asked of a neural network that only programs have."""
    if form is Format.MLPROGRAM:
        return
    for option, is_asked in (
        (f"--target {target.value}" if target else "", target is not None),
        (f"--precision {precision.value}", precision is not Precision.FLOAT32),
    ):
        if is_asked:
            raise InputError(
                f"{option}: only ML programs have it; a neural network runs from iOS 13 on, in the "
                "precision that Core ML chooses"
            )


def pictures_of(
    inputs: Sequence[str], scale: Sequence[str], bias: Sequence[str], color: Sequence[str]
) -> dict[str, Picture]:
    """How each of the inputs of `--image-input` takes a picture.

    The other options are values for all of them, or `NAME=VALUE` for one. Raises `InputError` where
    a value cannot be used, or is for an input that takes no picture.
    """
    scales, biases, colors = (
        by_input(option, given, inputs)
        for option, given in (("--scale", scale), ("--bias", bias), ("--color", color))
    )
    return {
        name: Picture(
            numbers("--scale", scales.get(name)),
            numbers("--bias", biases.get(name)),
            colour_of(colors.get(name)),
        )
        for name in inputs
    }


def by_input(option: str, given: Sequence[str], inputs: Sequence[str]) -> dict[str, str]:
    """The value of an option for each of the inputs: its own, else that for all."""
    if given and not inputs:
        raise InputError(f"{option} is of a picture; name its --image-input")
    pairs = [text.rpartition("=") for text in given]
    for name, equals, _ in pairs:
        if equals and name not in inputs:
            listed = ", ".join(inputs)
            raise InputError(f"{option} {name}=: is no --image-input; these are {listed}")
    general = {name: value for _, equals, value in pairs if not equals for name in inputs}
    return general | {name: value for name, equals, value in pairs if equals}


def numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """The numbers of `--scale` or `--bias`, between commas. No picture is seen at a scale of 0."""
    if text is None:
        return None
    try:
        found = tuple(float(Fraction(part)) for part in text.split(","))
    except (ValueError, ArithmeticError):
        found = ()
    if not found or (option == "--scale" and 0 in found):
        raise InputError(
            f"{option} {text}: give one number (2, 0.5, 1/255), or one a channel: 1,1,2"
        )
    return found


def colour_of(text: str | None) -> Colour | None:
    """The order of colours of that name."""
    try:
        return None if text is None else Colour(text)
    except ValueError:
        listed = ", ".join(each.value for each in Colour)
        raise InputError(f"--color {text}: is none of {listed}") from None


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
