"""A model made to show its tensors: the wanted ones are outputs, so that they keep their memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from inspector.errors import InputError, RunError, UnsupportedError
from inspector.graph import graph_of
from inspector.read.model import Model, Subgraph
from inspector.read.schema import TensorType
from inspector.run.blame import blamed
from inspector.run.edit import watched
from inspector.run.isolation import Content, open_session
from inspector.run.process import DiedError
from inspector.run.readable import (
    HANDLES,
    is_computed,
    keeps_state,
    sorted_out,
    unpacked,
    unwritten_strings,
)
from inspector.run.runtime import Kernels, Runtime
from inspector.run.sitting import Sitting
from inspector.weights.decode import constant


class Runner:
    """A subgraph of a model, loaded once and run as often as wanted.

    Its methods raise `InputError` for inputs that do not fit and `RunError` where the interpreter
    gives up; where its process dies over it, the error names the operator.
    """

    def __init__(self, model: Model, runtime: Runtime, subgraph: int = 0) -> None:
        self.model, self.runtime, self.graph = model, runtime, subgraph_at(model, subgraph)
        self.unwritten = unwritten_strings(model, self.graph)
        self.session: Sitting | None = None

    def begin(self, inputs: Sequence[np.ndarray]) -> None:
        """Forget all state, and get ready for inputs of these shapes."""
        with self.telling(inputs):
            session = self.loaded(anew=keeps_state(self.model))
            session.begin(arranged(session, self.graph, inputs))

    def step(self, inputs: Sequence[np.ndarray]) -> None:
        """Run once, from the state that is there."""
        with self.telling(inputs):
            session = self.loaded()
            session.step(arranged(session, self.graph, inputs))

    def run_anew(self, inputs: Sequence[np.ndarray]) -> None:
        """Run once, without state from before."""
        with self.telling(inputs):
            session = self.loaded(anew=keeps_state(self.model))
            session.run(arranged(session, self.graph, inputs))

    def runs(self, samples: Sequence[Sequence[np.ndarray]], *, steps: bool) -> Iterator[int]:
        """Run on each sample; its number, while what it gave can be read.

        Those that are `steps` go on from what the one before left.
        """
        for number, inputs in enumerate(samples):
            (self.step if steps and number else self.run_anew)(inputs)
            yield number

    def outputs(self) -> list[np.ndarray | None]:
        """The subgraph's outputs after a run, in its order; None for one that has no value."""
        safe = sorted(t for t in set(self.graph.outputs) if t not in self.unwritten)
        found = dict(self.loaded().read_each(safe))
        values = (found.get(tensor) for tensor in self.graph.outputs)
        return [None if isinstance(value, RunError) else value for value in values]

    def loaded(self, anew: bool = False) -> Sitting:
        """The session; a new one if asked for, or if the last one has died."""
        if self.session is None or not self.session.alive or anew:
            self.session = None  # its memory is free before there is another
            self.session = self.load()
        return self.session

    def load(self) -> Sitting:
        """A new session."""
        return as_it_is(self.model, self.runtime, self.graph)

    @contextmanager
    def telling(self, inputs: Sequence[np.ndarray]) -> Iterator[None]:
        """Let what goes wrong name the model, and where the interpreter died, the operator."""
        try:
            yield
        except DiedError as error:
            found = blamed(error, self.model, self.graph, self.runtime, inputs)
            raise DiedError(f"{self.model.path}: {found}") from None
        except (InputError, RunError) as error:
            raise type(error)(f"{self.model.path}: {error}") from None


class Untouched(Runner):
    """A subgraph as it is in the file, to check against."""

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray | None]:
        """The outputs of one run without state from before, as `outputs` gives them."""
        self.run_anew(inputs)
        return self.outputs()


class Probe(Runner):
    """A subgraph that shows its tensors.

    `missing` tells of each wanted tensor that has no value why; a run may add to it. `operands` are
    tensors that are read as well, constants too, and of which nothing is told. `preserved` says
    that the file could not be patched, and the interpreter was asked to keep all tensors.
    """

    def __init__(
        self,
        model: Model,
        tensors: Iterable[int] | None,
        runtime: Runtime,
        subgraph: int = 0,
        operands: Iterable[int] = (),
    ) -> None:
        super().__init__(model, runtime, subgraph)
        self.wanted, self.missing = sorted_out(model, self.graph, tensors)
        for tensor in self.unwritten.intersection(self.wanted):
            self.wanted.remove(tensor)
            self.missing[tensor] = "no operator writes it, and strings have no value before"
        known = self.graph.tensors
        self.operands = {t for t in operands if t >= 0 and known[t].dtype not in HANDLES}
        self.read = sorted({*self.wanted, *self.operands})
        self.edges = graph_of(self.graph)
        self.unpacked = self.unpacked_by_delegate()
        self.preserved = False

    def unpacked_by_delegate(self) -> set[int]:
        """Constants behind DEQUANTIZE that XNNPACK unpacks for itself.

        What stands in their memory is then left over from something else.
        """
        if self.runtime.kernels is not Kernels.XNNPACK:
            return set()
        found = unpacked(self.model, self.graph, self.edges)
        return found.intersection(self.read).difference(self.graph.outputs)

    def run(self, inputs: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
        """The value of each tensor that is read, in a run without state from before.

        The value of an input is what it was given.
        """
        self.run_anew(inputs)
        return dict(self.values(inputs))

    def feed(self, inputs: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """Run from the state that is there, on shapes that the file may not allow; see `values`."""
        session = self.loaded()
        given = arranged(session, self.graph, inputs)
        session.resize([array.shape for array in given])
        session.step(given)
        return self.values(inputs)

    def variables(self) -> dict[int, np.ndarray]:
        """What the wanted variables hold now; none of strings, which may point nowhere."""
        tensors = (self.graph.tensors[t] for t in self.wanted)
        found = [t.index for t in tensors if t.is_variable and t.dtype is not TensorType.STRING]
        values = self.loaded().read_each(found)
        return {t: value for t, value in values if not isinstance(value, RunError)}

    def values(self, inputs: Sequence[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        """What each tensor holds after a run on `inputs`; why not is told in `missing`."""
        given = dict(zip(self.graph.inputs, inputs, strict=True))
        apart = given.keys() | self.unpacked
        others = self.loaded().read_each([t for t in self.read if t not in apart])
        for tensor in self.read:
            if tensor in self.unpacked:
                yield tensor, np.asarray(constant(self.model, self.graph, tensor, self.edges))
                continue
            value = given[tensor] if tensor in given else next(others)[1]
            if not isinstance(value, RunError):
                yield tensor, value
            elif tensor in self.wanted:
                self.missing[tensor] = str(value)

    def load(self) -> Sitting:
        """The patched model, loaded. The subgraph's own outputs stay outputs, and come first."""
        graph, fed = self.graph, set(self.graph.inputs)
        apart = fed | self.unpacked
        added = [
            i for i in self.read if i not in apart and is_computed(self.model, graph.tensors[i])
        ]
        outputs = list(dict.fromkeys([*graph.outputs, *added]))
        try:
            content: Content = watched(self.model, graph.index, outputs)
        except UnsupportedError:
            self.preserved = True
            return as_it_is(self.model, self.runtime, graph, preserve=True)
        return open_session(self.runtime, content)


def untouched(
    model: Model, inputs: Sequence[np.ndarray], runtime: Runtime, subgraph: int = 0
) -> list[np.ndarray | None]:
    """See `Untouched.run`, for one run."""
    return Untouched(model, runtime, subgraph).run(inputs)


def as_it_is(model: Model, runtime: Runtime, graph: Subgraph, preserve: bool = False) -> Sitting:
    """A session of a subgraph of the file as it is, reached through a signature if need be.

    One that no signature names is made the primary subgraph of a copy.
    """
    if not graph.index:
        return open_session(runtime, model.content(), None, preserve)
    for signature in model.signatures:
        if signature.subgraph == graph.index and signature.key:
            named_by = (signature.key, graph.index)
            return open_session(runtime, model.content(), named_by, preserve)
    return open_session(runtime, watched(model, graph.index, graph.outputs), None, preserve)


def arranged(session: Sitting, graph: Subgraph, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
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
