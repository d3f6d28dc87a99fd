"""Where in a model somebody looks: an operator, a tensor, a group of operators, a subgraph.

A place has an address, which is short enough to type: `17` is operator 17, `t5` tensor 5, `s2`
subgraph 2; `1:17` and `1:t5` are those of subgraph 1.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from inspector.errors import InputError


class Kind(Enum):
    """What is at a place; the values are what an address has before its index."""

    OPERATOR = ""
    TENSOR = "t"
    GROUP = "g"
    SUBGRAPH = "s"

    __hash__ = object.__hash__  # in C: a search marks 75,000 places at once


class Place(NamedTuple):
    """One thing in a model. A group's index is its own among the groups of the outline."""

    subgraph: int
    kind: Kind
    index: int  # type: ignore[assignment]  # the field wins over tuple.index

    @property
    def address(self) -> str:
        """What `parsed` turns into this place again."""
        if self.kind is Kind.SUBGRAPH:
            return f"s{self.index}"
        return f"{self.subgraph}:{self.kind.value}{self.index}"


ADDRESS = re.compile(r"(?:(\d{1,9}):)?(t?)#?(\d{1,9})|s(\d{1,9})", re.ASCII).fullmatch


def operator_at(subgraph: int, index: int) -> Place:
    """The place of an operator."""
    return Place(subgraph, Kind.OPERATOR, index)


def tensor_at(subgraph: int, index: int) -> Place:
    """The place of a tensor."""
    return Place(subgraph, Kind.TENSOR, index)


def subgraph_at(index: int) -> Place:
    """The place of a whole subgraph."""
    return Place(index, Kind.SUBGRAPH, index)


def parsed(text: str, here: int) -> Place:
    """The place of an address; without a subgraph it is in `here`. Raises `InputError`.

    >>> parsed("1:t5", 0)
    Place(subgraph=1, kind=<Kind.TENSOR: 't'>, index=5)
    """
    found = ADDRESS(text.strip())
    if found is None:
        raise InputError(
            f"{text!r} is no address; 17 is an operator, t5 a tensor, s1 a subgraph, and 1:17 an "
            "operator of subgraph 1"
        )
    subgraph, tensor, index, whole = found.groups()
    if whole:
        return subgraph_at(int(whole))
    return Place(int(subgraph or here), Kind.TENSOR if tensor else Kind.OPERATOR, int(index))
