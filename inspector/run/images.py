"""A picture as an image input takes it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.metadata_records import TensorMetadata
from inspector.read.records import Tensor
from inspector.read.schema import BITS
from inspector.run.grid import stored
from inspector.run.normalization import (
    By,
    Normalization,
    Prepared,
    check_content,
    normalization_for,
)
from inspector.run.preparation import NOTHING_ASKED, NOTHING_KNOWN, ColourOrder, Preparation
from inspector.run.shapes import checked_room, dimensions

if TYPE_CHECKING:
    from PIL import Image

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's name for a picture of so many channels."""

DEEP = frozenset({"I", "I;16", "I;16B", "I;16L"})
"""Pillow's modes of grey pictures with 16 bits a pixel."""

COLOURS = {1: "grey", 3: "RGB", 4: "RGBA"}
BYTES = Normalization((0.0,), (1.0,))
UNIT = Normalization((0.0,), (255.0,))


class Canvas(NamedTuple):
    """The axes of an image input by their letters (`NHWC`, `NCHW`, `CHW`, ...), and its sizes.

    Height and width are -1 where they are left open.
    """

    axes: str
    batch: int
    height: int
    width: int
    channels: int


def read_image(
    path: Path,
    tensor: Tensor,
    about: TensorMetadata = NOTHING_KNOWN,
    asked: Preparation = NOTHING_ASKED,
) -> Prepared:
    """The picture at `path` as an array for the input `tensor`, whose metadata is `about`.

    It is turned upright by its own orientation mark, resized to H, W (bilinear; where the file
    leaves them open, to the metadata's default size, else it keeps its own) and converted to C
    channels: grey, RGB or RGBA, or BGR if `asked`. Its bytes, 0..255, are normalised as asked or as
    the metadata says; without either, see `by_default`. They are quantised then for a quantised
    input. A batch of N is the picture N times. Raises `InputError` where the file is no picture or
    the input no image.
    """
    check_content(tensor, about, "image", "picture")
    canvas = canvas_of(tensor)
    pixels = pixels_of(path, tensor, canvas, wanted_size(canvas, about))
    colours = COLOURS[canvas.channels]
    if asked.colour_order is ColourOrder.BGR:
        pixels, colours = reversed_colours(pixels, tensor), colours.replace("RGB", "BGR")
    # metadata is of real values; an integer input without a scale has none, and holds the bytes
    known = NOTHING_KNOWN if holds_bytes(tensor) else about
    normal = normalization_for(tensor, known, asked, by_default(tensor), canvas.channels)
    height, width = pixels.shape[:2]
    done = {
        "kind": "picture",
        "height": height,
        "width": width,
        "colours": colours,
        "axes": canvas.axes,
        "normalization": normal.to_json(),
    }
    order = ", channels first" if "CHW" in canvas.axes else ""
    words = f"a picture as {width} x {height}, {colours}{order}, {normal}"
    return Prepared(laid_out(stored(normal(pixels), tensor), canvas), words, done)


def canvas_of(tensor: Tensor) -> Canvas:
    """Which axis of an image input is which. Raises `InputError` where it can be no image.

    Channels (1, 3 or 4 of them) come last if they can, else first as in models from PyTorch; three
    axes without channels are a batch of grey pictures, two are one.
    """
    shape = dimensions(tensor)
    axes = axes_of(shape)
    if not axes:
        raise InputError(
            f"input {tensor.name!r} has shape {list(shape)}: no picture fits it. One has batch, "
            "height, width and 1, 3 or 4 channels"
        )
    sizes = dict(zip(axes, shape, strict=True))
    batch = max(sizes.get("N", 1), 1)
    return Canvas(axes, batch, sizes["H"], sizes["W"], sizes.get("C", 1))


def axes_of(shape: tuple[int, ...]) -> str:
    """The letters of an image's axes; empty where the shape is none of an image."""
    if len(shape) == 4:
        return "NHWC" if shape[3] in MODES else "NCHW" if shape[1] in MODES else ""
    if len(shape) == 3:
        if shape[2] in (3, 4):
            return "HWC"
        if shape[0] in (3, 4):
            return "CHW"
        return "HWC" if shape[2] == 1 and shape[0] not in (1, -1) else "NHW"
    return "HW" if len(shape) == 2 else ""


def wanted_size(canvas: Canvas, about: TensorMetadata) -> tuple[int, int]:
    """Height and width to resize to: the input's, else the metadata's, else -1."""
    default = about.details.get("default_size", {})
    sizes = zip(("height", "width"), canvas[2:4], strict=True)
    height, width = (size if size >= 0 else default.get(name) or -1 for name, size in sizes)
    return height, width


def pixels_of(path: Path, tensor: Tensor, canvas: Canvas, size: tuple[int, int]) -> np.ndarray:
    """The picture's bytes, [H, W, C], of that size; a size of -1 is the picture's own."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore")  # a picture of many pixels, of which Pillow would warn
            image.load()
            upright = ImageOps.exif_transpose(image)
            own = upright.height, upright.width
            height, width = (n if n >= 0 else o for n, o in zip(size, own, strict=True))
            checked_room(tensor, (canvas.batch, height, width, canvas.channels))
            eight_bits = grey_of_16_bits(upright) if upright.mode in DEEP else upright
            coloured = eight_bits.convert(MODES[canvas.channels])
            picture = coloured.resize((width, height), Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: cannot be read as a picture: {error}") from None
    return np.asarray(picture).reshape(height, width, canvas.channels)


def grey_of_16_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits in 8, which Pillow's own conversion clips instead of scaling."""
    from PIL import Image

    return Image.fromarray((np.asarray(image, np.float64) / 257).round().astype(np.uint8))


def reversed_colours(pixels: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Blue before green before red; an alpha channel stays behind them."""
    channels = pixels.shape[2]
    if channels < 3:
        raise InputError(f"input {tensor.name!r} is grey; it has no colours to be in BGR order")
    return pixels[:, :, [2, 1, 0, 3][:channels]]


def holds_bytes(tensor: Tensor) -> bool:
    """Whether a picture's bytes are the values of an input: one of integers without a scale."""
    return "float" not in str(tensor.dtype) and not tensor.is_quantized


def by_default(tensor: Tensor) -> Normalization:
    """How a picture's 0..255 is normalised where nothing is known.

    Floats get 0..1, integers without a scale the bytes themselves. In an input quantised to 8 bits
    the bytes become the 256 levels in their order, so that black to white is the range that the
    model was quantised for: 0..1, -1..1 or whatever it was trained on. (With the scale and zero
    point of one of those, (x - mean) / std and quantisation give the same; see
    NormalizationOptions in metadata_schema.fbs.)
    """
    if holds_bytes(tensor):
        return BYTES
    quantization = tensor.quantization
    per_tensor = quantization is not None and len(quantization.scale) == 1
    if quantization is None or not per_tensor or BITS.get(tensor.dtype) != 8:
        return UNIT
    scale, zero = quantization.scale[0], (*quantization.zero_point, 0)[0]
    least = int(np.iinfo(numpy_dtype(tensor.dtype)).min)
    if not scale > 0:
        return UNIT
    return Normalization((float(zero - least),), (1 / scale,), By.LEVELS)


def laid_out(picture: np.ndarray, canvas: Canvas) -> np.ndarray:
    """An array [H, W, C] in the order of the input's axes, once for each of the batch."""
    letters = canvas.axes.replace("N", "")
    if "C" not in letters:
        picture = picture[:, :, 0]
    else:
        picture = picture.transpose(["HWC".index(letter) for letter in letters])
    if "N" not in canvas.axes:
        return np.ascontiguousarray(picture)
    return np.repeat(picture[np.newaxis], canvas.batch, axis=0)
