"""What float16 alone does to a model: what LiteRT gives, and gives with its weights rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspector.compare.hints.remake import Part, Parts
from inspector.compare.metrics import distance
from inspector.compare.tolerance import size
from inspector.errors import InspectorError
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.regions import Region, fed
from inspector.weights.decode import decode

LARGEST_HALF = float(np.finfo(np.float16).max)
ADVICE = "take --precision float32"


@dataclass(frozen=True, slots=True)
class Halved:
    """The largest number among some outputs, and how far the worst is off its range.

    That is, when only the weights are rounded.
    """

    largest: float
    share: float


def halved(model: Model, inputs: Sequence[np.ndarray], outputs: Sequence[int]) -> Halved:
    """What LiteRT gives for some `outputs`, tensors of the primary subgraph: as it is, and halved.

    The latter has float32 constants rounded to float16. Whatever runs the model in float16 comes as
    far off as that. Raises `InspectorError` where the model cannot be written anew or run.
    """
    graph = model.subgraphs[0]
    operators = tuple(range(len(graph.operators)))
    given = dict(zip(graph.inputs, inputs, strict=True))
    region = Region(operators, fed(model, graph, operators), tuple(outputs))
    part, feeds = Part(model, region), [given[tensor] for tensor in region.inputs]

    def halve(parts: Parts) -> None:
        for tensor in real_constants(model):
            rounded = decode(model, tensor).astype(np.float16)
            parts.replace(tensor.index, rounded.astype(np.float32))

    plain, rough = (
        [array.astype(np.float64) for array in part.changed(change)().run(feeds)]
        for change in (lambda _: None, halve)
    )
    errors = [distance(*both).max_rel_range for both in zip(plain, rough, strict=True)]
    largest = max((float(np.abs(array).max(initial=0)) for array in plain), default=0.0)
    return Halved(largest, max(map(size, errors), default=0.0))


def real_constants(model: Model) -> list[Tensor]:
    """The float32 constants that operators of the primary subgraph read."""
    graph = model.subgraphs[0]
    read = {index for operator in graph.operators for index in operator.inputs if index >= 0}
    tensors = (graph.tensors[index] for index in sorted(read))
    return [t for t in tensors if t.dtype is TensorType.FLOAT32 and model.is_constant(t)]


def told(model: Model, inputs: Sequence[np.ndarray], beyond: Sequence[int], most: float) -> str:
    """Why outputs of a package are `beyond` their tolerance in float16, if LiteRT shows it."""
    try:
        found = halved(model, inputs, beyond)
    except InspectorError:
        return ""
    if found.largest > LARGEST_HALF:
        return (
            f"LiteRT gives numbers up to {found.largest:.1e}, and float16 ends at "
            f"{LARGEST_HALF:g}; {ADVICE}"
        )
    if found.share > most:
        return (
            f"LiteRT itself is {found.share:.1e} of range off when only the weights are rounded to "
            f"float16: that is too coarse for this model and these inputs; {ADVICE}"
        )
    return ""
