"""A model made to show its tensors: the wanted ones are outputs, so that they keep their memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from inspector.errors import InputError, RunError, UnsupportedError
from inspector.graph import NOBODY, graph_of
from inspector.read.model import Model, Subgraph
from inspector.read.schema import TensorType
from inspector.run.edit import with_outputs
from inspector.run.runtime import Runtime
from inspector.run.session import Session, SignatureSession

HANDLES = (TensorType.RESOURCE, TensorType.VARIANT)
STATEFUL = frozenset({"CALL_ONCE", "HASHTABLE", "VAR_HANDLE"})
"""Operators that make what outlives a run and cannot be set back."""


class Probe:
    """Loaded once, run on as many samples as wanted; each run begins without state.

    `missing` tells of each tensor that has no value why; a run may add to it.
    """

    def __init__(
        self, model: Model, tensors: Iterable[int] | None, runtime: Runtime, subgraph: int = 0
    ) -> None:
        self.model, self.runtime, self.graph = model, runtime, subgraph_at(model, subgraph)
        self.wanted, self.missing = sorted_out(model, self.graph, tensors)
        self.session: Session | None = None

    def run(self, inputs: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """The value of each wanted tensor on `inputs`; that of an input is what it was given.

        Raises `InputError` for inputs that do not fit and `RunError` where LiteRT gives up.
        """
        with named(self.model):
            if self.session is None or keeps_state(self.model):
                self.session = self.load()
            self.session.run(arranged(self.session, self.graph, inputs))
        values = dict(zip(self.graph.inputs, inputs, strict=True))
        for tensor in self.wanted:
            if tensor not in values:
                try:
                    values[tensor] = self.session.read(tensor)
                except RunError as error:
                    self.missing[tensor] = str(error)
        return {tensor: values[tensor] for tensor in self.wanted if tensor in values}

    def load(self) -> Session:
        """The patched model, loaded. The model's own outputs stay outputs, and come first."""
        fed = set(self.graph.inputs)
        added = [i for i in self.wanted if i not in fed and not self.graph.tensors[i].is_variable]
        outputs = list(dict.fromkeys([*self.graph.outputs, *added]))
        content = with_outputs(self.model, self.graph.index, outputs)
        return session_of(self.model, content, self.runtime, self.graph.index)

    def outputs(self) -> list[np.ndarray | None]:
        """The model's own outputs after a run, in its order."""
        return [] if self.session is None else outputs_of(self.session, self.graph)


def untouched(
    model: Model, inputs: Sequence[np.ndarray], runtime: Runtime, subgraph: int = 0
) -> list[np.ndarray | None]:
    """The outputs of the model as it is, in its order; None for one that has no value.

    Raises `InputError` and `RunError` as `Probe.run` does.
    """
    graph = subgraph_at(model, subgraph)
    with named(model):
        session = session_of(model, model.content(), runtime, subgraph)
        session.run(arranged(session, graph, inputs))
    return outputs_of(session, graph)


@contextmanager
def named(model: Model) -> Iterator[None]:
    """Put the model's path before what goes wrong with it."""
    try:
        yield
    except (InputError, RunError) as error:
        raise type(error)(f"{model.path}: {error}") from None


def outputs_of(session: Session, graph: Subgraph) -> list[np.ndarray | None]:
    """The outputs of a subgraph that has just run."""
    return [value(session, tensor) for tensor in graph.outputs]


def value(session: Session, tensor: int) -> np.ndarray | None:
    """What a tensor holds after a run, or None."""
    try:
        return session.read(tensor)
    except RunError:
        return None


def session_of(model: Model, content: bytes | Path, runtime: Runtime, subgraph: int) -> Session:
    """A session of a subgraph; one that is not the primary one is reached through a signature."""
    if not subgraph:
        return Session(runtime, content)
    for signature in model.signatures:
        if signature.subgraph == subgraph and signature.key:
            return SignatureSession(runtime, content, signature.key, subgraph)
    raise UnsupportedError(
        f"{model.path}: subgraph {subgraph} is run by other subgraphs only; no signature names it"
    )


def arranged(session: Session, graph: Subgraph, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Inputs in the session's order, given in the subgraph's. Raises `InputError` for the count."""
    if len(inputs) != len(graph.inputs):
        raise InputError(f"{len(inputs)} inputs are given; the model has {len(graph.inputs)}")
    given = dict(zip(graph.inputs, inputs, strict=True))
    return [given[into.tensor] for into in session.sockets if into.tensor in given]


def subgraph_at(model: Model, index: int) -> Subgraph:
    """A subgraph by its index. Raises `InputError` when there is none."""
    if not 0 <= index < len(model.subgraphs):
        raise InputError(f"the model has {len(model.subgraphs)} subgraphs, none {index}")
    return model.subgraphs[index]


def keeps_state(model: Model) -> bool:
    """Whether a run may leave behind what the next one would find."""
    return any(code.name in STATEFUL for code in model.operator_codes)


def sorted_out(
    model: Model, graph: Subgraph, tensors: Iterable[int] | None
) -> tuple[list[int], dict[int, str]]:
    """The tensors that can be read, and why others cannot; of constants only if they are named."""
    asked = range(len(graph.tensors)) if tensors is None else sorted(set(tensors))
    if asked and not 0 <= asked[0] <= asked[-1] < len(graph.tensors):
        raise InputError(f"tensors {list(asked)}: the subgraph has {len(graph.tensors)}")
    producer, fixed = graph_of(graph).producer, {*graph.inputs, *graph.outputs}
    readable, missing = [], {}
    for index in asked:
        tensor = graph.tensors[index]
        constant = model.is_constant(tensor) and index not in fixed
        if tensor.dtype in HANDLES:
            missing[index] = f"its type is {tensor.dtype}: a handle, which has no value"
        elif constant and not tensor.is_variable:
            if tensors is not None:
                missing[index] = "it is a constant, see `tfli weights`"
        elif producer[index] == NOBODY and index not in fixed and not tensor.is_variable:
            missing[index] = "no operator writes it"
        else:
            readable.append(index)
    return readable, missing
