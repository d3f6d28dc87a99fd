"""Whether a recurrent layer computes what the operators compute that it is to stand for.

How a layer was recognised is not asked here: the interpreter runs the operators on random
sequences, and NumPy the layer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inspector.compare.tolerance import FLOAT32
from inspector.errors import InspectorError
from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.run.regions import Slice, region_of
from inspector.run.runtime import Runtime, kernels_for
from inspector.weights.cells.algebra import Algebra
from inspector.weights.cells.layer import Layer, Role
from inspector.weights.decode import real
from inspector.weights.gather import gather
from inspector.weights.layouts import Layout, gathered
from rebuild.lift.steps import Step

OPEN = 3
"""What stands for a size that the file leaves open: more than one, and no other size's multiple."""
SIZES = (1.0, 0.1)
"""How large the random numbers are: gates that are all open or closed would not tell much."""

Arrays = Mapping[int, np.ndarray]


def is_proved(model: Model, layer: Layer) -> bool:
    """Whether a layer of the model's first subgraph gives what its operators give.

    Both are compared as an operator's two implementations are: within 1e-5 of the range, since both
    add the same float32 products in another order, and a wrong gate is off by a tenth and more.
    """
    try:
        return all(agree(*pair) for pair in both(model, layer))
    except InspectorError:  # the operators cannot be run by themselves
        return False


def both(model: Model, layer: Layer) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each output of the operators, and of the layer, on random sequences and states."""
    algebra = Algebra(model.subgraphs[layer.subgraph])
    fed = [t for t in (layer.sequence, *layer.initial) if not algebra.is_constant(t)]
    outputs = [tensor for tensor, _ in layer.outputs]
    region = region_of(algebra.subgraph, algebra.graph, outputs, fed)
    part = Slice(model, region, Runtime(kernels_for(model)))
    step, random, found = step_of(model, layer), np.random.default_rng(0), []
    for size in SIZES:
        feeds = {t: drawn(random, algebra, t, size) for t in fed}
        theirs = part.run([feeds[tensor] for tensor in region.inputs])
        ours = outcome(step, layer, {**feeds, **stored(algebra, layer)})
        roles = [role for _, role in layer.outputs]
        found += [(each, ours[role]) for each, role in zip(theirs, roles, strict=True)]
    return found


def step_of(model: Model, layer: Layer) -> Step:
    """The layer's step, in float64, with its weights as Keras has them."""
    part = model.subgraphs[layer.part]
    graph, found = graph_of(part), [np.zeros(1)] * 3
    for place, (rule, parts) in enumerate(gathered(part, layer.cell, Layout.KERAS)):
        values = [np.asarray(real(model, part, each.tensor, graph)) for each in parts]
        found[place] = gather(rule, values.__getitem__).astype(np.float64)
    return Step(layer.cell, *found)


def drawn(random: np.random.Generator, algebra: Algebra, tensor: int, size: float) -> np.ndarray:
    """Random numbers for a tensor, in its shape."""
    record = algebra.subgraph.tensors[tensor]
    sizes = record.shape_signature or record.shape
    shape = [OPEN if each < 0 else each for each in sizes]
    return (size * random.standard_normal(shape)).astype(np.float32)


def stored(algebra: Algebra, layer: Layer) -> Arrays:
    """The initial states that the file holds."""
    graph, model = algebra.subgraph, algebra.subgraph.model
    found = {t: real(model, graph, t, algebra.graph) for t in layer.initial}
    return {tensor: value for tensor, value in found.items() if value is not None}


def outcome(step: Step, layer: Layer, values: Arrays) -> dict[Role, np.ndarray]:
    """What the layer gives: from the sequences and states in the tensors that it takes."""
    x = values[layer.sequence]
    x = x.swapaxes(0, 1) if layer.time_major else x
    x = x[:, ::-1] if layer.backwards else x
    zeros = np.zeros((x.shape[0], layer.cell.units))
    states = [values[tensor] for tensor in layer.initial] or [zeros] * len(layer.cell.states)
    outputs, last = step.run(x, states)
    found = dict(zip((Role.LAST, Role.CELL), last, strict=False))
    return found | {Role.SEQUENCES: outputs, Role.TIME_MAJOR: outputs.swapaxes(0, 1)}


def agree(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two outputs are the same but for rounding."""
    if one.shape != other.shape or not np.isfinite(one).all():
        return False
    assert FLOAT32.max_rel_range is not None
    extent = max(np.ptp(one), np.ptp(other), np.finfo(np.float32).tiny)
    return bool(np.abs(one - other).max(initial=0) <= FLOAT32.max_rel_range * extent)
