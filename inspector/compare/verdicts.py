"""From errors to verdicts: which operator is to blame, and whether two models agree."""

from __future__ import annotations

import enum
from collections.abc import Callable

from inspector.compare.evidence import Errors, Evidence
from inspector.compare.metrics import quality, worst
from inspector.compare.tolerance import Tolerance, excess, isolated, same_kernel
from inspector.read.model import Subgraph
from inspector.read.records import Tensor
from inspector.run.runtime import Runtime

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
    """Computed together with a later operator, and checked through it."""


class Outcome(str, enum.Enum):
    """What two models were found to be."""

    MATCH = "match"
    """Nothing is a SOURCE or UNKNOWN, and no output that decides is beyond its tolerance."""
    MISMATCH = "mismatch"
    """Something is a SOURCE, or an output that decides is beyond its tolerance."""
    INCOMPARABLE = "incomparable"
    """No mismatch was found, but an operator is UNKNOWN or an output has no value."""


def verdict(graph: Subgraph, found: Evidence, accumulated: Errors, runtime: Runtime) -> Verdict:
    """The verdict on a unit of a reference that was run by `runtime`.

    Accumulated errors within the isolated tolerance, or within the unit's own noise floor, are no
    reason to look upstream. Inputs whose accumulated error is not known are left out; where none
    is known, an error that has come is taken to be carried.
    """
    if found.unknown:
        return Verdict.UNKNOWN
    if is_source(graph, found, runtime):
        return Verdict.SOURCE
    outputs = {t: accumulated[t] for t in found.unit.outputs if t in accumulated}
    if not beyond(graph, outputs, found.floor, isolated):
        return Verdict.OK
    inputs = [quality(worst(accumulated[t])) for t in found.unit.inputs if t in accumulated]
    output = min(quality(worst(errors)) for errors in outputs.values())
    if inputs and output <= min(inputs) - AMPLIFIED:
        return Verdict.AMPLIFIER
    return Verdict.CARRIER


def is_source(graph: Subgraph, found: Evidence, runtime: Runtime) -> bool:
    """Whether a unit gives something else than the reference, fed the same.

    Where the same kernel computed both, what other kernels would have given is no excuse.
    """
    if found.unit.runtime == runtime:
        return bool(beyond(graph, found.isolated, found.repeated, same_kernel))
    return bool(beyond(graph, found.isolated, found.floor, isolated))


def beyond(
    graph: Subgraph, errors: Errors, floor: Errors, tolerance: Callable[[Tensor], Tolerance]
) -> list[str]:
    """The figures that are beyond tolerance and floor, on the worst sample of any tensor."""
    names: dict[str, None] = {}
    for tensor, found in errors.items():
        allowed = tolerance(graph.tensors[tensor])
        names |= dict.fromkeys(excess(worst(found), allowed, worst(floor.get(tensor, ()))))
    return list(names)
