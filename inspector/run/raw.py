"""The bytes of a file as the values of an input."""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np

from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Tensor
from inspector.read.schema import BITS, TensorType
from inspector.run.normalization import Prepared
from inspector.run.shapes import checked_room, dimensions

WHOLE_BYTES = 8


def read_raw(path: Path, tensor: Tensor) -> Prepared:
    """The bytes of a file, little-endian, as the values of `tensor`: as many as it has.

    Where one size is left open, it becomes what the bytes make it. Raises `InputError` for another
    number of bytes, and for an input whose values are no whole bytes.
    """
    if BITS.get(tensor.dtype, 0) < WHOLE_BYTES:
        raise InputError(
            f"{path}: holds bytes, and the values of input {tensor.name!r}, {tensor.dtype}, are "
            "none; give an array (.npy)"
        )
    dtype = numpy_dtype(tensor.dtype)
    try:
        size = path.stat().st_size
        shape = shape_for(path, tensor, size, dtype.itemsize)
        checked_room(tensor, shape)
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    if data.size != size:
        raise InputError(f"{path}: changed while it was read")
    values = data != 0 if tensor.dtype is TensorType.BOOL else data.view(dtype.newbyteorder("<"))
    done = {"kind": "raw", "bytes": size}
    words = f"{size} bytes as {tensor.dtype}"
    return Prepared(values.astype(dtype, copy=False).reshape(shape), words, done)


def shape_for(path: Path, tensor: Tensor, size: int, width: int) -> tuple[int, ...]:
    """The input's shape, of values of `width` bytes, as a file of `size` bytes fills it."""
    shape = dimensions(tensor)
    known = prod(n for n in shape if n >= 0) * width
    sizes = tuple(size // known if n < 0 and known else n for n in shape)
    if shape.count(-1) > 1:
        raise InputError(
            f"{path}: input {tensor.name!r} leaves several sizes open, {list(shape)}, which bytes "
            "do not tell; give them by --shape"
        )
    if min(sizes, default=0) < 0 or prod(sizes) * width != size:
        wants = f"a multiple of {known}" if -1 in shape else f"{known}"
        raise InputError(
            f"{path}: has {size} bytes; input {tensor.name!r} of {tensor.dtype} {list(shape)} "
            f"takes {wants}"
        )
    return sizes
