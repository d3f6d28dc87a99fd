"""A picture as an image input takes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Tensor
from inspector.read.schema import BITS, TensorType
from inspector.run.grid import quantize

if TYPE_CHECKING:
    from PIL import Image

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Pillow's name for a picture of so many channels."""


DEEP = frozenset({"I", "I;16", "I;16B", "I;16L"})
"""Pillow's modes of grey pictures with 16 bits a pixel."""


def read_image(path: Path, tensor: Tensor) -> np.ndarray:
    """The picture at `path` as an array for the input `tensor`, of shape [N, H, W, C] or [N, H, W].

    It is turned upright by its own orientation mark, resized to H, W (bilinear; where the file
    leaves them open, the picture keeps its size) and converted to C channels: grey, RGB or RGBA.
    Values are scaled to 0..1 for a float input, and quantised from there by the input's scale and
    zero point for a quantised one; an integer input
    without a scale gets 0..255. A batch of N is the picture N times. Raises `InputError` where the
    file is no picture or the input no image.
    """
    from PIL import Image, ImageOps

    batch, height, width, channels, shape = axes(tensor)
    try:
        with Image.open(path) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            size = (
                upright.width if width < 0 else width,
                upright.height if height < 0 else height,
            )
            eight_bits = grey_of_16_bits(upright) if upright.mode in DEEP else upright
            picture = eight_bits.convert(MODES[channels]).resize(size, Image.Resampling.BILINEAR)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path}: cannot be read as a picture: {error}") from None
    one = np.asarray(picture).reshape([size[1], size[0], *shape[3:]])
    return np.repeat(levels(one[np.newaxis], tensor), batch, axis=0)


def grey_of_16_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits in 8, which Pillow's own conversion clips instead of scaling."""
    from PIL import Image

    return Image.fromarray((np.asarray(image, np.float64) / 257).round().astype(np.uint8))


def axes(tensor: Tensor) -> tuple[int, int, int, int, tuple[int, ...]]:
    """Batch (1 where it is open), height, width and channels of an image input, and its shape."""
    shape = tensor.shape_signature or tensor.shape
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in MODES):
        raise InputError(
            f"input {tensor.name!r} has shape {list(shape)}: no picture fits it. One has "
            "[batch, height, width] or [batch, height, width, channels], with 1, 3 or 4 channels"
        )
    return max(shape[0], 1), shape[1], shape[2], shape[3] if len(shape) == 4 else 1, shape


def levels(picture: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Bytes 0..255 as the values of `tensor`."""
    if "float" in str(tensor.dtype):
        return (picture / np.float32(255)).astype(numpy_dtype(tensor.dtype))
    if (
        tensor.dtype not in BITS
        or tensor.dtype is TensorType.BOOL
        or "complex" in str(tensor.dtype)
    ):
        raise InputError(f"input {tensor.name!r} is of type {tensor.dtype}; no picture fits it")
    if tensor.quantization:
        return quantize(picture / 255, tensor)
    limits = np.iinfo(numpy_dtype(tensor.dtype))
    if limits.max < 255:
        raise InputError(
            f"input {tensor.name!r} is {tensor.dtype} without a scale: what a picture's 0 to 255 "
            "are in it is not known; give an array (.npy)"
        )
    return picture.astype(numpy_dtype(tensor.dtype))
