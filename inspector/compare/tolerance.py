"""How far apart is too far: the tolerances of DESIGN.md ("Comparing"), by what a tensor holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from inspector.compare.metrics import STRINGS, ZERO_SIGNAL, Errors, Metrics, quality, worst
from inspector.read.model import Subgraph
from inspector.read.records import Tensor
from inspector.read.schema import TensorType

SUMS = frozenset({"MEAN", "SUM"})
"""Operators that add without regrouping under both kernel sets."""

SMALL_FLOATS = (
    TensorType.FLOAT16,
    TensorType.BFLOAT16,
    TensorType.FLOAT8_E4M3FN,
    TensorType.FLOAT8_E5M2,
)
LARGE_FLOATS = (
    TensorType.FLOAT32,
    TensorType.FLOAT64,
    TensorType.COMPLEX64,
    TensorType.COMPLEX128,
)
FLOATS = (*LARGE_FLOATS, *SMALL_FLOATS)


NO_FLOOR = Metrics(max_lsb=0.0)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What two implementations of one operator may differ by; what is not set is not asked.

    `sqnr_db` is a least value, the others are largest ones; they are those of `Metrics`. A
    difference of no more than `negligible` is none, whatever its share.
    """

    sqnr_db: float | None = None
    max_rel_range: float | None = None
    max_lsb: float | None = None
    negligible: float = 0.0


FLOAT32 = Tolerance(sqnr_db=100, max_rel_range=1e-5)
SMALLEST_HALF = 2.0**-24
"""The smallest float16 above zero; smaller numbers become it, or zero."""
FLOAT16 = Tolerance(sqnr_db=55, negligible=SMALLEST_HALF)
QUANTIZED = Tolerance(max_lsb=1)
EQUAL = Tolerance(max_lsb=0)
"""For integers without a scale (indices, counts, shapes) and booleans, which are right or wrong."""
END_TO_END = Tolerance(max_rel_range=1e-4)
"""For the float outputs of whole networks."""


def isolated(tensor: Tensor, terms: int = 1, halves: Collection[int] = frozenset()) -> Tolerance:
    """What one operator's output may differ by when both sides were fed the same.

    `terms` is how many numbers its kernel adds one after the other into each element; see `summed`.
    `halves` are the tensors that one side holds in float16.
    """
    if tensor.dtype in LARGE_FLOATS and tensor.index not in halves:
        return summed(FLOAT32, terms)
    if tensor.dtype in FLOATS:
        return FLOAT16
    return QUANTIZED if tensor.is_quantized else EQUAL


def same_kernel(tensor: Tensor) -> Tolerance:
    """What one operator's output may differ by when the same kernel computed it from the same."""
    return EQUAL if tensor.is_quantized else isolated(tensor)


def summed(tolerance: Tolerance, terms: int) -> Tolerance:
    """The tolerance, as wide as the rounding of a plain float32 sum of so many terms.

    Each addition rounds by up to 2^-24 of the sum so far, so that a sum of n terms wanders off by
    about sqrt(n) such steps; four standard deviations are allowed. LiteRT's reductions add so under
    both of its kernel sets (`reference/reduce.h`), hence their difference shows nothing of it.
    Below some 1,700 terms this is less than the tolerance itself.
    """
    noise = 4 * 2**-24 * math.sqrt(terms)
    return Tolerance(
        sqnr_db=min(tolerance.sqnr_db or math.inf, -20 * math.log10(noise)),
        max_rel_range=max(tolerance.max_rel_range or 0, noise),
    )


def terms_added(graph: Subgraph, operator: int, values: Mapping[int, np.ndarray]) -> int:
    """How many numbers an operator's kernel adds, one after the other, into each element.

    `values` are tensors of a run, since a file may leave open of which shapes they are.
    """
    record = graph.operators[operator]
    if record.name not in SUMS:
        return 1
    before, after = (
        values[i].size if i in values else graph.tensors[i].elements
        for i in (record.inputs[0], record.outputs[0])
    )
    return max(1, before // max(1, after))


def end_to_end(tensor: Tensor, floats: Tolerance = END_TO_END) -> Tolerance:
    """What an output of a whole network may differ by; `floats` is for real numbers."""
    return floats if tensor.dtype in FLOATS else isolated(tensor)


def excess(found: Metrics, tolerance: Tolerance, floor: Metrics | None = None) -> list[str]:
    """The figures of `found` that are beyond the tolerance and beyond those of `floor` as well."""
    floor = floor or NO_FLOOR
    beyond = []
    if found.nonfinite > floor.nonfinite:
        beyond.append("nonfinite")
    if found.status == STRINGS:
        return beyond + ["unequal"] * (found.unequal > floor.unequal)
    if tolerance.negligible and size(found.max_abs) <= tolerance.negligible:
        return beyond
    if found.status == ZERO_SIGNAL:  # there is nothing that the noise could be a share of
        return beyond + ["max_abs"] * (size(found.max_abs) > size(floor.max_abs))
    if tolerance.sqnr_db is not None and quality(found) < min(tolerance.sqnr_db, quality(floor)):
        beyond.append("sqnr_db")
    for name in ("max_rel_range", "max_lsb"):
        allowed, figure = getattr(tolerance, name), getattr(found, name)
        if allowed is not None and size(figure) > max(allowed, size(getattr(floor, name))):
            beyond.append(name)
    return beyond


def beyond(
    graph: Subgraph, errors: Errors, floor: Errors, tolerance: Callable[[Tensor], Tolerance]
) -> tuple[str, ...]:
    """The figures that are beyond tolerance and floor, on the worst sample of any tensor."""
    names: dict[str, None] = {}
    for index, found in errors.items():
        allowed = tolerance(graph.tensors[index])
        excuse = worst(floor[index]) if floor.get(index) else None
        names |= dict.fromkeys(excess(worst(found), allowed, excuse))
    return tuple(names)


def size(figure: float | None) -> float:
    """A figure as a number; one that does not exist is beyond all."""
    return math.inf if figure is None else figure
