"""Where one side stores its numbers in fewer bits than the other, and in which steps.

A float model and its quantised version round differently: weights, and what goes in and comes out.
Weights that differ by more than a step are not rounded, but others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from ml_dtypes import iinfo

from inspector.compare.candidate import Unit
from inspector.compare.floors import is_hybrid
from inspector.compare.metrics import real
from inspector.compare.tolerance import SMALLEST_HALF
from inspector.errors import InspectorError
from inspector.graph import Graph
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.grid import steps
from inspector.weights.decode import decode
from inspector.weights.trace import TRANSPARENT, way_back

Step: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""For the real numbers of a tensor, how far each is from the next one that can be stored."""

Range: TypeAlias = tuple[float, float]

HALF = 2.0**-10
"""The step of a float16, as a share of the number."""
HYBRID = 127
"""Steps from zero to the largest activation, where these are rounded at run time."""


@dataclass(frozen=True, slots=True)
class Roundings:
    """The steps in which a unit's numbers are coarser on one side, by tensor of the reference.

    `ranges` are the least and the largest number that the candidate can hold of an input or output.
    """

    inputs: Mapping[int, Step] = field(default_factory=dict)
    outputs: Mapping[int, Step] = field(default_factory=dict)
    constants: Mapping[int, Step] = field(default_factory=dict)
    ranges: Mapping[int, Range] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.inputs or self.outputs or self.constants)

    @property
    def halves(self) -> frozenset[int]:
        """The outputs that one side holds in float16."""
        return frozenset(t for t, step in self.outputs.items() if step is relative)


@runtime_checkable
class Rounded(Protocol):
    """A candidate that may store numbers in other steps than the reference does."""

    def roundings(self, unit: Unit) -> Roundings:
        """Those of a unit."""


class Side:
    """One of two models that are compared, with the operators of it that a unit stands for."""

    def __init__(
        self, model: Model, graph: Subgraph, edges: Graph, operators: Sequence[int]
    ) -> None:
        self.model, self.graph, self.edges = model, graph, edges
        every = [graph.operators[i] for i in operators]
        self.operators = [o for o in every if o.name not in TRANSPARENT]

    def constants(self) -> Iterator[tuple[tuple[int, str, int], Tensor]]:
        """What is stored of each operand, by the operator's place and name and the operand."""
        for place, operator in enumerate(self.operators):
            for operand, index in enumerate(operator.inputs):
                if index >= 0:
                    tensor = self.graph.tensors[way_back(self.graph, index, self.edges)[-1]]
                    if self.model.is_constant(tensor):
                        yield (place, operator.name, operand), tensor

    def hybrid_inputs(self) -> set[int]:
        """The tensors that are rounded at run time."""
        hybrid = [o for o in self.operators if is_hybrid(self.model, self.graph, o)]
        return {operator.inputs[0] for operator in hybrid}


def roundings(ours: Side, theirs: Side, pairs: Mapping[int, int], unit: Unit) -> Roundings:
    """Where two sides of a unit store the same in other steps; `pairs` are the tensors by ours."""
    dynamically = ours.hybrid_inputs(), theirs.hybrid_inputs()
    both = {t: (ours.graph.tensors[t], theirs.graph.tensors[other]) for t, other in pairs.items()}
    other = {t: step for t, sides in both.items() if (step := coarser(*sides))}
    into = {
        t: other.get(t)
        or (dynamic if (t in dynamically[0]) != (pairs[t] in dynamically[1]) else None)
        for t in unit.inputs
    }
    held = dict(theirs.constants())
    both_held = [(t, held[place]) for place, t in ours.constants() if place in held]
    kernels = {
        one.index: step for one, other in both_held if (step := rounded(ours, one, theirs, other))
    }
    return Roundings(
        {t: step for t, step in into.items() if step},
        {t: other[t] for t in unit.outputs if t in other},
        kernels,
        {t: held_range(both[t][1]) for t in other if both[t][1].is_quantized},
    )


def rounded(ours: Side, one: Tensor, theirs: Side, other: Tensor) -> Step | None:
    """The coarser of the steps of two constants that are the same but for rounding, else None."""
    step = coarser(one, other) or coarser(other, one)
    if step is None or one.elements != other.elements:
        return None
    try:
        mine, yours = (
            real(tensor, decode(side.model, tensor)).reshape(one.shape)
            for side, tensor in ((ours, one), (theirs, other))
        )
        far = step(mine) + SMALLEST_HALF
    except InspectorError:  # it cannot be read
        return None
    return step if bool((np.abs(mine - yours) <= far).all()) else None


def held_range(tensor: Tensor) -> Range:
    """The least and the largest number that a quantised tensor can hold. Raises as `steps`."""
    limits = iinfo(numpy_dtype(tensor.dtype))
    scale, zero_point = steps(tensor, tensor.shape)
    ends = [(float(limit) - zero_point) * scale for limit in (limits.min, limits.max)]
    return float(np.min(ends)), float(np.max(ends))


def own_steps(side: Side) -> Roundings:
    """The steps of a side's quantised weights, which the other may have as they were before."""
    held = (tensor for _, tensor in side.constants())
    steps = {t.index: partial(on_grid, t) for t in held if is_coarse(t)}
    return replace(hybrid_steps(side), constants=steps)


def hybrid_steps(side: Side) -> Roundings:
    """The steps of the activations that a side's hybrid kernels round at run time."""
    return Roundings(dict.fromkeys(side.hybrid_inputs(), dynamic))


def is_coarse(tensor: Tensor) -> bool:
    """Whether a tensor is quantised, and not in so fine steps as biases are."""
    return tensor.is_quantized and tensor.dtype is not TensorType.INT32


def coarser(fine: Tensor, coarse: Tensor) -> Step | None:
    """The steps of `coarse`, where it is stored in others than `fine` is; None where it is not."""
    if is_coarse(coarse):
        same = fine.dtype == coarse.dtype and fine.quantization == coarse.quantization
        return None if same else partial(on_grid, coarse)
    if coarse.dtype is TensorType.FLOAT16 and fine.dtype is TensorType.FLOAT32:
        return relative
    return None


def on_grid(tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """The scale of a quantised tensor."""
    return np.asarray(steps(tensor, values.shape)[0])


def relative(values: np.ndarray) -> np.ndarray:
    """The step of a float16, which below 2^-14 no longer shrinks with the number; none at zero."""
    size = np.abs(values)
    found: np.ndarray = np.where(size > 0, np.maximum(size * HALF, SMALLEST_HALF), 0)
    return found


def dynamic(values: np.ndarray) -> np.ndarray:
    """The step of activations that are rounded at run time to the range that they have."""
    return np.asarray(np.abs(values).max(initial=0) / HYBRID)


def in_range(
    ours: Sequence[Tensor], theirs: Sequence[Tensor], sample: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """A random sample for `ours`, its floats in -1..1, brought into what `theirs` can hold."""
    found = []
    for source, target, value in zip(ours, theirs, sample, strict=True):
        if value.dtype.kind == "f" and target.is_quantized and not source.is_quantized:
            low, high = held_range(target)
            found.append((low + (value + 1) / 2 * (high - low)).astype(value.dtype))
        else:
            found.append(value)
    return found
