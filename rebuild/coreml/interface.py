"""The inputs and outputs of a Core ML model for coremltools: pictures, labels, batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from types import ModuleType
from typing import Any

from inspector.errors import InputError
from inspector.read.metadata_records import at
from inspector.read.model import Model
from inspector.run.images import by_default, canvas_of, holds_bytes
from inspector.run.normalization import Normalization, check_content, normalization_for
from inspector.run.preparation import NOTHING_ASKED, NOTHING_KNOWN
from rebuild.coreml.features import Names
from rebuild.coreml.settings import Colour, Picture, Settings

COLOURS = {1: (Colour.GREY,), 3: (Colour.RGB, Colour.BGR)}
"""What an input of so many channels may take; Core ML has no pictures with other numbers."""


@dataclass(frozen=True, slots=True)
class PictureInput:
    """An input that Core ML gives a picture to: (x * scale + bias) * factors of its 0..255.

    `shape` is [1, H, W, C], or [1, C, H, W] if `channels_first`; the original's own may lack axes.
    `bias` and `factors` have a number for each channel.
    """

    shape: tuple[int, ...]
    channels_first: bool
    scale: float
    bias: tuple[float, ...]
    colour: Colour
    factors: tuple[float, ...]


def picture_inputs(model: Model, names: Names, settings: Settings) -> dict[str, PictureInput]:
    """The inputs that take pictures, by their names in Core ML.

    Raises `InputError` where a name is none of an input, or the input cannot take a picture.
    """
    found = {}
    for asked, picture in settings.pictures.items():
        place = place_of(model, names, asked)
        found[names.inputs[place]] = picture_input(model, place, picture)
    return found


def place_of(model: Model, names: Names, asked: str) -> int:
    """The input that a name means: its own, or that which the package has for it."""
    graph = model.subgraphs[0]
    for place, tensor in enumerate(graph.inputs):
        if asked in (names.inputs[place], graph.tensors[tensor].name):
            return place
    listed = ", ".join(names.inputs)
    raise InputError(f"--image-input {asked}: names none of the inputs; they are {listed}")


def picture_input(model: Model, place: int, asked: Picture) -> PictureInput:
    """How an input takes a picture: as asked for, else as the model's metadata says."""
    graph = model.subgraphs[0]
    tensor = graph.tensors[graph.inputs[place]]
    about = at(model.model_metadata.primary.inputs, place)
    check_content(tensor, about, "image", "picture")
    canvas = canvas_of(tensor)
    colours = COLOURS.get(canvas.channels, ())
    if canvas.batch != 1 or not colours or min(canvas.height, canvas.width) < 1:
        raise InputError(
            f"--image-input: input {tensor.name!r} has shape {list(tensor.shape)}; Core ML gives "
            "one picture of 1 or 3 channels and of a fixed size"
        )
    colour = asked.colour or colours[0]
    if colour not in colours:
        takes = " or ".join(each.value for each in colours)
        raise InputError(
            f"--color {colour.value}: input {tensor.name!r} has {canvas.channels} channels: {takes}"
        )
    known = NOTHING_KNOWN if holds_bytes(tensor) else about
    normal = normalization_for(tensor, known, NOTHING_ASKED, by_default(tensor), canvas.channels)
    first = "CHW" in canvas.axes
    sizes = (canvas.height, canvas.width)
    shape = (1, canvas.channels, *sizes) if first else (1, *sizes, canvas.channels)
    scales, biases = affine(tensor.name, normal, asked, canvas.channels)
    # Core ML has one scale for all channels: the greatest, and factors of it behind the bias
    scale = max(scales, key=abs)
    factors = tuple(each / scale for each in scales)
    bias = tuple(each / factor for each, factor in zip(biases, factors, strict=True))
    return PictureInput(shape, first, scale, bias, colour, factors)


def affine(
    name: str, normal: Normalization, asked: Picture, channels: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """A scale and a bias for each channel, by default those that compute (x - mean) / std.

    Who asks for a scale alone has no bias. Raises `InputError` where the channels are not as many.
    """
    for option, given in (("scale", asked.scale), ("bias", asked.bias)):
        if given is not None and len(given) not in (1, channels):
            raise InputError(
                f"--{option}: {len(given)} numbers; give one, or {channels}, one for each channel "
                f"of input {name!r}"
            )
    mean, std = spread(normal.mean, channels), spread(normal.std, channels)
    scales, biases = (
        tuple(1 / s for s in std),
        tuple(-m / s for m, s in zip(mean, std, strict=True)),
    )
    if asked.scale is not None:
        scales, biases = spread(asked.scale, channels), (0.0,) * channels
    return scales, biases if asked.bias is None else spread(asked.bias, channels)


def spread(numbers: Sequence[float], channels: int) -> tuple[float, ...]:
    """A number for each channel, of one for all or of as many."""
    return tuple(numbers) if len(numbers) == channels else tuple(numbers) * channels


def inputs_for(
    ct: ModuleType,
    placeholders: Sequence[Any],
    pictures: dict[str, PictureInput],
    settings: Settings,
) -> list[Any]:
    """coremltools' types of the inputs, in order."""
    batch = ct.RangeDim(*settings.batch, default=settings.batch[0]) if settings.batch else None
    found = []
    for placeholder in placeholders:
        name, shape = placeholder.op.name, list(placeholder.shape)
        if name in pictures:
            found.append(image_type(ct, name, pictures[name]))
        elif batch is not None and shape and shape[0] is None:
            found.append(ct.TensorType(name=name, shape=(batch, *shape[1:])))
        else:
            found.append(ct.TensorType(name=name))
    return found


def image_type(ct: ModuleType, name: str, picture: PictureInput) -> Any:
    """coremltools' type of an input that takes pictures."""
    bias = picture.bias[0] if picture.colour is Colour.GREY else list(picture.bias)
    return ct.ImageType(
        name=name,
        shape=picture.shape,
        scale=picture.scale,
        bias=bias,
        color_layout=getattr(ct.colorlayout, picture.colour.value),
        channel_first=picture.channels_first,
    )


def classifier(ct: ModuleType, model: Model, names: Names, labels: Sequence[str]) -> Any:
    """coremltools' description of the classes of the first output; None without labels.

    Raises `InputError` where there are more or fewer labels than classes.
    """
    if not labels:
        return None
    graph = model.subgraphs[0]
    tensor = graph.tensors[graph.outputs[0]]
    classes = tensor.shape[-1] if tensor.shape else 1
    if classes != len(labels) or prod(tensor.shape) != classes:
        raise InputError(
            f"--labels: {len(labels)} labels; output {names.outputs[0]!r} has shape "
            f"{list(tensor.shape)}, and takes {classes}, one a line"
        )
    return ct.ClassifierConfig(list(labels), predicted_probabilities_output=names.outputs[0])


def describe(mlmodel: Any, model: Model, names: Names, settings: Settings) -> None:
    """Tell a person what the model is: as asked for, else as its metadata says."""
    told, about = model.model_metadata, settings.about
    texts = {
        "author": about.author if about.author is not None else told.author,
        "license": about.license if about.license is not None else told.license,
        "short_description": (
            about.description if about.description is not None else told.description
        ),
        "version": about.version if about.version is not None else told.version,
    }
    for name, text in texts.items():
        if text:
            setattr(mlmodel, name, text)
    for side, record, described in (
        (names.inputs, told.primary.inputs, mlmodel.input_description),
        (names.outputs, told.primary.outputs, mlmodel.output_description),
    ):
        for place, name in enumerate(side):
            text = at(record, place).description
            if text and name in described:
                described[name] = text
