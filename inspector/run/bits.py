"""Equality to the bit, which is what the checks of a capture are about."""

from __future__ import annotations

import numpy as np


def same_bits(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether two values are equal bit for bit: a NaN equals itself, 0 does not equal -0."""
    if one is None or other is None:
        return one is other
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype == object:
        return bool(np.array_equal(one, other))
    return one.tobytes() == other.tobytes()
