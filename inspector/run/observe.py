"""The shapes that a model's tensors have when it runs, where the file leaves them open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inspector.read.model import Subgraph
from inspector.run.probe import Probe
from inspector.run.runtime import Runtime
from inspector.run.samples import sample

Shapes = tuple[tuple[int, ...], ...]


def observe(subgraph: Subgraph, tensors: Sequence[int]) -> tuple[dict[int, np.ndarray], Shapes]:
    """The values of `tensors`, and the shape of every tensor, in one run on a random sample.

    Dimensions of the inputs that the file leaves open are 1. Raises `RunError` where LiteRT refuses
    the model or gives up.
    """
    given = [subgraph.tensors[i] for i in subgraph.inputs]
    probe = Probe(subgraph.model, tensors, Runtime(), subgraph.index)
    values = probe.run(sample(given, seed=0))
    found = {} if probe.session is None else probe.session.tensor_shapes()
    return values, tuple(found.get(t.index, t.shape) for t in subgraph.tensors)
