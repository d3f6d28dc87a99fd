"""What a capture holds of the subgraphs that operators ran, turn by turn."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

TURNS = 4
"""Turns of each loop whose values are compared."""
MOST_SAMPLES = 8
"""Of what operators fed a subgraph, all turns and samples together."""
FRAME = r"o\d+_s(?:\d+)(?:_i\d+)?_"
INSIDE = re.compile(
    rf"((?:[nt]\d+_)?(?:{FRAME})*o\d+_s(?P<subgraph>\d+)(?:_i(?P<turn>\d+))?)_(?P<rest>\d+_.*)",
    re.DOTALL,
)
"""The key of an array of a subgraph that an operator ran, see `places.array_key`."""


def turns_recorded(arrays: Mapping[str, np.ndarray]) -> dict[int, dict[str, np.ndarray]]:
    """The arrays of each subgraph that operators ran, by the keys of a capture of several samples.

    A sample is a call, or a turn of it: the first `TURNS` of each loop, `MOST_SAMPLES` in all.
    """
    found: dict[int, dict[str, np.ndarray]] = {}
    calls: dict[int, dict[str, int]] = {}
    for key, array in arrays.items():
        part = INSIDE.fullmatch(key)
        if part is None or int(part["turn"] or 0) >= TURNS:
            continue
        subgraph = int(part["subgraph"])
        numbers = calls.setdefault(subgraph, {})
        number = numbers.setdefault(part[1], len(numbers))
        if number < MOST_SAMPLES:
            found.setdefault(subgraph, {})[f"n{number}_{part['rest']}"] = array
    return found
