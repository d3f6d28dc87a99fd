"""How far an operator may be off where one side stores its numbers in coarser steps.

The *rounding floor* of a unit is how far the reference's operator is from itself when its numbers
are moved at random by as much as a step, at most. That is twice what rounding to the nearest does,
so that a sound operator stays below it, and a wrong one does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.hints.remake import Part, Parts
from inspector.compare.metrics import Errors, real
from inspector.compare.reference import Arrays, Reference, Trial, picked
from inspector.compare.rounding import Roundings, Step
from inspector.errors import InspectorError
from inspector.run.grid import stored
from inspector.run.regions import fed
from inspector.weights.decode import decode

DRAWS = 4
KERNEL = 1.5
"""Steps that what comes out may be off: half a one by rounding, one by how a kernel computes."""


def rounding_floor(
    reference: Reference, unit: Unit, trials: Sequence[Trial], rounded: Roundings
) -> Errors:
    """How far the unit is from what the reference gave, when its numbers are moved by a step."""
    inputs = fed(reference.model, reference.graph, unit.operators)
    part = Part(reference.model, unit.region(inputs))
    random = np.random.default_rng(unit.operators[-1])
    pairs: list[tuple[Arrays, Arrays]] = []
    for _ in range(DRAWS):
        change = partial(moved_constants, reference, rounded.constants, random)
        run = part.changed(change)().run
        for trial in trials:
            given = zip(inputs, picked(trial.fed, inputs), strict=True)
            found = run([moved(reference, t, v, rounded.inputs, random) for t, v in given])
            made = zip(unit.outputs, found, strict=True)
            moved_too = [moved(reference, t, v, rounded.outputs, random, KERNEL) for t, v in made]
            pairs.append((trial.expected, moved_too))
    return reference.errors(unit.outputs, pairs)


def moved_constants(
    reference: Reference, by: Mapping[int, Step], random: np.random.Generator, parts: Parts
) -> None:
    """Move the stored constants; one that cannot be read, or stored again, stays as it is."""
    for index in by:
        tensor = reference.graph.tensors[index]
        try:
            values = decode(reference.model, tensor)
            parts.replace(index, moved(reference, index, values, by, random))
        except InspectorError:
            continue


def moved(
    reference: Reference,
    index: int,
    values: np.ndarray,
    by: Mapping[int, Step],
    random: np.random.Generator,
    most: float = 1,
) -> np.ndarray:
    """The stored values of a tensor, each moved by up to `most` steps, if it has steps."""
    if index not in by or not values.size:
        return values
    tensor = reference.graph.tensors[index]
    numbers = real(tensor, values)
    far = by[index](numbers) * random.uniform(-most, most, numbers.shape)
    return stored(numbers + far, tensor)
