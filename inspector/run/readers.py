"""A file as the array of one input: which reader takes it, and whether what it gives fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.metadata_records import TensorMetadata
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.audio import read_audio
from inspector.run.images import read_image
from inspector.run.normalization import Prepared
from inspector.run.preparation import Preparation
from inspector.run.raw import read_raw
from inspector.run.shapes import dimensions, fits
from inspector.run.texts import read_text

ARRAYS = (".npy", ".npz")
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff")
SOUNDS = (".wav", ".wave")
RAW = (".raw", ".bin")
TEXTS = (".txt",)
OTHER_SOUNDS = (".mp3", ".flac", ".ogg", ".m4a", ".aac", ".opus", ".aiff", ".aif")


def endings_for(tensor: Tensor) -> tuple[str, ...]:
    """The endings of files that an input may be given: those with text for strings only."""
    strings = tensor.dtype is TensorType.STRING
    return ARRAYS + (TEXTS if strings else PICTURES + SOUNDS + RAW)


def is_array(path: Path) -> bool:
    """Whether a file is to be read as `.npy` or `.npz`: by its ending, or for want of a known one.

    Raises `InputError` for a sound of a kind that is not read.
    """
    ending = path.suffix.lower()
    if ending in OTHER_SOUNDS:
        raise InputError(f"{path}: of sounds, only .wav files are read; convert it to one")
    return ending not in (*PICTURES, *SOUNDS, *RAW, *TEXTS)


def read_file(path: Path, tensor: Tensor, about: TensorMetadata, asked: Preparation) -> Prepared:
    """The array that a picture, sound, text or raw file holds for `tensor`, of metadata `about`.

    What a file is, its ending says. Raises `InputError` where it cannot be read or does not fit.
    """
    ending = path.suffix.lower()
    if ending in PICTURES:
        return read_image(path, tensor, about, asked)
    if ending in SOUNDS:
        return read_audio(path, tensor, about, asked)
    if ending in TEXTS:
        return read_text(path, tensor, about)
    return read_raw(path, tensor)


def taken(path: Path, array: np.ndarray, tensor: Tensor) -> Prepared:
    """An array as it is. Raises `InputError` unless type and shape are those of the input."""
    wanted = numpy_dtype(tensor.dtype)
    if array.dtype.kind == "V" and array.dtype.itemsize == wanted.itemsize:
        array = array.view(wanted)  # how NumPy's files hold a type that is not NumPy's own
    text = tensor.dtype is TensorType.STRING and array.dtype.kind in "SUO"
    if not fits(tensor, array.shape) or not (text or array.dtype == wanted):
        raise InputError(
            f"{path}: input {tensor.name!r} wants {tensor.dtype} {list(dimensions(tensor))}; "
            f"it was given {array.dtype} {list(array.shape)}"
        )
    return Prepared(array)
