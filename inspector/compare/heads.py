"""Outputs that look like class scores: whether both models would name the same class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspector.compare.metrics import align, real
from inspector.compare.reference import Reference, Values
from inspector.read.records import Tensor

MOST_AXES = 2
"""A head has a row of scores for each element of the batch, or one row."""
CHOSEN = 5


@dataclass(frozen=True, slots=True)
class Agreement:
    """The share of rows, over all samples, on which both models agree; `rows` is their number.

    `top_1`: the candidate's best class is one that the reference gives its highest score. `top_5`:
    a best class of the reference is among the candidate's five best; None with five classes or
    fewer.
    """

    top_1: float
    top_5: float | None
    rows: int


def is_head(tensor: Tensor, shape: tuple[int, ...]) -> bool:
    """Whether an output of this shape looks like scores of classes: real numbers in rows."""
    numbers = tensor.is_quantized or "float" in str(tensor.dtype)
    return numbers and 1 <= len(shape) <= MOST_AXES and shape[-1] > 1 and min(shape) > 0


def agreements(reference: Reference, answers: Sequence[Values]) -> dict[int, Agreement]:
    """How far the heads among the reference's outputs agree with a candidate's `answers`.

    An output that an answer lacks, or has in another size, is left out.
    """
    found = {}
    for index in dict.fromkeys(reference.graph.outputs):
        tensor = reference.graph.tensors[index]
        both = zip(reference.values, answers, strict=False)
        pairs = [(one[index], other[index]) for one, other in both if index in one.keys() & other]
        fits = [one.size == other.size and is_head(tensor, one.shape) for one, other in pairs]
        if pairs and all(fits):
            found[index] = agreement(tensor, pairs)
    return found


def agreement(tensor: Tensor, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Agreement:
    """The agreement of pairs of a reference's and a candidate's scores."""
    classes = pairs[0][0].shape[-1]
    sides = [
        np.concatenate([scores(tensor, values).reshape(-1, classes) for values in side])
        for side in zip(*pairs, strict=True)
    ]
    best = sides[0] == sides[0].max(axis=1, keepdims=True)
    ranked = np.argsort(-sides[1], axis=1, kind="stable")
    hits = np.take_along_axis(best, ranked, axis=1)
    top_5 = float(hits[:, :CHOSEN].any(axis=1).mean()) if classes > CHOSEN else None
    return Agreement(float(hits[:, 0].mean()), top_5, len(best))


def scores(tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """Stored scores as real numbers; what is no number is the worst."""
    found: np.ndarray = np.nan_to_num(
        real(tensor, align(tensor, values)), nan=-np.inf, posinf=np.inf
    )
    return found
