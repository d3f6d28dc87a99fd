"""Where a captured value was seen: its tensor, and the calls and the run that it was seen in."""

from __future__ import annotations

import re
from typing import NamedTuple

from inspector.read.records import Tensor

LONGEST = 100
"""Characters of a name that a key keeps; the index before it makes the key unique."""


class Frame(NamedTuple):
    """One call: the operator that runs `callee`, and which turn it is where there are several."""

    subgraph: int
    operator: int
    callee: int
    iteration: int | None = None

    def __str__(self) -> str:
        turn = "" if self.iteration is None else f"_i{self.iteration}"
        return f"o{self.operator}_s{self.callee}{turn}"


class Place(NamedTuple):
    """Where and when a value was seen.

    `calls` lead from the subgraph that was run to the one that holds the tensor, outermost first.
    `run` tells several runs apart: `t3` is step 3, `n3` sample 3. `before` is set for the value
    that a variable had when the run began.
    """

    subgraph: int
    tensor: int
    calls: tuple[Frame, ...] = ()
    run: str = ""
    before: bool = False

    @property
    def iteration(self) -> int | None:
        """The turn of the innermost call, where that is a loop's."""
        return self.calls[-1].iteration if self.calls else None


def array_key(tensor: Tensor, place: Place | None = None) -> str:
    """The key of a value in a capture: `<index>_<name>`, without what a path or shell minds.

    What sets the place apart stands before it: `t3_` for step 3 (`n3_` for sample 3),
    `o5_s2_i7_` for iteration 7 of subgraph 2 when operator 5 ran it (one such part for each call
    that led there, outermost first; without `_i7` where it runs once), and `before_` for a variable
    before the run.
    """
    name = re.sub("[^A-Za-z0-9.-]+", "_", tensor.name).strip("._-")
    key = f"{tensor.index}_{name[:LONGEST]}"
    if place is None:
        return key
    parts = [place.run, *map(str, place.calls), "before" if place.before else "", key]
    return "_".join(part for part in parts if part)
