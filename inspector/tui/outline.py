"""The graph as an outline: operators in groups, groups in groups, and which of them are open.

Groups come from the names of layers, where those have scopes; else from blocks that repeat
(`structure.py`); else there are none, and the operators stand in their order. The rows on the
screen are a list that opening and closing a group changes in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from inspector.tui.grouping import Branch, by_scope, by_structure
from inspector.tui.places import Kind, Place
from inspector.tui.survey import Cost, Survey

FEW = 200
"""Operators up to which an outline begins with all groups open."""


@dataclass(eq=False, slots=True)
class Group:
    """Operators under one label, and the smaller groups among them; `parent` is -1 at the top."""

    index: int
    label: str
    parent: int
    items: list[Group | int] = field(default_factory=list)
    cost: Cost = field(default_factory=Cost)
    operators: int = 0


class Row(NamedTuple):
    """A line of the outline: a group, or an operator by its index."""

    item: Group | int
    depth: int


class Outline:
    """The groups of one subgraph and the rows that are to be seen."""

    def __init__(self, subgraph: int, items: Sequence[Branch | int], costs: Mapping[int, Cost]):
        self.subgraph = subgraph
        self.groups: list[Group] = []
        self._home: dict[int, int] = {}
        self._open: set[int] = set()
        self._costs = costs
        self.items = [self._made(item, -1) for item in items]
        self.rows = [Row(item, 0) for item in self.items]
        self._where: dict[Group | int, int] | None = None

    def _made(self, item: Branch | int, parent: int) -> Group | int:
        if isinstance(item, int):
            if parent >= 0:
                self._home[item] = parent
            return item
        group = Group(len(self.groups), item.label, parent)
        self.groups.append(group)
        group.items = [self._made(each, group.index) for each in item.items]
        for each in group.items:
            if isinstance(each, Group):
                group.cost += each.cost
                group.operators += each.operators
            else:
                group.cost += self._costs.get(each, Cost())
                group.operators += 1
        return group

    def place(self, row: int) -> Place:
        """The place that a row stands for."""
        item = self.rows[row].item
        if isinstance(item, Group):
            return Place(self.subgraph, Kind.GROUP, item.index)
        return Place(self.subgraph, Kind.OPERATOR, item)

    def home(self, operator: int) -> int:
        """The index of the group that an operator is in; -1 at the top."""
        return self._home.get(operator, -1)

    def is_open(self, group: Group) -> bool:
        """Whether the items of a group are shown."""
        return group.index in self._open

    def open(self, row: int) -> None:
        """Show the items of the group at a row, and of those inside that were open."""
        item, depth = self.rows[row]
        if isinstance(item, Group) and item.index not in self._open:
            self._open.add(item.index)
            self.rows[row + 1 : row + 1] = self._rows(item.items, depth + 1)
            self._where = None

    def close(self, row: int) -> None:
        """Hide the items of the group at a row."""
        item = self.rows[row].item
        if isinstance(item, Group) and item.index in self._open:
            self._open.discard(item.index)
            del self.rows[row + 1 : self.end(row)]
            self._where = None

    def end(self, row: int) -> int:
        """The row after the last one that is inside of the one at `row`."""
        depth, after = self.rows[row].depth, row + 1
        while after < len(self.rows) and self.rows[after].depth > depth:
            after += 1
        return after

    def open_all(self) -> None:
        """Show everything."""
        self._open = set(range(len(self.groups)))
        self.rows = list(self._rows(self.items, 0))
        self._where = None

    def close_all(self) -> None:
        """Show the top alone."""
        self._open.clear()
        self.rows = list(self._rows(self.items, 0))
        self._where = None

    def parent(self, row: int) -> int:
        """The row of the group that a row is in; the row itself at the top."""
        depth = self.rows[row].depth
        above = (i for i in range(row, -1, -1) if self.rows[i].depth < depth)
        return next(above, row)

    def reveal(self, place: Place) -> int:
        """Open the groups around an operator or group, and give its row; 0 where it has none."""
        if place.kind is Kind.OPERATOR:
            wanted: Group | int = place.index
            around = self.home(place.index)
        elif place.kind is Kind.GROUP and place.index < len(self.groups):
            wanted = self.groups[place.index]
            around = wanted.parent
        else:
            return 0
        for group in reversed(list(self._chain(around))):
            if not self.is_open(group):
                self.open(self._row(group))
        return self._row(wanted)

    def visible_row(self, place: Place) -> int:
        """The row of a place, or of the nearest group around it that is to be seen."""
        if place.kind is Kind.OPERATOR:
            around = self._chain(self.home(place.index))
            wanted: list[Group | int] = [place.index, *around]
        else:
            wanted = list(self._chain(place.index))
        found = self._rows_of_items()
        return next((found[item] for item in wanted if item in found), 0)

    def operators_in(self, group: Group) -> Iterator[int]:
        """The operators of a group and of those inside of it, in order."""
        for item in group.items:
            if isinstance(item, Group):
                yield from self.operators_in(item)
            else:
                yield item

    def _row(self, item: Group | int) -> int:
        return self._rows_of_items().get(item, 0)

    def _rows_of_items(self) -> dict[Group | int, int]:
        """The row of everything that is to be seen; made anew after the rows have changed."""
        if self._where is None:
            self._where = {row.item: index for index, row in enumerate(self.rows)}
        return self._where

    def _chain(self, group: int) -> Iterator[Group]:
        while group >= 0:
            yield self.groups[group]
            group = self.groups[group].parent

    def _rows(self, items: Iterable[Group | int], depth: int) -> Iterator[Row]:
        for item in items:
            yield Row(item, depth)
            if isinstance(item, Group) and self.is_open(item):
                yield from self._rows(item.items, depth + 1)


def plain_outline(subgraph: int, operators: int) -> Outline:
    """The operators in their order, before more is known of them."""
    return Outline(subgraph, range(operators), {})


def outline_of(survey: Survey) -> Outline:
    """The outline of a subgraph, its groups open where they are few."""
    subgraph = survey.part.subgraph
    count = len(subgraph.operators)
    items = by_scope(survey.scopes, count)
    if items is None:
        names = {operator.index: operator.name for operator in survey.part.operators}
        items = by_structure([names.get(i, "") for i in range(count)])
    outline = Outline(subgraph.index, items, survey.costs)
    if count <= FEW:
        outline.open_all()
    return outline
