"""The order of axes: what one model holds as NCHW, another may hold as NHWC.

An order lists, for each axis of the reference's tensor, the axis of the candidate's that it is, so
that `candidate.transpose(order)` is laid out as the reference's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import TypeAlias

import numpy as np

from inspector.read.model import Subgraph

Order: TypeAlias = tuple[int, ...]

MOST_AXES = 5
USUAL: tuple[Order, ...] = ((0, 2, 3, 1), (0, 3, 1, 2), (0, 2, 1))
"""NCHW for NHWC, the reverse, and the same of sequences: taken where sizes alone do not tell."""
CONVINCING = 0.1
"""Of the size of a value, how far another may be off that is still the same, axes aside."""
WORDS = {(0, 2, 3, 1): "NCHW for NHWC", (0, 3, 1, 2): "NHWC for NCHW", (0, 2, 1): "NCW for NWC"}


def orders(ours: Sequence[int], theirs: Sequence[int]) -> list[Order]:
    """The axis orders that bring the sizes `theirs` to `ours`; the likeliest is first.

    That is the order in which nothing moves, if it is one of them. Of orders that move only axes of
    size 1, and so no value, there is one where the sizes ask for it, and else none.
    """
    rank = len(ours)
    if rank != len(theirs) or rank > MOST_AXES or sorted(ours) != sorted(theirs):
        return []
    same = tuple(range(rank))
    wanted = tuple(ours)
    every = [p for p in permutations(range(rank)) if tuple(theirs[i] for i in p) == wanted]
    every.sort(key=lambda p: (p != same, USUAL.index(p) if p in USUAL else len(USUAL)))
    return [p for p in every if p == same or moves(p, theirs)] or every[:1]


def moves(order: Order, sizes: Sequence[int]) -> bool:
    """Whether an axis order moves values: not if it moves only axes of size 1."""
    kept = [i for i in order if sizes[i] != 1]
    return kept != sorted(kept)


def settled(
    graph: Subgraph, values: Mapping[int, tuple[np.ndarray, np.ndarray]]
) -> dict[int, Order]:
    """The axis order of each of the reference's tensors, from both sides' values in real numbers.

    Sizes decide where they can, and numbers where these agree well in one order. Where they do not,
    since an error lies before them, the order is that of what the tensor was computed from (but
    not of a model's inputs: where they have another, they are transposed first), or the usual.
    """
    found: dict[int, Order] = {}
    inputs = set(graph.inputs)
    for index, made_of in in_order(graph):
        choices = orders(*(side.shape for side in values[index])) if index in values else []
        if not choices:
            continue
        if index not in inputs:
            inherited = [found[t] for t in made_of if t not in inputs and found.get(t) in choices]
            choices = list(dict.fromkeys([*inherited[:1], *choices]))
            choices[0] = nearest(*values[index], choices)
        found[index] = choices[0]
    return found


def in_order(graph: Subgraph) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The inputs, and what each operator writes with what it reads, in execution order."""
    yield from ((index, ()) for index in graph.inputs)
    for operator in graph.operators:
        yield from ((index, operator.inputs) for index in operator.outputs)


def nearest(ours: np.ndarray, theirs: np.ndarray, among: Sequence[Order]) -> Order:
    """The order in which a candidate's value comes near the reference's; the first if none does."""
    if len(among) == 1:
        return among[0]
    with np.errstate(invalid="ignore", over="ignore"):
        gaps = [float(np.abs(np.nan_to_num(theirs.transpose(p) - ours)).sum()) for p in among]
        convincing = CONVINCING * float(np.abs(np.nan_to_num(ours)).sum())
    best = int(np.argmin(gaps))
    return among[best if gaps[best] <= convincing else 0]


def inverse(order: Order) -> Order:
    """The order that undoes another."""
    return tuple(int(i) for i in np.argsort(order))


def told(order: Order | None) -> str:
    """An order in words, to be put behind others; empty where nothing moves."""
    if order is None or order == tuple(sorted(order)):
        return ""
    return ", " + WORDS.get(order, f"axes in the order {', '.join(map(str, order))}")
