"""Constants that are not one element after another: values packed in bytes, and strings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from inspector.errors import ModelError


def unpack(raw: np.ndarray, bits: int, elements: int) -> np.ndarray:
    """`elements` values of 4 or 2 bits from the bytes `raw`, lowest bits first: uint8, not
    sign-extended, which is how `ml_dtypes` holds an int4 or int2 too.

    Raises `ModelError` when the bytes are not as many as the values need.
    """
    needed = -(-elements * bits // 8)
    if raw.size != needed:
        raise ModelError(f"{raw.size} stored bytes; {elements} values of {bits} bits need {needed}")
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    spread = (raw[:, None] >> shifts) & np.uint8((1 << bits) - 1)
    return np.asarray(spread.reshape(-1)[:elements])


def pack(values: np.ndarray, bits: int) -> np.ndarray:
    """The bytes of values of 4 or 2 bits, uint8 of shape (n,): `unpack` undone.

    Bits of the last byte that no value takes are 0.
    """
    each = 8 // bits
    padded = np.zeros(-(-values.size // each) * each, np.uint8)
    padded[: values.size] = values & np.uint8((1 << bits) - 1)
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    return np.asarray(np.bitwise_or.reduce(padded.reshape(-1, each) << shifts, axis=1))


def strings(raw: np.ndarray, elements: int) -> np.ndarray:
    """The strings of a buffer, shape (elements,), each `bytes` in an object array.

    The buffer holds a count, count + 1 offsets from its start, all int32, and then the bytes
    (`string_util.h` of LiteRT). Raises `ModelError` when the count or an offset does not fit.
    """
    count = int(raw[:4].view("<i4")[0]) if raw.size >= 4 else -1
    if count < 0 or count != elements or raw.size < 4 * (count + 2):
        raise ModelError(f"{raw.size} stored bytes claim {count} strings; its shape has {elements}")
    offsets = raw[4 : 4 * (count + 2)].view("<i4").astype(np.int64)
    if offsets[0] < 4 * (count + 2) or (np.diff(offsets) < 0).any() or offsets[-1] > raw.size:
        raise ModelError(f"the offsets of its {count} strings do not lie in its {raw.size} bytes")
    data = raw.tobytes()
    found = np.empty(count, object)
    found[:] = [data[start:end] for start, end in pairwise(offsets.tolist())]
    return found
