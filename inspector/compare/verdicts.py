"""From errors to verdicts: which operator is to blame, and whether two models agree."""

from __future__ import annotations

import enum

from inspector.compare.evidence import Evidence
from inspector.compare.metrics import Errors, quality, worst
from inspector.compare.tolerance import beyond, isolated
from inspector.read.model import Subgraph

AMPLIFIED = 6.0
"""dB below its worst input that make an output amplified: the error has doubled."""


class Verdict(str, enum.Enum):
    """What an operator was found to be."""

    SOURCE = "SOURCE"
    """Fed the same, it gives something else: its isolated error is beyond tolerance and floor."""
    UNKNOWN = "UNKNOWN"
    """It has no match, or could not be run; never a pass."""
    AMPLIFIER = "AMPLIFIER"
    """Right by itself, but its accumulated output is 6 dB or more below its worst input."""
    CARRIER = "CARRIER"
    """Right by itself, its accumulated output beyond tolerance as its inputs already were."""
    OK = "OK"
    """Right by itself, and so is its accumulated output, if that is known."""
    FOLDED = "FOLDED"
    """Computed together with a later operator, and checked through it; or computed for nobody."""


class Outcome(str, enum.Enum):
    """What two models were found to be."""

    MATCH = "match"
    """Nothing is a SOURCE or UNKNOWN, and no output that decides is beyond its tolerance."""
    MISMATCH = "mismatch"
    """Something is a SOURCE, or an output that decides is beyond its tolerance."""
    INCOMPARABLE = "incomparable"
    """No mismatch was found, but an operator is UNKNOWN or an output has no value."""


def verdict(graph: Subgraph, found: Evidence, accumulated: Errors) -> Verdict:
    """The verdict on a unit.

    Accumulated errors within the isolated tolerance, or within the unit's own noise floor, are no
    reason to look upstream. Inputs whose accumulated error is not known are left out; where none
    is known, an error that has come is taken to be carried.
    """
    if found.unknown:
        return Verdict.UNKNOWN
    if found.beyond:
        return Verdict.SOURCE
    outputs = {t: accumulated[t] for t in found.unit.outputs if t in accumulated}
    if not beyond(graph, outputs, found.floor, isolated):
        return Verdict.OK
    inputs = [quality(worst(accumulated[t])) for t in found.unit.inputs if t in accumulated]
    output = min(quality(worst(errors)) for errors in outputs.values())
    if inputs and output <= min(inputs) - AMPLIFIED:
        return Verdict.AMPLIFIER
    return Verdict.CARRIER
