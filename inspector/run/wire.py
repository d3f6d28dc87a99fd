"""Messages between the tool and its interpreter's process: a JSON object and arrays.

A message is the length of its header (8 bytes, little-endian), the header, and the bytes of the
arrays that the header lists, one behind the other. Strings are the exception: they travel as the
lengths of the elements, int64, and the elements joined. Nothing is pickled: what a process that ran
a hostile model sends is data, and is checked.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import IO, Any, NamedTuple, TypeAlias

import ml_dtypes
import numpy as np

LENGTH = struct.Struct("<Q")
LONGEST_HEADER = 1 << 28
TEXT = "text"


Bytes: TypeAlias = np.ndarray | memoryview
"""What a message carries: an array, or plain bytes, which arrive as an array of uint8."""


Announced: TypeAlias = tuple[str, Sequence[int]]
"""The type and the shape of an array."""


class BrokenMessageError(Exception):
    """The stream ended, or what came over it is no message."""


class Message(NamedTuple):
    """What was said, and the arrays that belong to it."""

    said: dict[str, Any]
    arrays: list[np.ndarray]


def send(stream: IO[bytes], said: dict[str, Any], arrays: Sequence[Bytes] = ()) -> None:
    """Write a message. Raises `OSError` where nobody reads it any more."""
    laid_out = [laid(array) for array in arrays]
    described = [described_as for described_as, _ in laid_out]
    header = json.dumps({"said": said, "arrays": described}).encode()
    stream.write(LENGTH.pack(len(header)) + header)
    for _, parts in laid_out:
        for part in parts:
            stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> Message:
    """Read a message. Raises `BrokenMessageError` where the stream ends in it, or says nonsense."""
    length = LENGTH.unpack(exactly(stream, LENGTH.size).data)[0]
    if length > LONGEST_HEADER:
        raise BrokenMessageError(f"a header of {length} bytes")
    try:
        header = json.loads(bytes(exactly(stream, length)))
        arrays = [taken(stream, *described) for described in header["arrays"]]
        return Message(dict(header["said"]), arrays)
    except (ValueError, TypeError, KeyError, MemoryError) as error:
        raise BrokenMessageError(f"a message that cannot be read: {error}") from None


def announced(array: Bytes) -> Announced:
    """The type and the shape of an array; the type is one for all strings."""
    if isinstance(array, memoryview):
        return "uint8", [array.nbytes]
    return TEXT if array.dtype.kind in "SUO" else array.dtype.name, list(array.shape)


def hollow(kind: str, shape: Sequence[int]) -> np.ndarray:
    """An array of a type and a shape that takes no memory: all its elements are one."""
    one = np.array(b"", object) if kind == TEXT else np.zeros((), dtype_named(kind))
    return np.broadcast_to(one, tuple(shape))


def laid(array: Bytes) -> tuple[Announced, list[memoryview]]:
    """How an array is announced, and its bytes."""
    if isinstance(array, memoryview):
        return announced(array), [array]
    if array.dtype.kind in "SUO":
        elements = [as_bytes(element) for element in array.ravel().tolist()]
        lengths = np.array([len(element) for element in elements], np.int64)
        return announced(array), [lengths.data, memoryview(b"".join(elements))]
    flat = np.ascontiguousarray(array).reshape(-1)
    return announced(array), [flat.view(np.uint8).data]


def taken(stream: IO[bytes], kind: str, shape: Sequence[int]) -> np.ndarray:
    """The array that was announced as (type, shape)."""
    if min(shape, default=0) < 0:
        raise BrokenMessageError(f"an array of shape {list(shape)}")
    count = math.prod(shape)
    if kind == TEXT:
        return strings(stream, count).reshape(shape)
    dtype = dtype_named(kind)
    return exactly(stream, count * dtype.itemsize).view(dtype).reshape(shape)


def strings(stream: IO[bytes], count: int) -> np.ndarray:
    """An array of `bytes` objects, shape (count,)."""
    lengths = exactly(stream, 8 * count).view(np.int64)
    if (lengths < 0).any():
        raise BrokenMessageError("a string of a negative length")
    ends = [0, *np.cumsum(lengths).tolist()]
    joined = exactly(stream, ends[-1]).tobytes()
    found = np.empty(count, object)
    found[:] = [joined[start:end] for start, end in pairwise(ends)]
    return found


def as_bytes(element: Any) -> bytes:
    """An element of an array of strings, as the interpreter stores it."""
    return element if isinstance(element, bytes) else str(element).encode()


def dtype_named(name: str) -> np.dtype[Any]:
    """The NumPy type of a name; those that NumPy lacks are ml_dtypes'."""
    return np.dtype(getattr(ml_dtypes, name)) if hasattr(ml_dtypes, name) else np.dtype(name)


def exactly(stream: IO[bytes], count: int) -> np.ndarray:
    """The next `count` bytes, uint8."""
    found = np.empty(count, np.uint8)
    view, done = found.data, 0
    while done < count:
        read = stream.readinto(view[done:])  # type: ignore[attr-defined]
        if not read:
            raise BrokenMessageError(f"the stream ended {count - done} bytes early")
        done += read
    return found
