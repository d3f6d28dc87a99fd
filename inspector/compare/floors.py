"""The noise floor: how far the interpreter is from itself under its own two kernel sets.

An error below it says nothing. It is measured only where an error is beyond tolerance, and so could
be excused by it: the reference kernels take up to a hundred times as long as the optimised ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from inspector.compare.candidate import Unit
from inspector.compare.metrics import Errors, Metrics
from inspector.compare.reference import Arrays, Reference, Trial, Values, picked
from inspector.errors import InspectorError
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator
from inspector.read.schema import TensorType
from inspector.run.probe import Untouched
from inspector.run.regions import Slice, fed
from inspector.run.runtime import Kernels
from inspector.weights.trace import TRANSPARENT

KERNEL_SETS = (Kernels.BUILTIN, Kernels.REFERENCE)


def kernel_sets(reference: Reference, operators: Iterable[Operator]) -> tuple[Kernels, ...]:
    """The kernel sets that show how far some operators may be off.

    Hybrid operators round their activations to 8 bits at run time. The two sets do so alike
    (`kernels/fully_connected.cc`, `conv.cc`: symmetric, unless the options say otherwise), and
    XNNPACK in a way of its own (its `qd8` kernels: with a zero point), which is a hundredth of the
    range away from them. So it counts where there are such operators.
    """
    hybrid = any(is_hybrid(reference.model, reference.graph, o) for o in operators)
    return (*KERNEL_SETS, Kernels.XNNPACK) if hybrid else KERNEL_SETS


def is_hybrid(model: Model, graph: Subgraph, operator: Operator) -> bool:
    """Whether an operator computes floats from floats and quantised weights."""
    inputs = [graph.tensors[i] for i in operator.inputs if i >= 0]
    if operator.name in TRANSPARENT or not inputs or not operator.outputs:
        return False
    weights = any(t.is_quantized and model.is_constant(t) for t in inputs)
    kinds = {inputs[0].dtype, *(graph.tensors[i].dtype for i in operator.outputs[:1] if i >= 0)}
    return weights and kinds == {TensorType.FLOAT32}


def unit_floor(reference: Reference, unit: Unit, trials: Sequence[Trial]) -> Errors:
    """How far the kernel sets are from what the reference gave, fed the same.

    A kernel set that cannot run the unit by itself is left out.
    """
    sets = kernel_sets(reference, [reference.graph.operators[i] for i in unit.operators])
    pairs = [pair for kernels in sets for pair in repeated(reference, unit, trials, kernels)]
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
    region = unit.region(inputs)
    try:
        part = Slice(reference.model, region, replace(reference.runtime, kernels=kernels))
        given = reference.through(part, [picked(trial.fed, inputs) for trial in trials])
    except InspectorError:
        return []
    return [(trial.expected, found) for trial, found in zip(trials, given, strict=True)]


def output_floors(
    reference: Reference, answers: Sequence[Values]
) -> tuple[Errors, dict[Kernels, Errors]]:
    """How far the other kernel sets' outputs are from the reference's, and a candidate's from each.

    End to end, on each sample; `answers` are the candidate's outputs. None of the interpreter's
    kernel sets is more right than another, so it is the nearest that counts.
    """
    ours: dict[int, list[Metrics]] = {}
    theirs: dict[Kernels, Errors] = {}
    for kernels in kernel_sets(reference, reference.graph.operators):
        if kernels is not reference.runtime.kernels:
            outputs = under(reference, kernels)
            for tensor, errors in apart(reference, reference.values, outputs).items():
                ours.setdefault(tensor, []).extend(errors)
            theirs[kernels] = apart(reference, answers, outputs)
    return ours, theirs


def apart(reference: Reference, values: Sequence[Values], outputs: Sequence[Values]) -> Errors:
    """How far values are from the outputs of a kernel set, on each sample."""
    found: dict[int, list[Metrics]] = {}
    for sample, other in zip(values, outputs, strict=False):
        for index in sample.keys() & other.keys():
            error = reference.errors([index], [([other[index]], [sample[index]])])[index]
            found.setdefault(index, []).extend(error)
    return found


def under(reference: Reference, kernels: Kernels) -> list[Values]:
    """The untouched model's outputs on each sample under a kernel set; none if that fails."""
    model, runtime = reference.model, replace(reference.runtime, kernels=kernels)
    try:
        runner = Untouched(model, runtime)
        runs = runner.runs(reference.samples, steps=reference.steps)
        outputs = [runner.outputs() for _ in runs]
    except InspectorError:
        return []
    named = [zip(reference.graph.outputs, found, strict=True) for found in outputs]
    return [{t: value for t, value in pairs if value is not None} for pairs in named]
