"""Numbers beyond what the candidate's quantisation can hold: they are cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np

from inspector.compare.hints.suspect import Guess, Suspect
from inspector.compare.reference import Arrays, Trial, Values
from inspector.compare.rounding import Range
from inspector.run.grid import stored


def cut_off(suspect: Suspect) -> Iterator[Guess]:
    """The output or the inputs, or both, cut off at the ends of the candidate's ranges."""
    ranges = suspect.rounded.ranges if suspect.rounded else {}
    inputs = {t: ranges[t] for t in suspect.inputs if t in ranges}
    outputs = {t: ranges[t] for t in suspect.unit.outputs if t in ranges}
    for what, fed, made in (("output", {}, outputs), ("input", inputs, outputs)):
        for low, high in dict.fromkeys((fed or made).values()):
            words = f"its {what} looks cut off at {low:.4g} and {high:.4g}, "
            words += "all that the candidate's quantisation holds"
            run = suspect.fed_otherwise(partial(clipped, suspect, fed))
            yield Guess(words, partial(cut, suspect, run, made))


def clipped(suspect: Suspect, ranges: Mapping[int, Range], values: Values) -> Values:
    """Values of tensors, with those that have a range cut off at its ends."""
    found = dict(values)
    for tensor, (low, high) in ranges.items():
        numbers = np.clip(suspect.real(tensor, values[tensor]), low, high)
        found[tensor] = stored(numbers, suspect.graph.tensors[tensor])
    return found


def cut(
    suspect: Suspect,
    run: Callable[[Trial], Arrays],
    ranges: Mapping[int, Range],
    trial: Trial,
) -> Arrays:
    """What a run gives of a trial, cut off too."""
    made = dict(zip(suspect.unit.outputs, run(trial), strict=True))
    return list(clipped(suspect, ranges, made).values())
