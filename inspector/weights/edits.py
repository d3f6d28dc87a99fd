"""Edited arrays as new values of one stored constant: what changed, and what rounding cost.

An element that is given as it was exported keeps what is stored for it, whatever the rounding on
the way out and back: only edits are converted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from inspector.errors import InputError
from inspector.weights.quantize import ends, quantize
from inspector.weights.quantized import Scales, affine
from inspector.weights.statistics import bits_of, is_whole, plain

BLOCK = 1 << 20
"""Elements that are converted together."""


@dataclass(frozen=True, slots=True)
class Edit:
    """New stored values, in the shape and type of the old ones, and what was lost.

    `edited` counts the elements that were given otherwise than exported, `clamped` those of them
    that the type cannot reach; `largest_error` is the greatest distance, in real numbers, between
    what was given and what is stored for it.
    """

    values: np.ndarray
    edited: int = 0
    clamped: int = 0
    largest_error: float = 0.0


def edit(
    old: np.ndarray, before: np.ndarray, after: np.ndarray, scales: Scales | None = None
) -> Edit:
    """Store `after`, which was exported as `before`, in a constant that holds `old`.

    All have the constant's shape; `before` and `after` have one type. With `scales` they are real
    numbers and `old` integers. Raises `InputError` where an edited element cannot be stored.
    """
    narrow = scales is not None and leaves_low_end(old, scales)
    values, found = old, []
    for place in blocks(old.shape, scales):
        part = None if scales is None else within_block(scales, place, old.shape)
        changed = differ(before[place], after[place])
        if changed.any():
            values = old.copy() if values is old else values
            found.append(edit_block(old[place], after[place], changed, part, narrow=narrow))
            values[place] = found[-1].values
    return Edit(
        values,
        sum(each.edited for each in found),
        sum(each.clamped for each in found),
        max((each.largest_error for each in found), default=0.0),
    )


def edit_block(
    old: np.ndarray,
    after: np.ndarray,
    changed: np.ndarray,
    scales: Scales | None,
    *,
    narrow: bool,
) -> Edit:
    """As `edit`, of a part; `changed` are the elements that are edited."""
    edited = int(changed.sum())
    if scales is not None:
        found = quantized(old, after, changed, scales, narrow=narrow)
    elif is_whole(plain(old.reshape(-1)[:0])):
        found = Edit(within(old, after, changed))
    elif old.dtype.kind in "fV":
        found = rounded(old, after, changed)
    else:
        found = Edit(np.where(changed, after, old).astype(old.dtype))
    return Edit(found.values, edited, found.clamped, found.largest_error)


def blocks(shape: tuple[int, ...], scales: Scales | None) -> Iterator[tuple[slice, ...]]:
    """Parts of an array, cut along its first axis of more than 1, none through a block of scales.

    They bound the memory that conversion needs; only a long row makes them larger than `BLOCK`.
    """
    axis = next((axis for axis, size in enumerate(shape) if size > 1), 0)
    if not shape or not shape[axis]:
        yield ()
        return
    row = max(1, math.prod(shape[axis + 1 :]))
    step = 1
    if scales is not None and scales.scale.shape[axis] > 1:
        step = shape[axis] // scales.scale.shape[axis]
    rows = max(1, BLOCK // (row * step)) * step
    for start in range(0, shape[axis], rows):
        yield (*[slice(None)] * axis, slice(start, start + rows))


def within_block(scales: Scales, place: tuple[slice, ...], shape: tuple[int, ...]) -> Scales:
    """The scales of a part of an array of that shape."""

    def part(values: np.ndarray) -> np.ndarray:
        if not place or values.shape[len(place) - 1] == 1:
            return values
        axis, rows = len(place) - 1, place[-1]
        each = shape[axis] // values.shape[axis]
        return values[(*place[:-1], slice(rows.start // each, -(-rows.stop // each)))]

    return Scales(part(scales.scale), part(scales.zero_point))


def leaves_low_end(old: np.ndarray, scales: Scales) -> bool:
    """Whether a symmetric constant goes without the least integer of its type.

    New values then do too: kernels for such weights expect it (-127 to 127, LiteRT's quantisation
    specification).
    """
    whole = plain(old)
    if whole.dtype.kind != "i" or scales.zero_point.any() or not whole.size:
        return False
    return bool(whole.min() > -(1 << (bits_of(old.dtype) - 1)))


def differ(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Which elements are not the same, bit for bit in floats, so that NaN is NaN and 0 not -0."""
    if before.dtype.kind in "fV":
        bits = np.dtype(f"u{before.dtype.itemsize}")
        before, after = (np.asarray(array, order="C").view(bits) for array in (before, after))
    return np.asarray(before != after)


def quantized(
    old: np.ndarray, after: np.ndarray, changed: np.ndarray, scales: Scales, *, narrow: bool
) -> Edit:
    """Real numbers as the integers that the constant's own scales give."""
    bits, whole = bits_of(old.dtype), plain(old)
    real = np.where(changed, after, 0).astype(np.float32 if bits <= 16 else np.float64)
    if wrong := int(np.count_nonzero(~np.isfinite(real))):
        raise InputError(
            f"{wrong} edited values are NaN or infinite, and it is stored as {old.dtype}"
        )
    low, high = ends(bits, signed=whole.dtype.kind == "i")
    low += narrow
    wanted = quantize(real, scales, bits)
    stored = np.where(changed, wanted.clip(low, high), whole).astype(whole.dtype)
    clamped = int(np.count_nonzero(changed & ((wanted < low) | (wanted > high))))
    lost = np.abs(affine(stored, scales)[changed].astype(np.float64) - after[changed])
    return Edit(stored.astype(old.dtype), 0, clamped, float(lost.max()))


def within(old: np.ndarray, after: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """Integers in the constant's own type, which is the narrower one of packed integers."""
    stored = after.astype(old.dtype)
    if wrong := int(np.count_nonzero(changed & (plain(stored) != after))):
        raise InputError(f"{wrong} edited values are outside of {old.dtype}")
    return np.where(changed, stored, old)


def rounded(old: np.ndarray, after: np.ndarray, changed: np.ndarray) -> Edit:
    """Floats in the constant's own type."""
    with np.errstate(over="ignore", invalid="ignore"):
        stored = after.astype(old.dtype)
        wide, given = stored.astype(np.float64), after.astype(np.float64)
        lost = np.abs(np.asarray(wide - given)[changed & np.isfinite(given)])
    if not np.isfinite(lost).all():
        wrong = int(np.count_nonzero(~np.isfinite(lost)))
        raise InputError(f"{wrong} edited values are beyond what {old.dtype} holds")
    return Edit(np.where(changed, stored, old), 0, 0, float(lost.max(initial=0)))


@dataclass(frozen=True, slots=True)
class Claim:
    """What the array `key` wants of a constant: an edit, and which of the elements it holds."""

    key: str
    edit: Edit
    held: np.ndarray


def combine(old: np.ndarray, claims: Iterable[Claim]) -> Edit:
    """One edit of a constant that several arrays hold values of.

    Raises `InputError`, which names both, where two of them want different values of an element.
    """
    values, owner = old.copy(), np.full(old.shape, -1, np.int32)
    found = Edit(old)
    keys: list[str] = []
    for claim in claims:
        wanted, mine = claim.edit.values.reshape(old.shape), claim.held.reshape(old.shape)
        contested = mine & (owner >= 0)
        contested &= differ(values, wanted)
        if contested.any():
            other = keys[int(owner[contested][0])]
            raise InputError(
                f"{other} and {claim.key} are the same values in the file, and differ in "
                f"{int(contested.sum())}; make them alike, or leave one of them out"
            )
        values[mine] = wanted[mine]
        owner[mine] = len(keys)
        keys.append(claim.key)
        found = Edit(
            values,
            max(found.edited, claim.edit.edited),
            max(found.clamped, claim.edit.clamped),
            max(found.largest_error, claim.edit.largest_error),
        )
    return found
