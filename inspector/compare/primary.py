"""One subgraph compared: every operator fed the same on both sides, then both end to end.

The isolated pass gives the verdicts: what comes out of an operator has in it no error of an
earlier one. The noise floor is how far the reference's operator, cut out and run under the
interpreter's own two kernel sets, is from what it gave. The accumulated pass tells where errors go
from there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from inspector.compare import tolerance
from inspector.compare.candidate import Bounded, Candidate, Folding, Settling
from inspector.compare.choices import chosen_otherwise
from inspector.compare.conclusions import (
    Allowed,
    decide,
    has_integers,
    is_doubtful,
    operator_results,
    output_results,
)
from inspector.compare.evidence import end_to_end, gather
from inspector.compare.floors import is_hybrid, output_floors
from inspector.compare.heads import agreements
from inspector.compare.metrics import Errors
from inspector.compare.recording import Recording
from inspector.compare.reference import Reference, Values
from inspector.compare.result import Comparison
from inspector.compare.rounding import Rounded
from inspector.errors import InputError, InspectorError
from inspector.read.model import Model
from inspector.run.runtime import Runtime

ROUNDED = "numbers come before it that only one side rounds"
HYBRID = "the interpreter rounds numbers before it to 8 bits while it runs"


def compare_primary(
    model: Model,
    candidate: Candidate | Recording,
    samples: Sequence[Sequence[np.ndarray]],
    runtime: Runtime,
    after_unit: Callable[[], object],
) -> Comparison:
    """As `passes.compare`, without the subgraphs that are not the primary one."""
    steps = isinstance(candidate, Recording) and candidate.steps
    reference = Reference(model, samples, runtime, steps=steps)
    accumulated: Errors = {}
    answers: list[Values] = []
    failure = ""
    try:
        if isinstance(candidate, Settling):
            candidate.settle(reference.samples[0], reference.values[0])
        accumulated, answers = end_to_end(reference, candidate)
    except InputError:
        raise
    except InspectorError as error:
        failure = str(error)
    evidence = gather(reference, candidate, after_unit)
    through = candidate.folded if isinstance(candidate, Folding) else {}
    operators = operator_results(
        reference.graph, evidence, candidate.unmatched, accumulated, through
    )
    allowed, doubts = rules(reference, candidate, accumulated)
    doubtful = is_doubtful(reference.graph, accumulated, allowed)
    doubtful |= bool(answers) and computes(candidate) and has_integers(reference.graph)
    floor, elsewhere = output_floors(reference, answers) if doubtful else ({}, {})
    tops = agreements(reference, answers)
    outputs = output_results(reference.graph, accumulated, floor, elsewhere, tops, doubts, allowed)
    return Comparison(
        model.path,
        candidate.name,
        decide(operators, outputs),
        operators,
        outputs,
        reference.runtime,
        len(samples),
        failure,
    )


def computes(candidate: Candidate | Recording) -> bool:
    """Whether a candidate computes by itself, not by the interpreter's kernels.

    Then it is told how near it comes to each kernel set, even where it equals one of them.
    """
    return not isinstance(candidate, Recording) and not any(u.runtime for u in candidate.units)


def rules(
    reference: Reference, candidate: Candidate | Recording, accumulated: Errors
) -> tuple[Allowed, dict[int, str]]:
    """What outputs may be off, and behind which tensors, for which reason, that decides nothing.

    Where a candidate rounds otherwise than the reference does, its outputs are as far off as that
    takes them; unless it says how far that may be. Then what a choice has put elsewhere is left
    out, and what the reference's own kernels round.
    """
    if not isinstance(candidate, Bounded):
        return tolerance.end_to_end, dict.fromkeys(coarse(candidate), ROUNDED)
    graph, floats = reference.graph, candidate.end_to_end
    hybrid = [o for o in graph.operators if is_hybrid(reference.model, graph, o)]
    doubts = dict.fromkeys((t for o in hybrid for t in o.outputs), HYBRID)
    doubts |= chosen_otherwise(graph, accumulated, floats)
    return partial(tolerance.end_to_end, floats=floats), doubts


def coarse(candidate: Candidate | Recording) -> set[int]:
    """The tensors of the reference that are computed from numbers in other steps than its own."""
    if not isinstance(candidate, Rounded):
        return set()
    return {t for unit in candidate.units if candidate.roundings(unit) for t in unit.outputs}
