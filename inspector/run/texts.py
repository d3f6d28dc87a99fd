"""A text as a string input takes it."""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np

from inspector.errors import InputError
from inspector.read.metadata_records import TensorMetadata
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.normalization import Prepared
from inspector.run.preparation import NOTHING_KNOWN
from inspector.run.shapes import dimensions

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_text(path: Path, tensor: Tensor, about: TensorMetadata = NOTHING_KNOWN) -> Prepared:
    """The bytes of a file as an array of strings for the input `tensor`.

    An input of one string takes the whole file without the line break at its end, another a line an
    element; where it leaves a size open, that becomes what the lines make it. A byte order mark is
    left out. Raises `InputError` where the input takes no strings, or another number of them.
    """
    if tensor.dtype is not TensorType.STRING:
        tokens = f", which its {about.tokenizer.kind} tokenizer makes," if about.tokenizer else ""
        raise InputError(
            f"{path}: is a text, and input {tensor.name!r} takes {tensor.dtype}; give its "
            f"numbers{tokens} as an array (.npy)"
        )
    try:
        data = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    shape = dimensions(tensor)
    whole = -1 not in shape and prod(shape) == 1
    strings = [without_break(data)] if whole else data.splitlines()
    found = np.empty(len(strings), object)
    found[:] = strings
    done = {"kind": "text", "strings": len(strings)}
    words = "a text as one string" if whole else f"{len(strings)} lines, a string each"
    return Prepared(found.reshape(filled(path, tensor, len(strings))), words, done)


def without_break(data: bytes) -> bytes:
    """A text without one line break at its end."""
    return data.removesuffix(b"\n").removesuffix(b"\r") if data.endswith(b"\n") else data


def filled(path: Path, tensor: Tensor, count: int) -> tuple[int, ...]:
    """The input's shape with `count` elements: the last open size takes them, other open ones 1."""
    shape = list(dimensions(tensor))
    open_axes = [axis for axis, size in enumerate(shape) if size < 0]
    for axis in open_axes[:-1]:
        shape[axis] = 1
    others = prod(size for size in shape if size >= 0)
    if open_axes and others:
        shape[open_axes[-1]] = count // others
    if prod(shape) != count:
        raise InputError(
            f"{path}: has {count} lines; input {tensor.name!r} takes strings of shape "
            f"{list(dimensions(tensor))}"
        )
    return tuple(shape)
