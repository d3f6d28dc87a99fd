"""The comparison itself: of the primary subgraph, and of all others that can be run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from inspector.compare.candidate import Candidate, Nesting, Unit
from inspector.compare.primary import compare_primary
from inspector.compare.recording import Recording
from inspector.compare.result import Comparison
from inspector.compare.subgraphs import with_others
from inspector.compare.tflite import TfliteCandidate
from inspector.errors import InputError
from inspector.read.model import Model
from inspector.run.runtime import Runtime

__all__ = ["Candidate", "Unit", "compare"]

DEFAULT = Runtime()


def nothing() -> None:
    """What is done after a unit, unless told otherwise."""


def compare(
    model: Model,
    candidate: Candidate | Recording,
    samples: Sequence[Sequence[np.ndarray]],
    runtime: Runtime = DEFAULT,
    after_unit: Callable[[], object] = nothing,
) -> Comparison:
    """Compare a candidate with `model` on `samples`, operator by operator.

    A sample is an array for each input of the primary subgraph, in its order. Where the candidate
    has something of other subgraphs, too, these are compared as well (`subgraphs.with_others`).
    `runtime` is the reference's. `after_unit` is called when a unit has been checked, so that
    progress can be shown. What the candidate cannot do becomes UNKNOWN; raises `RunError` where the
    reference itself cannot run and `InputError` where a sample does not fit or there is none.
    """
    if not samples:
        raise InputError("there is no sample to compare on; give one or more")
    found = compare_primary(model, candidate, samples, runtime, after_unit)
    if isinstance(candidate, TfliteCandidate | Recording | Nesting):
        return with_others(found, candidate, samples, runtime, after_unit)
    return found
