"""At which operator the interpreter died: found by running shorter and shorter copies."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inspector.errors import InspectorError
from inspector.read.model import Model, Subgraph
from inspector.run.edit import begun
from inspector.run.isolation import isolated, limits, open_session
from inspector.run.process import DiedError
from inspector.run.runtime import Runtime

PATIENCE = 10.0
"""Seconds that one shortened copy may run."""
SEARCH = 90.0
"""Seconds that the whole search may take."""


def blamed(
    error: DiedError,
    model: Model,
    graph: Subgraph,
    runtime: Runtime,
    inputs: Sequence[np.ndarray],
) -> DiedError:
    """The error with the operator at which the interpreter died, as far as that can be found.

    Copies of the model that end after some operator are run, each in a fresh process, and the
    point is halved in on. No operator is blamed where a copy with all of them lives: what a capture
    takes beside the model may have been too much. An error of a search that leads nowhere is given
    back as it is.
    """
    low, high = 0, len(graph.operators)
    end = time.monotonic() + SEARCH
    try:
        if dies(model, graph, runtime, inputs, 0):
            return DiedError(f"{error}; it happens before the first operator")
        if not dies(model, graph, runtime, inputs, high):
            return DiedError(f"{error}; a run that keeps no tensors but its outputs ends well")
        while high - low > 1 and time.monotonic() < end:
            middle = (low + high) // 2
            if dies(model, graph, runtime, inputs, middle):
                high = middle
            else:
                low = middle
    except InspectorError:
        return error
    if high - low == 1:
        return DiedError(f"{error}; it happens at {graph.operators[low]}, not before")
    return DiedError(f"{error}; it happens between operators {low} and {high - 1}")


def dies(
    model: Model, graph: Subgraph, runtime: Runtime, inputs: Sequence[np.ndarray], operators: int
) -> bool:
    """Whether the first `operators` operators kill the interpreter, or take too long.

    Raises `InspectorError` where they fail in another way, or the file cannot be patched.
    """
    last = graph.operators[operators - 1].outputs if operators else ()
    content = begun(model, graph.index, operators, [t for t in last if t >= 0])
    allowed = limits()
    with isolated(replace(allowed, seconds=min(PATIENCE, allowed.seconds))):
        try:
            session = open_session(runtime, content)
            given = dict(zip(graph.inputs, inputs, strict=True))
            session.run([given[into.tensor] for into in session.sockets])
        except DiedError:
            return True
    return False
