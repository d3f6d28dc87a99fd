"""The part of a model that is meant by where somebody looks: an operator, a tensor, a group."""

from __future__ import annotations

from inspector.errors import InputError
from inspector.graph import graph_of
from inspector.tui.outline import Group
from inspector.tui.places import Kind, Place
from inspector.tui.session import Session
from inspector.weights.layouts import Layout
from inspector.weights.slots import Slot, slots


def operators_of(session: Session, place: Place) -> tuple[int, int]:
    """The first and the last operator of a place. Raises `InputError` where there is none."""
    if place.kind is Kind.SUBGRAPH:
        count = session.count(place.index, Kind.OPERATOR)
        found = list(range(count))
    else:
        anchor = session.anchor(place)
        found = [] if anchor is None else members(session, anchor)
    if not found:
        raise InputError("there is no operator here; go to one, or to a group of them")
    return min(found), max(found)


def members(session: Session, place: Place) -> list[int]:
    """The operators of a group, or the one that a place is."""
    if place.kind is Kind.OPERATOR:
        return [place.index]
    found: list[int] = []
    waiting: list[Group | int] = [session.outline(place.subgraph).groups[place.index]]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Group):
            waiting += item.items
        else:
            found.append(item)
    return found


def filter_of(session: Session, place: Place) -> str:
    """The `--filter` of `tfli weights` for the weights of a place, in any layout's keys.

    A weight that several layers share has the name of the first of them. Raises `InputError` where
    there are none.
    """
    anchor = session.anchor(place) if place.kind is not Kind.SUBGRAPH else None
    if anchor is None:
        raise InputError("there is no operator here; go to one, or to a group of them")
    chosen = set(members(session, anchor))
    subgraph = session.model.subgraphs[place.subgraph]
    layers: dict[str, None] = {}
    for slot in slots(subgraph, Layout.KERAS, graph_of(subgraph)):
        if isinstance(slot, Slot) and any(use.operator.index in chosen for use in slot.uses):
            layers[slot.key.rpartition("/")[0]] = None
    if not layers:
        raise InputError("no weights here; go to an operator that has some, or to a group")
    named = ",".join(layers)
    return f"{{{named}}}[./]*" if len(layers) > 1 else f"{named}[./]*"
