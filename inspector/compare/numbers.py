"""What is measured of arrays of numbers, without epsilons and without overflow."""

from __future__ import annotations

import math

import numpy as np

SAFE_TO_SQUARE = (1e-100, 1e100)


def norm(values: np.ndarray) -> float:
    """The Euclidean norm, in units of the largest value where squares could overflow."""
    peak = max(float(values.max(initial=0)), -float(values.min(initial=0)))
    unit = 1.0 if SAFE_TO_SQUARE[0] < peak < SAFE_TO_SQUARE[1] else peak
    flat = (values if unit == 1 else values / peak).ravel() if peak else np.zeros(0)
    return unit * math.sqrt(dot(flat, flat))


def dot(one: np.ndarray, other: np.ndarray) -> float:
    """The sum of the products of two vectors; without BLAS, whose threads wait for each other."""
    return float(np.einsum("i,i", one, other))


def cosine(one: np.ndarray, other: np.ndarray) -> float | None:
    """The cosine of the angle between two arrays taken as vectors; None where one has no length."""
    lengths = norm(one), norm(other)
    if not all(lengths):
        return None
    return dot(one.ravel() / lengths[0], other.ravel() / lengths[1])


def max_ulp(reference: np.ndarray, candidate: np.ndarray) -> int | None:
    """The most representable numbers of the reference's type between two finite values.

    The bits of a float, read as an integer, count upwards from zero for either sign; +0 and -0 are
    the same. None for types that are no floats.
    """
    if reference.dtype.kind not in "fV" or reference.dtype.itemsize > 8:
        return None
    with np.errstate(invalid="ignore", over="ignore"):  # NaNs, and what the type cannot hold
        sides = [ordered(array.astype(reference.dtype)) for array in (reference, candidate)]
        finite = np.isfinite(reference.astype(float)) & np.isfinite(candidate.astype(float))
    high, low = np.maximum(*sides)[finite], np.minimum(*sides)[finite]
    # the difference of 64-bit integers may need a bit more, which unsigned ones have
    return int((high.view(np.uint64) - low.view(np.uint64)).max(initial=0))


def ordered(values: np.ndarray) -> np.ndarray:
    """Floats as 64-bit integers in the same order, neighbours one apart."""
    bits = values.dtype.itemsize * 8
    whole = np.ascontiguousarray(values).view(f"i{values.dtype.itemsize}").astype(np.int64)
    magnitude = whole & np.int64((1 << (bits - 1)) - 1)
    return np.where(whole < 0, -magnitude, magnitude)


def decibels(signal: float, noise: float) -> float:
    """The ratio of two norms; infinite without noise."""
    return 20 * (math.log10(signal) - math.log10(noise)) if noise else math.inf


def extent(values: np.ndarray) -> float:
    """From the smallest to the largest of the values and zero."""
    return float(values.max(initial=0) - values.min(initial=0))


def differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two arrays differ; a NaN equals a NaN."""
    found: np.ndarray = (one != other) & ~((one != one) & (other != other))
    return found
