"""The first cause that explains an operator, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.hints import (
    activation,
    channels,
    inputs,
    kernel,
    layout,
    options,
    padding,
    saturation,
    scaling,
)
from inspector.compare.hints.suspect import Cause, Guess, Suspect
from inspector.compare.metrics import Errors
from inspector.compare.reference import Reference, Trial
from inspector.compare.rounding import Roundings
from inspector.errors import InspectorError
from inspector.macs import macs

CAUSES: tuple[Cause, ...] = (
    saturation.cut_off,
    activation.fused,
    activation.function,
    kernel.missing_bias,
    kernel.usually_transposed,
    layout.output_order,
    inputs.swapped,
    inputs.channels_reversed,
    inputs.flattened_otherwise,
    padding.swapped,
    padding.other_end,
    padding.explicit_swapped,
    options.resize,
    options.approximate,
    scaling.stored_scale,
    scaling.output_scaled,
    scaling.input_scaled,
    scaling.input_normalised,
    scaling.output_normalised,
    kernel.flipped,
    kernel.transposed,
    channels.one_channel,
    channels.other_bias,
)
"""In this order: the narrower explanation before one that would take it in."""

MOST_WORK = 4_000_000_000
"""Multiply-accumulates that are spent on one operator: some seconds."""
FEWEST = 8
"""Guesses for which even the largest operator is run again."""


def suggest(
    reference: Reference,
    unit: Unit,
    trials: Sequence[Trial],
    floor: Errors,
    rounded: Roundings | None = None,
) -> str:
    """What looks wrong with a unit that differs on some of `trials`; empty where nothing fits.

    What is left unexplained may be as large as the `floor` of the unit; `rounded` tells how the
    candidate stores its numbers otherwise. Of a large operator only the first causes are tried.
    """
    suspect = Suspect(reference, unit, trials, floor, rounded)
    if not suspect.trials:
        return ""
    with np.errstate(all="ignore"):  # a wrong guess may well overflow
        return first(suspect, work(reference, unit) * len(suspect.trials))


def first(suspect: Suspect, work: int) -> str:
    """The first guess that explains what was found; `work` is what a guess costs."""
    tries = max(FEWEST, MOST_WORK // max(1, work))
    for guess in chain.from_iterable(guessed(suspect, cause) for cause in CAUSES):
        tries -= guess.is_rerun
        if (tries >= 0 or not guess.is_rerun) and suspect.is_explained_by(guess):
            return guess.words
    return ""


def guessed(suspect: Suspect, cause: Cause) -> Iterator[Guess]:
    """The guesses of a cause; fewer where it cannot be cut out, or nothing be fitted."""
    with suppress(InspectorError, ValueError):
        yield from cause(suspect)


def work(reference: Reference, unit: Unit) -> int:
    """The multiply-accumulates of a unit."""
    records = [reference.graph.operators[i] for i in unit.operators]
    tensors = {
        t: reference.graph.tensors[t] for o in records for t in (*o.inputs, *o.outputs) if t >= 0
    }
    return sum(macs(record, tensors) or 0 for record in records)
