"""The shapes of inputs: what the file leaves open, and what `--shape` makes of it."""

from __future__ import annotations

import re
from math import prod

from inspector.errors import InputError
from inspector.read.records import Tensor
from inspector.read.schema import BITS

SIZE = re.compile("[1-9][0-9]{0,8}", re.ASCII)
MOST_BYTES = 1 << 31
"""What all inputs together may take; a damaged file claims shapes that no memory holds."""


def dimensions(tensor: Tensor) -> tuple[int, ...]:
    """The sizes of an input, -1 where the file leaves one open."""
    return tensor.shape_signature or tensor.shape


def fits(tensor: Tensor, shape: tuple[int, ...]) -> bool:
    """Whether an array of that shape can be put into the input."""
    wanted = dimensions(tensor)
    sizes = zip(wanted, shape, strict=False)
    return len(wanted) == len(shape) and all(own in (-1, size) for own, size in sizes)


def size_of(tensor: Tensor, shape: tuple[int, ...]) -> int:
    """The bytes of an array for the input; a packed value takes one."""
    return prod(map(abs, shape)) * max(BITS.get(tensor.dtype, 64) // 8, 1)


def checked_room(tensor: Tensor, shape: tuple[int, ...], others: int = 0) -> int:
    """The bytes that an input takes together with the `others` before it.

    Raises `InputError` where that is more than inputs can have.
    """
    size = others + size_of(tensor, shape)
    if size > MOST_BYTES:
        raise InputError(
            f"input {tensor.name!r} of shape {list(shape)} makes inputs of {size:,} bytes; if the "
            "file leaves it open, give a smaller one by --shape, else it is damaged"
        )
    return size


def parsed(text: str) -> tuple[int, ...]:
    """The sizes in a text such as `1,224,224,3`. Raises `InputError` where it is none."""
    sizes = [part.strip() for part in text.strip("[]() ").split(",")]
    if not all(SIZE.fullmatch(size) for size in sizes):
        raise InputError(f"--shape {text}: is no shape; write it as NAME=1,224,224,3")
    return tuple(map(int, sizes))


def reshaped(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The input with that shape. Raises `InputError` unless the file leaves it open enough."""
    if not fits(tensor, shape):
        raise InputError(
            f"--shape {','.join(map(str, shape))}: does not fit input {tensor.name!r} of shape "
            f"{list(dimensions(tensor))}, where only sizes of -1 can be set"
        )
    checked_room(tensor, shape)
    return tensor._replace(shape=shape, shape_signature=())
