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
from inspector.run.normalization import check_content, normalization_for
from inspector.run.preparation import NOTHING_ASKED, NOTHING_KNOWN
from rebuild.coreml.features import Names
from rebuild.coreml.settings import Colour, Picture, Settings

COLOURS = {1: (Colour.GREY,), 3: (Colour.RGB, Colour.BGR)}
"""What an input of so many channels may take; Core ML has no pictures with other numbers."""


@dataclass(frozen=True, slots=True)
class PictureInput:
    """An input that Core ML gives a picture to: x * scale + bias of its 0..255.

    `shape` is [1, H, W, C], or [1, C, H, W] if `channels_first`; the original's own may lack axes.
    """

    shape: tuple[int, ...]
    channels_first: bool
    scale: float
    bias: tuple[float, ...]
    colour: Colour


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
    scale, bias = affine(tensor.name, normal.mean, normal.std, asked)
    first = "CHW" in canvas.axes
    sizes = (canvas.height, canvas.width)
    shape = (1, canvas.channels, *sizes) if first else (1, *sizes, canvas.channels)
    if len(bias) not in (1, canvas.channels):
        raise InputError(f"--bias: {len(bias)} numbers; give one, or {canvas.channels}")
    return PictureInput(shape, first, scale, bias, colour)


def affine(
    name: str, mean: Sequence[float], std: Sequence[float], asked: Picture
) -> tuple[float, tuple[float, ...]]:
    """Scale and bias that compute (x - mean) / std, unless others are asked for.

    Who asks for a scale alone has no bias.
    """
    if asked.scale is not None:
        return asked.scale, asked.bias or (0.0,)
    if len(set(std)) > 1:
        raise InputError(
            f"input {name!r} is divided by another number in each channel, {list(std)}, and Core "
            "ML has one scale for all; give --scale and --bias"
        )
    means = mean if len(set(mean)) > 1 else mean[:1]
    return 1 / std[0], asked.bias or tuple(-each / std[0] for each in means)


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
    bias = picture.bias[0] if len(picture.bias) == 1 else list(picture.bias)
    if picture.colour is not Colour.GREY and len(picture.bias) == 1:
        bias = [picture.bias[0]] * 3
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
