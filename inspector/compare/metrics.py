"""How far two arrays are apart, in float64 and without epsilons.

Errors are in real units: the integers of a quantised tensor are taken as the numbers that they
stand for. Where a figure does not exist it is None, and `status` says why; no noise at all is an
SQNR of infinity, which the commands write as the string "inf", since JSON has no such number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from inspector.compare.numbers import cosine, decibels, differ, extent, max_ulp, norm
from inspector.read.records import Tensor
from inspector.run.grid import quantize, steps

STRINGS = "strings"
SHAPES = "shapes differ"
ZERO_SIGNAL = "zero signal"


@dataclass(frozen=True, slots=True)
class Metrics:
    """The distance of a candidate's array from the reference's; pairs are (reference, candidate).

    `sqnr_db`: signal to noise, 20 log10(|reference| / |difference|), infinite without noise, None
    where the reference is zero throughout and the candidate is not. `max_abs`: the largest
    difference, at index `max_at`, between `max_values`. `max_rel_range`: the same as a share of
    the reference's range, zero included in it. `max_lsb`: the largest difference of stored integers
    (booleans count as 0 and 1), None for floats; of a network's output that is only dequantised,
    in steps of the integers before it. `unequal`: the share of unequal elements.
    `cosine`: of the angle between the two as vectors, None where one is zero throughout. `bias`:
    the mean of candidate - reference, with its sign. `max_ulp`: the largest difference in units in
    the last place, that is in representable numbers between the two; None for integers.
    `nonfinite`: at how many places one side has a NaN or an infinity and the other has not the
    same; those places and the common ones are left out of all the other figures.
    """

    sqnr_db: float | None = math.inf
    max_abs: float | None = 0.0
    max_rel_range: float | None = 0.0
    max_lsb: float | None = None
    nonfinite: int = 0
    unequal: float = 0.0
    cosine: float | None = 1.0
    bias: float | None = 0.0
    max_ulp: int | None = None
    max_at: tuple[int, ...] | None = None
    max_values: tuple[float, float] | None = None
    nan: tuple[int, int] = (0, 0)
    inf: tuple[int, int] = (0, 0)
    status: str = ""

    def to_json(self) -> dict[str, Any]:
        """All figures by name; pairs become lists."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}


EXACT = Metrics()
"""No difference."""
UNKNOWN = Metrics(None, None, None, cosine=None, bias=None)
"""Nothing that a number could say."""

Errors: TypeAlias = Mapping[int, Sequence[Metrics]]
"""By tensor, how far it is off on each sample."""


def measure(tensor: Tensor, reference: np.ndarray, candidate: np.ndarray) -> Metrics:
    """The distance of a candidate's value of the reference's `tensor` from the reference's own.

    Both hold what the tensor stores; see `align`. Arrays of other shapes are compared in their flat
    order if they have as many elements.
    """
    if reference.size != candidate.size:
        status = f"{SHAPES}: {list(reference.shape)} and {list(candidate.shape)}"
        return replace(UNKNOWN, unequal=1.0, status=status)
    candidate = candidate.reshape(reference.shape)
    if object in (reference.dtype, candidate.dtype) or reference.dtype.kind in "SU":
        return texts(reference, candidate)
    whole = reference.dtype.kind in "iub"
    if reference.dtype == candidate.dtype and bool((reference == candidate).all()):
        infinite = 0 if whole else int(np.isinf(reference).sum())
        zeros = 0.0 if whole else None, None if whole else 0
        return Metrics(max_lsb=zeros[0], max_ulp=zeros[1], inf=(infinite, infinite))
    lsb = gap_of_integers(reference, candidate) if whole else None
    unequal = float(np.mean(differ(reference, candidate)))
    sides = real(tensor, reference), real(tensor, candidate)
    ulp = None if whole else max_ulp(reference, candidate)
    return replace(distance(*sides), max_lsb=lsb, max_ulp=ulp, unequal=unequal)


def align(tensor: Tensor, candidate: np.ndarray) -> np.ndarray:
    """A candidate's value of `tensor` as that tensor would store it.

    Where the tensor holds quantised integers and the candidate gives floats, these are real numbers
    and are put on the tensor's grid: rounded and clipped. Anything else stays as it is.
    """
    if tensor.is_quantized and candidate.dtype.kind in "fV":
        return quantize(candidate, tensor)
    return candidate


def real(tensor: Tensor, stored: np.ndarray) -> np.ndarray:
    """Stored values as real numbers in float64; complex ones get a last axis of their two parts."""
    if stored.dtype.kind == "c":
        return np.stack([stored.real, stored.imag], axis=-1).astype(np.float64)
    with np.errstate(invalid="ignore"):  # a NaN that signals is a NaN
        found: np.ndarray = stored.astype(np.float64)
    if tensor.is_quantized:
        scale, zero_point = steps(tensor, stored.shape)
        found -= zero_point
        found *= scale
    return found


def distance(reference: np.ndarray, candidate: np.ndarray) -> Metrics:
    """The figures of two arrays of float64 and of one shape."""
    with np.errstate(invalid="ignore", over="ignore"):
        change = candidate - reference
    finite = np.isfinite(change)
    sides = reference, candidate
    if not finite.all():
        change, sides = np.where(finite, change, 0), (reference[finite], candidate[finite])
    gap, common = np.abs(change), sides[0]
    signal, noise, span = norm(common), norm(gap), extent(common)
    zero = noise > 0 and signal == 0
    at = np.unravel_index(int(gap.argmax()), gap.shape) if gap.size else ()
    largest = float(gap[at]) if gap.size else 0.0
    return Metrics(
        sqnr_db=None if zero else decibels(signal, noise),
        max_abs=largest,
        max_rel_range=largest / span if span else (0.0 if not largest else None),
        cosine=cosine(*sides),
        bias=float(change.sum() / max(common.size, 1)),
        max_at=tuple(int(i) for i in at) if largest else None,
        max_values=(float(reference[at]), float(candidate[at])) if largest else None,
        nan=(int(np.isnan(reference).sum()), int(np.isnan(candidate).sum())),
        inf=(int(np.isinf(reference).sum()), int(np.isinf(candidate).sum())),
        nonfinite=int((differ(reference, candidate) & ~finite).sum()),
        status=ZERO_SIGNAL if zero else "",
    )


def gap_of_integers(reference: np.ndarray, candidate: np.ndarray) -> float:
    """The largest difference of stored integers; at least 1 where any differ, however large."""
    with np.errstate(invalid="ignore"):
        gap = np.abs(reference.astype(np.float64) - candidate.astype(np.float64))
    least = 1.0 if differ(reference, candidate).any() else 0.0
    return max(least, float(np.nan_to_num(gap, nan=math.inf).max(initial=0)))


def texts(reference: np.ndarray, candidate: np.ndarray) -> Metrics:
    """Strings are equal or not."""
    pairs = list(zip(reference.ravel().tolist(), candidate.ravel().tolist(), strict=True))
    wrong = sum(one != other for one, other in pairs)
    share = wrong / len(pairs) if pairs else 0.0
    return replace(UNKNOWN, unequal=share, status=STRINGS)


def worst(found: Sequence[Metrics]) -> Metrics:
    """Of each figure the worst of several comparisons; `EXACT` where there is none."""
    if not found:
        return EXACT
    widest = max(found, key=lambda m: math.inf if m.max_abs is None else m.max_abs)
    lsb = [m.max_lsb for m in found if m.max_lsb is not None]
    ulp = [m.max_ulp for m in found if m.max_ulp is not None]
    cosines = [m.cosine for m in found]
    biases = [m.bias for m in found if m.bias is not None]
    relative = [m.max_rel_range for m in found]
    return replace(
        widest,
        sqnr_db=min(found, key=quality).sqnr_db,
        max_rel_range=None if None in relative else max(r for r in relative if r is not None),
        max_lsb=max(lsb, default=None),
        max_ulp=max(ulp, default=None),
        cosine=None if None in cosines else min(c for c in cosines if c is not None),
        bias=max(biases, key=abs, default=None),
        nonfinite=max(m.nonfinite for m in found),
        unequal=max(m.unequal for m in found),
        status=next((m.status for m in found if m.status), ""),
    )


def quality(found: Metrics) -> float:
    """The SQNR as a number that sorts: what has none is below all, and what needs none above."""
    if found.sqnr_db is not None:
        return found.sqnr_db
    return math.inf if found.status == STRINGS else -math.inf
