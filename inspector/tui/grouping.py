"""How operators are put into groups: by the scopes of their layers' names, or by what repeats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from inspector.tui.structure import runs

NUMBERED = re.compile(r"(.*?[a-z]_?\d+)_([a-z].*)").fullmatch
"""`block_5_expand`: what Keras' own networks are named after, where scopes have one word."""

ENOUGH = 0.5
"""The share of operators that scopes must put into groups; fewer, and names say too little."""

Words = tuple[str, ...]


@dataclass(slots=True)
class Branch:
    """A label and what is under it: operators by index, and further branches."""

    label: str
    items: list[Branch | int] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """A word of the scopes: what comes under it, in the order in which it is first met."""

    items: list[str | int] = field(default_factory=list)
    below: dict[str, Node] = field(default_factory=dict)

    def add(self, words: Words, operator: int) -> None:
        """Put an operator under its words."""
        node = self
        for word in words:
            if word not in node.below:
                node.below[word] = Node()
                node.items.append(word)
            node = node.below[word]
        node.items.append(operator)


def by_scope(scopes: Mapping[int, Words], operators: int) -> list[Branch | int] | None:
    """The operators under the words of their scopes; None where those put too few into groups."""
    root = Node()
    for index in range(operators):
        root.add(split(scopes.get(index, ())), index)
    items = branches(root)
    grouped = operators - sum(isinstance(item, int) for item in items)
    return items if grouped and grouped >= ENOUGH * operators else None


def split(scope: Words) -> Words:
    """A scope with its numbered words apart: `block_5_expand` is `block_5`, `expand`."""
    words: list[str] = []
    for word in scope:
        found = NUMBERED(word)
        words += found.groups() if found else [word]
    return tuple(words)


def branches(node: Node) -> list[Branch | int]:
    """What is under a node; a word over one item alone is left out, or joined with the next."""
    items: list[Branch | int] = []
    for item in node.items:
        if isinstance(item, int):
            items.append(item)
            continue
        inner = branches(node.below[item])
        if len(inner) > 1:
            items.append(Branch(item, inner))
        elif isinstance(inner[0], Branch):
            items.append(Branch(f"{item}/{inner[0].label}", inner[0].items))
        else:
            items.append(inner[0])
    return items


def by_structure(names: Sequence[str]) -> list[Branch | int]:
    """The operators, with those blocks put together that repeat, by the operators' names."""
    items: list[Branch | int] = []
    at = 0
    for kind, run in enumerate(runs(names), start=1):
        items += range(at, run.start)
        for turn in range(run.times):
            first = run.start + turn * run.length
            label = f"block {kind}.{turn + 1}"
            items.append(Branch(label, list(range(first, first + run.length))))
        at = run.end
    return [*items, *range(at, len(names))]
