"""The shapes that a model's tensors have when it runs, where the file leaves them open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.read.model import Subgraph
from inspector.run.inputs import inputs_of
from inspector.run.probe import Probe
from inspector.run.runtime import Runtime, kernels_for

Shapes = tuple[tuple[int, ...], ...]


def observe(subgraph: Subgraph, tensors: Sequence[int]) -> tuple[dict[int, np.ndarray], Shapes]:
    """The values of `tensors`, and the shape of every tensor, in one run on a random sample.

    Dimensions of the inputs that the file leaves open are 1. Raises `RunError` where LiteRT refuses
    the model or gives up.
    """
    model = subgraph.model
    probe = Probe(model, tensors, Runtime(kernels_for(model)), subgraph.index)
    values = probe.run(inputs_of(model, subgraph.index).read([], seed=0))
    found = {} if probe.session is None else probe.session.tensor_shapes()
    return values, tuple(found.get(t.index, t.shape) for t in subgraph.tensors)
