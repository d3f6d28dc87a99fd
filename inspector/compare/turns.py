"""What a capture holds of the subgraphs that operators ran, turn by turn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from inspector.run.places import Frame

TURNS = 4
"""Turns of each loop whose values are compared."""
MOST_SAMPLES = 8
"""Of what operators fed a subgraph, all turns and samples together."""
FRAME = re.compile(r"o(\d+)_s(\d+)(?:_i(\d+))?_")
INSIDE = re.compile(
    r"(?:(?P<run>[nt]\d+)_)?(?P<calls>(?:o\d+_s\d+(?:_i\d+)?_)+)(?P<rest>\d+_.*)", re.DOTALL
)
"""The key of an array of a subgraph that an operator ran, see `places.array_key`."""


class Call(NamedTuple):
    """When a subgraph was run: in which run, and by which calls, outermost first."""

    run: str
    calls: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Turns:
    """What a subgraph held, by the keys of a capture of several samples; each sample is a call."""

    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)


def turns_recorded(arrays: Mapping[str, np.ndarray]) -> dict[int, Turns]:
    """The arrays of each subgraph that operators ran.

    A sample is a call, or a turn of it: the first `TURNS` of each loop, `MOST_SAMPLES` in all.
    """
    found: dict[int, Turns] = {}
    for key, array in arrays.items():
        part = INSIDE.fullmatch(key)
        if part is None:
            continue
        call = Call(part["run"] or "", frames(part["calls"]))
        innermost = call.calls[-1]
        if (innermost.iteration or 0) >= TURNS:
            continue
        turns = found.setdefault(innermost.callee, Turns())
        if call not in turns.calls and len(turns.calls) < MOST_SAMPLES:
            turns.calls.append(call)
        if call in turns.calls:
            turns.arrays[f"n{turns.calls.index(call)}_{part['rest']}"] = array
    return found


def frames(text: str) -> tuple[Frame, ...]:
    """The calls that a key names, of which the primary subgraph's comes first."""
    found: list[Frame] = []
    for operator, callee, turn in FRAME.findall(text):
        caller = found[-1].callee if found else 0
        found.append(Frame(caller, int(operator), int(callee), int(turn) if turn else None))
    return tuple(found)
