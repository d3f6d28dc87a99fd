"""Nodes in layers, every edge from one layer to the next (after Sugiyama, Tagawa and Toda, 1981).

An edge that passes layers has a bend in each of them, which takes its place among the nodes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TypeAlias

Key: TypeAlias = Hashable
Edge: TypeAlias = tuple[Key, Key]

SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Bend:
    """Where the edge of a node passes a layer. Edges of one node to one layer bend together."""

    source: Key
    layer: int


@dataclass(frozen=True, slots=True)
class Layers:
    """Nodes and bends by layer, each in order, and the edges, which lead to the next layer."""

    rows: tuple[tuple[Key, ...], ...]
    edges: tuple[Edge, ...]


def layered(nodes: Sequence[Key], edges: Sequence[Edge]) -> Layers:
    """`nodes` in layers below what they read from, with few crossings.

    `edges` lead forwards in the order of `nodes`.
    """
    depth = depths(nodes, edges)
    rows: list[list[Key]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        rows[depth[node]].append(node)
    short: dict[Edge, None] = {}
    for source, target in edges:
        last = source
        for layer in range(depth[source] + 1, depth[target]):
            bend = Bend(source, layer)
            if bend not in rows[layer]:
                rows[layer].append(bend)
            short[last, bend] = None
            last = bend
        short[last, target] = None
    return Layers(ordered(rows, list(short)), tuple(short))


def depths(nodes: Sequence[Key], edges: Sequence[Edge]) -> dict[Key, int]:
    """The layer of each node: one below the lowest that it reads from.

    What reads from nothing stands just above its first reader.
    """
    before: dict[Key, list[Key]] = {node: [] for node in nodes}
    after: dict[Key, list[Key]] = {node: [] for node in nodes}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    depth: dict[Key, int] = {}
    for node in nodes:
        depth[node] = max((depth[one] + 1 for one in before[node]), default=0)
    for node in reversed(nodes):
        if not before[node] and after[node]:
            depth[node] = min(depth[one] for one in after[node]) - 1
    lowest = min(depth.values(), default=0)
    return {node: each - lowest for node, each in depth.items()}


def ordered(rows: list[list[Key]], edges: Sequence[Edge]) -> tuple[tuple[Key, ...], ...]:
    """The rows with each node near the mean place of its neighbours: the best of some sweeps."""
    up: dict[Key, list[Key]] = {}
    down: dict[Key, list[Key]] = {}
    for source, target in edges:
        down.setdefault(source, []).append(target)
        up.setdefault(target, []).append(source)
    best = [list(row) for row in rows]
    fewest = crossings(best, down)
    rows = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        steps = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        for layer in steps:
            place = {key: i for i, key in enumerate(rows[layer - 1 if downwards else layer + 1])}
            sort_by(rows[layer], up if downwards else down, place)
        if (count := crossings(rows, down)) < fewest:
            best, fewest = [list(row) for row in rows], count
    return tuple(map(tuple, best))


def sort_by(row: list[Key], next_to: Mapping[Key, list[Key]], place: Mapping[Key, int]) -> None:
    """Bring a row into the order of its neighbours' mean places; who has none stays where it is."""
    own = {key: float(i) for i, key in enumerate(row)}
    for key in row:
        places = [place[other] for other in next_to.get(key, ()) if other in place]
        if places:
            own[key] = fmean(places)
    row.sort(key=own.__getitem__)


def crossings(rows: Sequence[Sequence[Key]], down: Mapping[Key, list[Key]]) -> int:
    """How many pairs of edges cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {key: i for i, key in enumerate(lower)}
        seen: list[int] = []
        for key in upper:
            own = [place[target] for target in down.get(key, ())]
            total += sum(before > target for target in own for before in seen)
            seen += own
    return total
