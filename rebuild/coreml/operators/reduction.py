"""Reductions over some axes, or over all where none are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rebuild.coreml.registry import Evaluation, add, mil

Array = np.ndarray


def log_sum_exp(x: Array, axis: tuple[int, ...], keepdims: bool) -> Array:
    """log(sum(exp(x))), with the largest taken out first."""
    most = x.max(axis=axis, keepdims=True)
    total = np.log(np.exp(x - most).sum(axis=axis, keepdims=True)) + most
    return total if keepdims else total.squeeze(axis)


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "reduce_l1_norm": lambda x, **over: np.abs(x).sum(**over),
    "reduce_l2_norm": lambda x, **over: np.sqrt(np.square(x).sum(**over)),
    "reduce_log_sum": lambda x, **over: np.log(x.sum(**over)),
    "reduce_log_sum_exp": log_sum_exp,
    "reduce_max": np.max,
    "reduce_mean": np.mean,
    "reduce_min": np.min,
    "reduce_prod": np.prod,
    "reduce_sum": np.sum,
    "reduce_sum_square": lambda x, **over: np.square(x).sum(**over),
}


def reducing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The operation that `function` is the sum of."""

    def reduced(x: Array, keep_dims: bool, axes: Array | None = None) -> Any:
        over = tuple(int(a) for a in (range(x.ndim) if axes is None else axes))
        return function(x, axis=over, keepdims=bool(keep_dims))

    return reduced


for _name, _function in REDUCTIONS.items():
    add(_name, Evaluation(reducing(_function), frozenset({"x", "axes", "keep_dims"})))


@mil("reduce_argmax")
def reduce_argmax(x: Array, axis: int, keep_dims: bool) -> Array:
    """The index of the largest, the first of equals."""
    return np.argmax(x, axis=int(axis), keepdims=bool(keep_dims))


@mil("reduce_argmin")
def reduce_argmin(x: Array, axis: int, keep_dims: bool) -> Array:
    """The index of the smallest, the first of equals."""
    return np.argmin(x, axis=int(axis), keepdims=bool(keep_dims))
