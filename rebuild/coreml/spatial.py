"""Padding, and views of the places that one position of a window sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np

Pair = tuple[int, int]


def paddings(
    pad_type: str,
    pad: np.ndarray,
    sizes: Sequence[int],
    extents: Sequence[int],
    strides: Iterable[int],
) -> list[Pair]:
    """What is put before and after each spatial axis, for windows that cover `extents` each.

    "same" gives ceil(size / stride) windows, an odd element at the end; "same_lower" at the start.
    """
    if pad_type == "custom":
        return [(int(a), int(b)) for a, b in zip(pad[::2], pad[1::2], strict=True)]
    if pad_type == "valid":
        return [(0, 0)] * len(sizes)
    pairs = []
    for size, extent, stride in zip(sizes, extents, strides, strict=True):
        missing = max((-(-size // int(stride)) - 1) * int(stride) + extent - size, 0)
        less, more = missing // 2, missing - missing // 2
        pairs.append((more, less) if pad_type == "same_lower" else (less, more))
    return pairs


def padded(x: np.ndarray, pairs: Sequence[Pair], value: Any = 0) -> np.ndarray:
    """`x` (N, C, *D) with `value` around its spatial axes."""
    return np.pad(x, [(0, 0), (0, 0), *pairs], constant_values=value)


def shifted(
    x: np.ndarray,
    position: Sequence[int],
    outs: Sequence[int],
    strides: Iterable[int],
    dilations: Iterable[int] | None = None,
) -> np.ndarray:
    """What `position` of a window sees at each of its `outs` places: a view (N, C, *outs)."""
    spacing = repeat(1) if dilations is None else dilations
    cuts: list[slice] = []
    for at, out, stride, space in zip(position, outs, strides, spacing, strict=False):
        start = at * int(space)
        cuts.append(slice(start, start + (out - 1) * int(stride) + 1, int(stride)))
    return x[(slice(None), slice(None), *cuts)]
