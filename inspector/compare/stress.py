"""Operators that differ in what they are, where the samples do not show it.

A wrong weight of a unit that is silent on all samples changes nothing that was captured, nor does
an activation that they do not reach. Where both sides do the same operations with other constants,
options or inputs, and nothing came of it, they are fed random numbers as well, drawn from the
ranges that the samples had.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from ml_dtypes import iinfo

from inspector.compare.candidate import Unit
from inspector.compare.reference import Reference, Trial
from inspector.compare.tflite import TfliteCandidate
from inspector.read.model import Model, Subgraph
from inspector.run.regions import Slice, fed

DRAWS = 16
CALLING = frozenset({"CALL", "CALL_ONCE", "IF", "WHILE", "STABLEHLO_CASE", "STABLEHLO_WHILE"})
"""Operators that run other subgraphs, perhaps without end."""


def is_suspect(reference: Reference, unit: Unit, candidate: TfliteCandidate) -> bool:
    """Whether both sides do the same operations, and with other constants, options or inputs."""
    region = candidate.regions[unit]
    names = {reference.graph.operators[i].name for i in unit.operators}
    if unit.runtime is None or names & CALLING:
        return False
    if any(map(is_other, *operators(reference, unit, candidate))):
        return True
    ours = constants(reference.model, reference.graph, unit.operators)
    theirs = constants(candidate.other, candidate.theirs, region.operators)
    return len(ours) != len(theirs) or not all(map(np.array_equal, ours, theirs))


Call: TypeAlias = tuple[dict[str, object], list[int | None]]
"""The options of an operator, and which of the reference's tensors each of its inputs is."""


def operators(
    reference: Reference, unit: Unit, candidate: TfliteCandidate
) -> tuple[list[Call], list[Call]]:
    """The operators of both sides; an input that is no tensor of the reference's is None."""
    known, back = candidate.pairs.keys(), candidate.back
    ours = [reference.graph.operators[i] for i in unit.operators]
    theirs = [candidate.theirs.operators[i] for i in candidate.regions[unit].operators]
    return (
        [(dict(o.options), [t if t in known else None for t in o.inputs]) for o in ours],
        [(dict(o.options), [back.get(t) for t in o.inputs]) for o in theirs],
    )


def is_other(one: Call, other: Call) -> bool:
    """Whether the options of two operators differ, or what they are fed, as far as it is known."""
    return one[0] != other[0] or (
        one[1] != other[1] and sorted(map(str, one[1])) == sorted(map(str, other[1]))
    )


def constants(model: Model, subgraph: Subgraph, operators: tuple[int, ...]) -> list[np.ndarray]:
    """The stored bytes of the constants that operators read, in order."""
    read = [subgraph.tensors[t] for i in operators for t in subgraph.operators[i].inputs if t >= 0]
    return [np.frombuffer(model.buffer_bytes(t.buffer), np.uint8) for t in read if t.buffer]


def stressed(reference: Reference, unit: Unit, candidate: TfliteCandidate) -> list[Trial]:
    """Both sides on random feeds. Raises `RunError` as `Slice` does."""
    inputs = fed(reference.model, reference.graph, unit.operators)
    part = Slice(reference.model, unit.region(inputs), reference.runtime)
    random = np.random.default_rng(unit.operators[-1])
    trials = []
    for _ in range(DRAWS):
        feeds = {t: drawn(reference, t, random) for t in dict.fromkeys((*inputs, *unit.inputs))}
        expected = part.run([feeds[tensor] for tensor in inputs])
        found = candidate.isolated(unit, [feeds[tensor] for tensor in unit.inputs])
        trials.append(Trial(feeds, expected, found))
    return trials


def drawn(reference: Reference, index: int, random: np.random.Generator) -> np.ndarray:
    """A random value of a tensor, in the range that it had on the samples.

    Shapes, indices, booleans and strings stay what they were on the first one: others may not do.
    """
    tensor, values = reference.graph.tensors[index], [found[index] for found in reference.values]
    first = values[0]
    if not first.size or not (tensor.is_quantized or first.dtype.kind == "f"):
        return first
    low, high = min(map(np.min, values)), max(map(np.max, values))
    if tensor.is_quantized:
        if low == high:  # which says nothing of the range
            low, high = iinfo(first.dtype).min, iinfo(first.dtype).max
        return random.integers(low, high, first.shape, first.dtype, endpoint=True)
    if not np.isfinite([low, high]).all():
        return first
    spread = float(high - low) or 1.0
    return random.uniform(low, low + spread, first.shape).astype(first.dtype)
