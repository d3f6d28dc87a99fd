"""The shapes that a model's tensors have when it runs, where the file leaves them open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inspector.read.model import Subgraph
from inspector.run.inputs import inputs_of
from inspector.run.probe import Probe
from inspector.run.resolving import resolving
from inspector.run.runtime import Kernels, Runtime

Shapes = tuple[tuple[int, ...], ...]


def observe(
    subgraph: Subgraph,
    tensors: Sequence[int],
    shapes: Shapes | None = None,
    kernels: Kernels = Kernels.BUILTIN,
) -> tuple[dict[int, np.ndarray], Shapes]:
    """The values of `tensors`, and the shape of every tensor, in one run on a random sample.

    The inputs have the given `shapes`, else the file's, with 1 where it leaves a dimension open.
    Raises `RunError` where LiteRT refuses the model or gives up.
    """
    model = subgraph.model
    probe = Probe(model, tensors, Runtime(resolving(model, kernels)), subgraph.index)
    inputs = inputs_of(model, subgraph.index)
    if shapes is None:
        values = probe.run(inputs.read([], seed=0))
    else:
        sized = [
            t._replace(shape=s, shape_signature=())
            for t, s in zip(inputs.tensors, shapes, strict=True)
        ]
        values = dict(probe.feed(replace(inputs, tensors=tuple(sized)).read([], seed=0)))
    found = {} if probe.session is None else probe.session.tensor_shapes()
    return values, tuple(found.get(t.index, t.shape) for t in subgraph.tensors)
