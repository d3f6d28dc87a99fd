"""The lines between two layers: down from a box, along a track, down to the next box.

All lines of one source share a track. Where one net comes down in the column in which another goes
down further, its track lies above the other's, so that no two nets lie on each other. Otherwise
the one lies above that crosses the others less there than it would below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspector.tui.drawing.layers import Key


@dataclass(frozen=True, slots=True)
class Net:
    """The lines from one source: the column it comes from, and those that it goes to."""

    source: Key
    start: int
    ends: tuple[int, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last column that its track covers."""
        columns = (self.start, *self.ends)
        return min(columns), max(columns)

    @property
    def is_straight(self) -> bool:
        """Whether it goes straight down, and takes no track."""
        return set(self.ends) == {self.start}


def tracks(nets: Sequence[Net]) -> dict[Key, int]:
    """The track of each net that needs one, counted from above.

    Those whose columns overlap have different ones, as have those that would share a column.
    """
    found: dict[Key, int] = {}
    waiting = sorted((net for net in nets if not net.is_straight), key=lambda net: net.span)
    dearer = {
        (one, other): crossings(one, other) - crossings(other, one)
        for one in waiting
        for other in waiting
    }
    while waiting:
        free = [net for net in waiting if not any(must_be_above(o, net) for o in waiting)]
        costs = [sum(dearer[net, other] for other in waiting) for net in free or waiting]
        net = (free or waiting)[costs.index(min(costs))]  # in a circle one comes first all the same
        waiting.remove(net)
        taken = [o for o in nets if o.source in found and (overlap(o, net) or touches(o, net))]
        found[net.source] = max((found[o.source] + 1 for o in taken), default=0)
    return found


def must_be_above(one: Net, other: Net) -> bool:
    """Whether `one` starts in a column in which `other` ends: they would lie on each other."""
    return one is not other and one.start in other.ends and one.start != other.start


def crossings(above: Net, below: Net) -> int:
    """How often the lines of two nets cross when the track of one lies above the other's."""
    (first, last), (begin, end) = above.span, below.span
    return sum(begin < column < end for column in above.ends) + (first < below.start < last)


def overlap(one: Net, other: Net) -> bool:
    """Whether the columns of two nets' tracks overlap."""
    (first, last), (begin, end) = one.span, other.span
    return first <= end and begin <= last


def touches(one: Net, other: Net) -> bool:
    """Whether two nets share a column."""
    return not {one.start, *one.ends}.isdisjoint({other.start, *other.ends})


def ports(
    targets: Mapping[Key, Sequence[Key]], centre: Mapping[Key, int], width: Mapping[Key, int]
) -> dict[tuple[Key, Key], int]:
    """The column in which each edge (source, target) reaches its target.

    Several are spread over the box, in the order in which they come; a single one comes to the
    middle. `targets` are the sources of each target.
    """
    found = {}
    for target, sources in targets.items():
        ordered = sorted(sources, key=lambda source: centre[source])
        room = max(width[target] - 4, 0)
        step = min(4, room // max(len(ordered) - 1, 1)) if len(ordered) > 1 else 0
        first = centre[target] - step * (len(ordered) - 1) // 2
        for place, source in enumerate(ordered):
            found[source, target] = first + place * step
    return found
