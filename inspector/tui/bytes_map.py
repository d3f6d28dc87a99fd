"""Where the bytes of weights are: a subgraph, its groups, their operators, their constants.

Bytes that several operators share are those of the first one that reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from inspector.stats import distinct_weights
from inspector.tui.outline import Group, Outline
from inspector.tui.places import Kind, Place, operator_at, subgraph_at, tensor_at
from inspector.tui.session import Session
from inspector.tui.survey import Survey

MOST = 200
"""Parts that are told apart; the smaller ones of more are one part together."""


class Share(NamedTuple):
    """A part of something: what it is called, its bytes, and where it is; several have no place."""

    label: str
    size: int
    place: Place | None


class BytesMap:
    """The bytes of one subgraph that has been read whole."""

    def __init__(self, session: Session, survey: Survey) -> None:
        self.subgraph = survey.part.subgraph.index
        self.survey = survey
        self.outline: Outline = session.outline(self.subgraph)
        self.constants: dict[int, list[tuple[int, int]]] = {}
        for operator, tensor, size in distinct_weights([survey.part]):
            self.constants.setdefault(operator.index, []).append((tensor.index, size))
        self.operators = {
            index: sum(size for _, size in found) for index, found in self.constants.items()
        }
        self.groups: dict[int, int] = {}
        self.total = sum(map(self._measured, self.outline.items))

    def _measured(self, item: Group | int) -> int:
        """The bytes of an operator or a group; those of all groups inside are noted."""
        if not isinstance(item, Group):
            return self.operators.get(item, 0)
        self.groups[item.index] = sum(map(self._measured, item.items))
        return self.groups[item.index]

    def shares(self, place: Place) -> list[Share]:
        """What a place consists of, the largest first; nothing for a constant."""
        if place.kind is Kind.SUBGRAPH:
            return largest(map(self._item, self.outline.items))
        if place.kind is Kind.GROUP and place.index < len(self.outline.groups):
            return largest(map(self._item, self.outline.groups[place.index].items))
        if place.kind is Kind.OPERATOR:
            return largest(self._constants(place.index))
        return []

    def _item(self, item: Group | int) -> Share:
        if isinstance(item, Group):
            place = Place(self.subgraph, Kind.GROUP, item.index)
            return Share(item.label, self.groups[item.index], place)
        return Share(
            self.label(item), self.operators.get(item, 0), operator_at(self.subgraph, item)
        )

    def label(self, operator: int) -> str:
        """`3 CONV_2D stem`."""
        found = self.survey.operators.get(operator)
        name = self.survey.names.get(operator, "")
        return " ".join(filter(None, [str(operator), found.name if found else "damaged", name]))

    def _constants(self, operator: int) -> Iterator[Share]:
        for index, size in self.constants.get(operator, ()):
            tensor = self.survey.part.tensors[index]
            yield Share(f"t{index} {tensor.name}", size, tensor_at(self.subgraph, index))

    def path(self, place: Place) -> list[Place]:
        """The places around one, from the subgraph to itself."""
        whole = subgraph_at(self.subgraph)
        if place.kind is Kind.OPERATOR:
            return [whole, *self._groups_around(self.outline.home(place.index)), place]
        if place.kind is Kind.GROUP:
            return [whole, *self._groups_around(place.index)]
        return [whole]

    def _groups_around(self, group: int) -> list[Place]:
        found: list[Place] = []
        while 0 <= group < len(self.outline.groups):
            found.append(Place(self.subgraph, Kind.GROUP, group))
            group = self.outline.groups[group].parent
        return found[::-1]


def largest(shares: Iterable[Share]) -> list[Share]:
    """Those that have bytes, the largest first; many small ones as one."""
    found = sorted((each for each in shares if each.size), key=lambda each: -each.size)
    rest = found[MOST:]
    if len(rest) > 1:
        together = Share(f"{len(rest):,} smaller ones", sum(each.size for each in rest), None)
        found = sorted([*found[:MOST], together], key=lambda each: -each.size)
    return found
