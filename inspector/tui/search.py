"""Searching a model as one types: operators and tensors by type, name, shape and attributes.

Every word of the query must stand somewhere in what is known of a thing; case does not count. The
index is a list of texts, made once; a query that goes on from the last one looks at its hits only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from inspector.errors import ModelError
from inspector.read.records import Operator
from inspector.report.text import counted
from inspector.report.words import options_text, shape_of, type_text
from inspector.tui.places import Kind, Place, operator_at, tensor_at
from inspector.tui.session import Session
from inspector.tui.survey import Survey

Entry = tuple[Place, str]
LONGEST = 4000
"""Characters of a thing's text that are searched."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, operators and tensors each in their order in the file."""

    operators: tuple[Place, ...] = ()
    tensors: tuple[Place, ...] = ()

    def __str__(self) -> str:
        found = ((len(self.operators), "operator"), (len(self.tensors), "tensor"))
        return ", ".join(counted(count, what) for count, what in found)

    def of(self, kind: Kind) -> tuple[Place, ...]:
        """The hits that somebody steps through: of that kind if there are any, else the others."""
        first, second = self.operators, self.tensors
        if kind is Kind.TENSOR:
            first, second = second, first
        return first or second


NOTHING = Hits()


class Index:
    """The texts of all operators and tensors of a model."""

    def __init__(self, session: Session) -> None:
        self._entries: list[Entry] = []
        for index in range(len(session.model.subgraphs)):
            survey = session.survey(index)
            if survey:
                self._entries += entries(survey)
        self._query, self._last = "", self._entries

    def find(self, query: str) -> Hits:
        """What has every word of a query; nothing for a query without words."""
        query = query.lower()
        words = query.split()
        if not words:
            return NOTHING
        known = self._last if self._query and query.startswith(self._query) else self._entries
        for word in words:
            known = [entry for entry in known if word in entry[1]]
        self._query, self._last = query, known
        places = [place for place, _ in known]
        return Hits(
            tuple(place for place in places if place.kind is Kind.OPERATOR),
            tuple(place for place in places if place.kind is Kind.TENSOR),
        )

    def best(self, query: str, most: int) -> list[Place]:
        """The first of what is found, what begins with the query before what holds it somewhere.

        An operator's text begins with its type, a tensor's with its name.
        """
        self.find(query)
        if not self._query.strip():
            return []
        first = self._query.split()[0]
        ranked = sorted(
            self._last,
            key=lambda entry: (not entry[1].startswith(first), f" {first}" not in entry[1]),
        )
        return [place for place, _ in ranked[:most]]


def entries(survey: Survey) -> list[Entry]:
    """What is searched of one subgraph."""
    part, subgraph = survey.part, survey.part.subgraph.index
    found = [
        (operator_at(subgraph, operator.index), operator_text(operator, survey))
        for operator in part.operators
    ]
    found += [
        (
            tensor_at(subgraph, index),
            f"{tensor.name} {type_text(tensor)} {shape_of(tensor)}".lower()[:LONGEST],
        )
        for index, tensor in part.tensors.items()
    ]
    return found


def operator_text(operator: Operator, survey: Survey) -> str:
    """An operator's type, the name of its layer, the names of its results, its attributes."""
    tensors = survey.part.tensors
    made = [tensors[i] for i in operator.outputs if i in tensors]
    try:
        attributes = options_text(operator.options)
    except ModelError:
        attributes = ""
    words = [operator.name, survey.names.get(operator.index, ""), attributes]
    words += [tensor.name for tensor in made]
    return " ".join(words).lower()[:LONGEST]


def next_hit(hits: tuple[Place, ...], here: Place, step: int) -> int | None:
    """Which hit comes after (`step` 1) or before (-1) a place, around the end; None without any."""
    if not hits:
        return None
    keys = [(place.subgraph, place.index) for place in hits]
    own = (here.subgraph, here.index)
    if here.kind is not hits[0].kind:
        own = (here.subgraph, -1)
    at = bisect_right(keys, own) if step > 0 else bisect_left(keys, own) - 1
    return at % len(hits)
