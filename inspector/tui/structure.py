"""Blocks found by structure: the same operators, in the same order, several times in a row."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

LONGEST = 64
"""Operators of the longest block that is looked for."""


class Run(NamedTuple):
    """`times` blocks of `length` items, one behind another from `start`."""

    start: int
    length: int
    times: int

    @property
    def end(self) -> int:
        """Where the items after the run begin."""
        return self.start + self.length * self.times


def runs(items: Sequence[Hashable], longest: int = LONGEST) -> list[Run]:
    """The runs of repeated blocks of at least two different items, in order, none overlapping.

    At each place the run that covers most is taken, of those the one with the shortest block.

    >>> runs("xabababy")
    [Run(start=1, length=2, times=3)]
    """
    alike = {length: lengths_alike(items, length) for length in range(1, longest + 1)}
    same = alike.pop(1)
    found, at = [], 0
    while at < len(items):
        best = best_run(alike, same, at) if at < len(same) else None
        if best:
            found.append(best)
        at = best.end if best else at + 1
    return found


def lengths_alike(items: Sequence[Hashable], shift: int) -> list[int]:
    """From each place on, how many items equal those that stand `shift` after them."""
    count = max(0, len(items) - shift)
    alike = [0] * (count + 1)
    for i in range(count - 1, -1, -1):
        alike[i] = alike[i + 1] + 1 if items[i] == items[i + shift] else 0
    return alike


def best_run(alike: dict[int, list[int]], same: list[int], at: int) -> Run | None:
    """The run from a place on that covers most; None where nothing repeats there.

    `alike` holds what `lengths_alike` gives for each length of a block, `same` that for a length
    of 1: a block of one item again and again is none.
    """
    best: Run | None = None
    for length, counts in alike.items():
        if length <= same[at] + 1 or at >= len(counts):
            continue
        times = counts[at] // length + 1
        if times > 1 and (best is None or length * times > best.length * best.times):
            best = Run(at, length, times)
    return best
