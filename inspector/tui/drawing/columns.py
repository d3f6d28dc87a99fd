"""Where on its line each box stands: near what it is joined with, and clear of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean

from inspector.tui.drawing.layers import Key, Layers

GAP = 3
SWEEPS = 6


def centres(layers: Layers, width: Mapping[Key, int]) -> dict[Key, int]:
    """The column of each node's middle; the leftmost box begins in column 0."""
    place = {key: float(x) for row in layers.rows for key, x in packed(row, width).items()}
    up: dict[Key, list[Key]] = {}
    down: dict[Key, list[Key]] = {}
    for source, target in layers.edges:
        down.setdefault(source, []).append(target)
        up.setdefault(target, []).append(source)
    for sweep in range(SWEEPS):
        downwards = sweep % 2 == 0
        sides = (up, down) if downwards else (down, up)
        for row in layers.rows if downwards else layers.rows[::-1]:
            wanted = [mean_place(key, sides, place) for key in row]
            place |= zip(row, settled(row, wanted, width), strict=True)
    rounded = {key: round(x) for key, x in place.items()}
    for row in layers.rows:
        push_apart(row, rounded, width)
    left = min((rounded[key] - width[key] // 2 for key in rounded), default=0)
    return {key: x - left for key, x in rounded.items()}


def packed(row: Sequence[Key], width: Mapping[Key, int]) -> dict[Key, int]:
    """The middles of the boxes of a row that begins in column 0."""
    at, found = 0, {}
    for key in row:
        found[key] = at + width[key] // 2
        at += width[key] + GAP
    return found


def mean_place(
    key: Key, sides: tuple[Mapping[Key, list[Key]], ...], place: Mapping[Key, float]
) -> float:
    """Where a node would stand best: in the middle of its neighbours on the first side it has."""
    for side in sides:
        if key in side:
            return fmean(place[other] for other in side[key])
    return place[key]


def settled(row: Sequence[Key], wanted: Sequence[float], width: Mapping[Key, int]) -> list[float]:
    """The places nearest to those wanted, by least squares, in which no box touches the next.

    With the distances taken off, that is a regression that must not fall: neighbours that would
    are pooled into their mean.
    """
    offset, offsets = 0.0, []
    for i, key in enumerate(row):
        offset += apart(row[i - 1], key, width) if i else 0
        offsets.append(offset)
    pools: list[list[float]] = []  # mean, count
    for target, own in zip(wanted, offsets, strict=True):
        pools.append([target - own, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, count = pools.pop()
            whole = pools[-1][1] + count
            pools[-1] = [(pools[-1][0] * pools[-1][1] + mean * count) / whole, whole]
    means = [mean for mean, count in pools for _ in range(int(count))]
    return [mean + own for mean, own in zip(means, offsets, strict=True)]


def apart(one: Key, other: Key, width: Mapping[Key, int]) -> int:
    """How far the middles of two neighbours must be from each other."""
    return width[one] - width[one] // 2 + GAP + width[other] // 2


def push_apart(row: Sequence[Key], place: dict[Key, int], width: Mapping[Key, int]) -> None:
    """Move boxes to the right where rounding has brought them too near."""
    for one, other in pairwise(row):
        place[other] = max(place[other], place[one] + apart(one, other, width))
