"""Searching a model as one types: operators and tensors by type, name, shape and attributes.

Every word of the query must stand somewhere in what is known of a thing; case does not count, and
`1x8x8` and `1,8,8` are `1×8×8` too. The index is a list of texts, made once; a query that goes on
from the last one looks at its hits only.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from inspector.errors import ModelError
from inspector.report.text import counted
from inspector.report.words import option_texts, shape_of, type_text
from inspector.tui.places import Kind, Place, operator_at, tensor_at
from inspector.tui.session import Session
from inspector.tui.survey import Survey

IN_SHAPE = re.compile(r"(?<=[0-9?])[x,](?=[0-9?]|$)")
"""What people type between the lengths of a shape."""

LONGEST = 4000
"""Characters of a thing's text that are searched."""


class Entry(NamedTuple):
    """An operator or tensor: all that is searched of it, and of that its type and attributes."""

    place: Place
    text: str
    type: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, operators and tensors each in their order in the file.

    `types` and `attributes` are how many different ones of these were found for what they are.
    """

    operators: tuple[Place, ...] = ()
    tensors: tuple[Place, ...] = ()
    types: int = 0
    attributes: int = 0

    def __str__(self) -> str:
        places = ((len(self.operators), "operator"), (len(self.tensors), "tensor"))
        words = ((self.types, "type"), (self.attributes, "attribute"))
        parts = [", ".join(counted(count, what) for count, what in places)]
        parts += [", ".join(counted(count, what) for count, what in words if count)]
        return " · ".join(filter(None, parts))

    def of(self, kind: Kind) -> tuple[Place, ...]:
        """The hits that somebody steps through: of that kind if there are any, else the others."""
        first, second = self.operators, self.tensors
        if kind is Kind.TENSOR:
            first, second = second, first
        return first or second


NOTHING = Hits()


class Known(NamedTuple):
    """What is searched."""

    operators: list[Entry]
    tensors: list[Entry]


class Index:
    """The texts of all operators and tensors of a model."""

    def __init__(self, session: Session) -> None:
        self._entries = Known([], [])
        for index in range(len(session.model.subgraphs)):
            survey = session.survey(index)
            if survey:
                self._entries.operators.extend(operator_entries(survey))
                self._entries.tensors.extend(tensor_entries(survey))
        self._query, self._last = "", self._entries

    def find(self, query: str) -> Hits:
        """What has every word of a query; nothing for a query without words."""
        query = query.lower()
        words = query.split()
        if not words:
            return NOTHING
        known = self._last if self._query and query.startswith(self._query) else self._entries
        for word in words:
            known = Known(*(with_word(kind, word) for kind in known))
        self._query, self._last = query, known
        attributes = {operator.attributes for operator in known.operators}
        return Hits(
            tuple([each.place for each in known.operators]),
            tuple([each.place for each in known.tensors]),
            having({each.type for kind in known for each in kind}, words),
            having({text for texts in attributes for text in texts}, words),
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
            chain(*self._last),
            key=lambda entry: (not entry.text.startswith(first), f" {first}" not in entry.text),
        )
        return [entry.place for entry in ranked[:most]]


def with_word(entries: list[Entry], word: str) -> list[Entry]:
    """Those that have a word, as it is typed or as a shape."""
    shape = IN_SHAPE.sub("×", word)
    if shape == word:
        return [each for each in entries if word in each.text]
    return [each for each in entries if word in each.text or shape in each.text]


def having(texts: Iterable[str], words: Sequence[str]) -> int:
    """How many of some texts have one of the words in them."""
    return sum(any(word in text for word in words) for text in texts)


def operator_entries(survey: Survey) -> Iterator[Entry]:
    """Of each operator its type and attributes, the names of its layer and its results, shapes."""
    tensors = survey.part.tensors
    for operator in survey.part.operators:
        made = [tensors[i] for i in operator.outputs if i in tensors]
        try:
            attributes = tuple(text.lower() for text in option_texts(operator.options))
        except ModelError:
            attributes = ()
        words = [operator.name, survey.names.get(operator.index, ""), *attributes]
        words += [f"{tensor.name} {shape_of(tensor)}" for tensor in made]
        text = " ".join(words).lower()[:LONGEST]
        place = operator_at(operator.subgraph, operator.index)
        yield Entry(place, text, operator.name.lower(), attributes)


def tensor_entries(survey: Survey) -> Iterator[Entry]:
    """Of each tensor its name, type and shape."""
    subgraph = survey.part.subgraph.index
    for index, tensor in survey.part.tensors.items():
        stored = type_text(tensor).lower()
        text = f"{tensor.name} {stored} {shape_of(tensor)}".lower()
        yield Entry(tensor_at(subgraph, index), text[:LONGEST], stored)


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
