"""What float16 alone does to a model: LiteRT's own run of it, its weights rounded to float16."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.compare.hints.remake import Part, Parts
from inspector.compare.metrics import distance
from inspector.compare.tolerance import size
from inspector.errors import InspectorError
from inspector.read.model import Model
from inspector.read.schema import TensorType
from inspector.run.regions import Region, fed
from inspector.weights.decode import decode


def weights_alone(model: Model, inputs: Sequence[np.ndarray]) -> dict[int, float]:
    """The outputs that change when the primary subgraph's float32 constants become float16.

    By tensor, the share of its range that each is off, when LiteRT runs the model on `inputs`.
    Whatever runs the model in float16 comes as far off as that. Raises `InspectorError` where the
    model cannot be written anew or run.
    """
    graph = model.subgraphs[0]
    operators = tuple(range(len(graph.operators)))
    given = dict(zip(graph.inputs, inputs, strict=True))
    region = Region(operators, fed(model, graph, operators), tuple(dict.fromkeys(graph.outputs)))
    part, feeds = Part(model, region), [given[tensor] for tensor in region.inputs]
    constants = {
        index
        for operator in graph.operators
        for index in operator.inputs
        if index >= 0 and graph.tensors[index].dtype is TensorType.FLOAT32
    }

    def halve(parts: Parts) -> None:
        for index in sorted(constants):
            if model.is_constant(graph.tensors[index]):
                halved = decode(model, graph.tensors[index]).astype(np.float16)
                parts.replace(index, halved.astype(np.float32))

    plain, halved = (part.changed(change)().run(feeds) for change in (lambda _: None, halve))
    errors = {
        tensor: size(distance(one.astype(np.float64), other.astype(np.float64)).max_rel_range)
        for tensor, one, other in zip(region.outputs, plain, halved, strict=True)
    }
    return {tensor: share for tensor, share in errors.items() if share}


def told(model: Model, inputs: Sequence[np.ndarray], beyond: Sequence[int], most: float) -> str:
    """Why outputs of a package are `beyond` their tolerance in float16, if the weights say it."""
    try:
        errors = weights_alone(model, inputs)
    except InspectorError:
        return ""
    share = max((errors.get(tensor, 0.0) for tensor in beyond), default=0.0)
    if share <= most:
        return ""
    return (
        f"LiteRT itself is {share:.1e} of range off when only the weights are rounded to float16: "
        "that is too coarse for this model and these inputs; take --precision float32"
    )
