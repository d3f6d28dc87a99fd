"""The noise floor: how far the interpreter is from itself under its own two kernel sets.

An error below it says nothing. It is measured only where an error is beyond tolerance, and so could
be excused by it: the reference kernels take up to a hundred times as long as the optimised ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspector.compare.candidate import Unit
from inspector.compare.metrics import Errors, Metrics
from inspector.compare.reference import Arrays, Reference, Trial, Values, picked
from inspector.errors import InspectorError
from inspector.run.probe import untouched
from inspector.run.regions import Region, Slice, fed
from inspector.run.runtime import Kernels, Runtime

KERNEL_SETS = (Kernels.BUILTIN, Kernels.REFERENCE)


def unit_floor(reference: Reference, unit: Unit, trials: Sequence[Trial]) -> Errors:
    """How far both kernel sets are from what the reference gave, fed the same.

    A kernel set that cannot run the unit by itself is left out.
    """
    pairs = [pair for kernels in KERNEL_SETS for pair in repeated(reference, unit, trials, kernels)]
    return reference.errors(unit.outputs, pairs)


def own_floor(reference: Reference, unit: Unit, trials: Sequence[Trial]) -> Errors:
    """How far the reference's own kernels are from what they gave, when the unit runs by itself.

    Nothing, unless an operator is random, keeps state, or depends on where its inputs lie.
    """
    pairs = repeated(reference, unit, trials, reference.runtime.kernels)
    return reference.errors(unit.outputs, pairs)


def repeated(
    reference: Reference, unit: Unit, trials: Sequence[Trial], kernels: Kernels
) -> list[tuple[Arrays, Arrays]]:
    """What the reference gave and what the unit gives under a kernel set; empty if that fails."""
    inputs = fed(reference.model, reference.graph, unit.operators)
    region = Region(unit.operators, inputs, unit.outputs)
    try:
        part = Slice(reference.model, region, Runtime(kernels, reference.runtime.threads))
        return [(trial.expected, part.run(picked(trial.fed, inputs))) for trial in trials]
    except InspectorError:
        return []


def output_floors(reference: Reference, answers: Sequence[Values]) -> tuple[Errors, Errors]:
    """How far the other kernel set's outputs are from the reference's, and from a candidate's.

    End to end, on each sample; `answers` are the candidate's outputs. Neither of the interpreter's
    kernel sets is more right than the other, so it is the nearer of the two that counts.
    """
    ours: dict[int, list[Metrics]] = {}
    theirs: dict[int, list[Metrics]] = {}
    for kernels in KERNEL_SETS:
        if kernels is not reference.runtime.kernels:
            outputs = under(reference, kernels)
            for found, values in ((ours, reference.values), (theirs, answers)):
                for sample, other in zip(values, outputs, strict=False):
                    for index in sample.keys() & other.keys():
                        pair = ([other[index]], [sample[index]])
                        error = reference.errors([index], [pair])[index]
                        found.setdefault(index, []).extend(error)
    return ours, theirs


def under(reference: Reference, kernels: Kernels) -> list[Values]:
    """The untouched model's outputs on each sample under a kernel set; none if that fails."""
    model, runtime = reference.model, Runtime(kernels, reference.runtime.threads)
    try:
        outputs = [untouched(model, sample, runtime) for sample in reference.samples]
    except InspectorError:
        return []
    named = [zip(reference.graph.outputs, found, strict=True) for found in outputs]
    return [{t: value for t, value in pairs if value is not None} for pairs in named]
