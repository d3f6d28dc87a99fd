"""Where activations lie in one arena, planned as LiteRT plans them: the greatest first.

Each block is alive from one operator to another. Blocks are placed one at a time, those that live
through the whole run first and the others by falling size, each into the smallest gap between the
blocks that are alive at the same time, or behind them. This is Greedy by Size for Offset
Calculation of Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference"
(2020), as `arena_planner.cc` and `simple_memory_arena.cc` of LiteRT do it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

ALIGNMENT = 64
"""Bytes: each block begins at a multiple of it, in LiteRT as here."""
ALWAYS = 1 << 62
"""The last operator of what is never freed."""
PATIENCE = 3_000_000
"""Neighbours that are looked at before a plan is given up, a second or so; real models need a
hundredth of it, and only a subgraph of thousands of tensors that all live at once needs more."""


class Block(NamedTuple):
    """Bytes that are alive from operator `first` to and with operator `last`, or `ALWAYS`."""

    tensor: int
    size: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The byte offset of each tensor's block, and the bytes that all need."""

    offsets: dict[int, int]
    size: int


class Placed(NamedTuple):
    """A block that has its place, in the order in which gaps between blocks are looked for."""

    offset: int
    end: int


def plan(blocks: Sequence[Block], alignment: int = ALIGNMENT) -> Plan | None:
    """Places for all blocks; None where that would take too long (see `PATIENCE`).

    Blocks of no size lie at 0 and are in nobody's way, as in LiteRT.
    """
    ends = (at for block in blocks for at in (block.first, block.last) if at < ALWAYS)
    alive, offsets, looked = Alive(max(ends, default=0) + 1), {}, 0
    for block in sorted(blocks, key=precedence):
        if not block.size:
            offsets[block.tensor] = 0
            continue
        neighbours = sorted(alive.during(block.first, block.last))
        looked += len(neighbours)
        if looked > PATIENCE:
            return None
        offset = best_gap(neighbours, block.size, alignment)
        alive.add(block.first, block.last, Placed(offset, offset + block.size))
        offsets[block.tensor] = offset
    size = max((offsets[block.tensor] + block.size for block in blocks), default=0)
    return Plan(offsets, size)


def precedence(block: Block) -> tuple[int, int, int]:
    """What lives through the whole run comes first, by index; then the larger, then the earlier."""
    if block.first == 0 and block.last == ALWAYS:
        return (0, block.tensor, 0)
    return (1, -block.size, block.first)


def best_gap(neighbours: Iterable[Placed], size: int, alignment: int) -> int:
    """Where a block fits most tightly between its neighbours, which come by offset."""
    at, best, fit = 0, None, None
    for placed in neighbours:
        room = placed.offset - aligned(at, alignment)
        if room >= size and (fit is None or room < fit):
            best, fit = aligned(at, alignment), placed.offset - at
        at = max(at, placed.end)
    return aligned(at, alignment) if best is None else best


def aligned(offset: int, alignment: int = ALIGNMENT) -> int:
    """The next multiple of the alignment."""
    return -(-offset // alignment) * alignment


def lower_bound(blocks: Iterable[Block]) -> int:
    """The largest sum of bytes that are alive at one operator: no plan can do with less."""
    change: dict[int, int] = {}
    for block in blocks:
        change[block.first] = change.get(block.first, 0) + block.size
        change[block.last + 1] = change.get(block.last + 1, 0) - block.size
    return max(accumulate(change[at] for at in sorted(change)), default=0)


class Alive:
    """Placed blocks by lifetime, asked for those that are alive at some time of an interval.

    These are the ones that are alive at its begin, found in a segment tree over the operators, and
    the ones that begin later inside of it, found by bisection: the work is that of the answer, not
    of the interval or of all that is placed.
    """

    def __init__(self, operators: int) -> None:
        self._leaves = operators
        self._tree: dict[int, list[Placed]] = {}
        self._firsts: list[tuple[int, Placed]] = []

    def add(self, first: int, last: int, placed: Placed) -> None:
        """Put a block in that has its place."""
        insort(self._firsts, (first, placed))
        for node in self._cover(first, last):
            self._tree.setdefault(node, []).append(placed)

    def during(self, first: int, last: int) -> Iterator[Placed]:
        """Each block that is alive at some operator from `first` to `last`, once."""
        node = first + self._leaves
        while node:
            yield from self._tree.get(node, ())
            node //= 2
        begin = bisect_left(self._firsts, (first + 1,))
        end = bisect_right(self._firsts, (last + 1,))
        yield from (placed for _, placed in self._firsts[begin:end])

    def _cover(self, first: int, last: int) -> Iterator[int]:
        """The nodes of the tree that together are the interval."""
        low, high = first + self._leaves, min(last + 1, self._leaves) + self._leaves
        while low < high:
            if low & 1:
                yield low
                low += 1
            if high & 1:
                high -= 1
                yield high
            low, high = low // 2, high // 2
