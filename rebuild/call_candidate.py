"""A model in another format as a candidate of `inspector.compare`: a graph of calls that runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from inspector.compare.axes import inverse, told
from inspector.compare.candidate import Unit
from inspector.compare.metrics import align, real
from inspector.compare.rounding import Roundings, Side, own_steps
from inspector.errors import InputError, RunError
from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.read.records import Operator
from inspector.run.readable import unpacked
from inspector.run.regions import region_of
from inspector.weights.decode import dequantize
from rebuild.call_graph import CallGraph
from rebuild.call_match import Held, settled

Arrays: TypeAlias = Sequence[np.ndarray]
Tensors: TypeAlias = Sequence[Any]
PASSING = ("QUANTIZE", "DEQUANTIZE")


class CallCandidate(ABC):
    """A graph of calls, of whose tensors `held` are matched with the reference's.

    A unit begins at an operator whose outputs are matched and goes back, on both sides, to the next
    tensors that are. Raises `InputError` where the two have nothing in common.
    """

    def __init__(
        self, reference: Model, name: str, graph: CallGraph, held: dict[int, Held]
    ) -> None:
        self.name, self.reference = name, reference
        self.subgraph = reference.subgraphs[0]
        self.edges = graph_of(self.subgraph)
        self.graph, self.held = graph, held
        self._arrange()
        lost = [i for i in self.subgraph.inputs if i not in self.held]
        if lost or not self.units:
            what = self.subgraph.tensors[lost[0]].name if lost else "any operator's output"
            raise InputError(
                f"{name}: nothing of it matches {what!r} of {reference.path} by name or place and "
                "by size; are these two versions of one network?"
            )

    @abstractmethod
    def compute(self, inputs: Tensors, outputs: Tensors, feeds: Arrays) -> Arrays:
        """The values of some tensors of the graph from those of others.

        Raises `RunError` where it fails.
        """

    def type_of(self, tensor: Any) -> Any:
        """NumPy's type of a tensor of the graph, or the name of it."""
        return tensor.dtype

    def _arrange(self) -> None:
        """Make the units."""
        self.units: list[Unit] = []
        self.unmatched: dict[int, str] = {}
        packed = unpacked(self.reference, self.subgraph, self.edges)
        self.aliases = self._shared(packed)
        self.back = {id(held.tensor): tensor for tensor, held in self.held.items()}
        for operator in self.subgraph.operators:
            self._match(operator, self.held.keys() - packed)

    def _shared(self, packed: set[int]) -> dict[int, int]:
        """Values that QUANTIZE or DEQUANTIZE makes of others, which a layer's value stands for too.

        Held are both then: the one that a layer is matched with, and the other.
        """
        passing = [o for o in self.subgraph.operators if o.name in PASSING and o.inputs[0] >= 0]
        pairs = [(o.inputs[0], o.outputs[0]) for o in passing if o.outputs[0] not in packed]
        for source, made in pairs:
            if source in self.held:
                self.held.setdefault(made, self.held[source])
        for source, made in reversed(pairs):
            if made in self.held:
                self.held.setdefault(source, self.held[made])
        both = ((s, m) for s, m in pairs if s in self.held and m in self.held)
        return {m: s for s, m in both if self.held[m].tensor is self.held[s].tensor}

    def _match(self, operator: Operator, known: set[int]) -> None:
        """Make the unit that ends with an operator, or note why there is none."""
        outputs = tuple(t for t in self._read(operator) if t in known)
        if not outputs:
            self.unmatched[operator.index] = "no layer of the candidate matches its outputs"
            return
        if outputs[0] in self.aliases:
            self.units.append(Unit((operator.index,), (self.aliases[outputs[0]],), outputs))
            return
        tensors = [self.held[t].tensor for t in outputs]
        starts = self.graph.made_of(tensors, self.back.keys())
        strange = [t for t in starts if id(t) not in self.back]
        if strange or any(t is s for t in tensors for s in starts):
            self.unmatched[operator.index] = "its layer depends on an input that is not matched"
            return
        inputs = tuple(self.back[id(t)] for t in starts)
        try:
            region = region_of(self.subgraph, self.edges, outputs, known)
        except RunError as error:
            self.unmatched[operator.index] = str(error)
            return
        first, node = self.held[outputs[0]], self.graph.producer[id(tensors[0])]
        match = f"layer {node.name!r} ({node.kind}), by {first.by}{told(first.order)}"
        self.units.append(Unit(region.operators, inputs, outputs, match))

    def _read(self, operator: Operator) -> Sequence[int]:
        """The outputs that somebody reads; all where nobody reads any.

        A loop also gives what it was given, whose value is that of another tensor.
        """
        ends = self.subgraph.outputs
        read = [t for t in operator.outputs if t in ends or (t >= 0 and self.edges.consumers[t])]
        return read or operator.outputs

    def settle(self, inputs: Arrays, values: Mapping[int, np.ndarray], /) -> None:
        """Find out by numbers which value around an activation is meant, and which axes are which.

        `inputs` are the reference's on a sample, `values` its tensors'.
        """
        tensors = [t for node in self.graph.nodes for t in node.outputs]
        found = self.compute(self.graph.inputs, tensors, self._feeds(inputs))
        theirs = {id(t): v.astype(np.float64) for t, v in zip(tensors, found, strict=True)}
        ends = {*self.subgraph.inputs, *self.subgraph.outputs, *self.aliases.values()}
        for index in sorted((self.held.keys() & values.keys()) - ends - self.aliases.keys()):
            ours = real(self.subgraph.tensors[index], values[index])
            self.held[index] = settled(self.graph, self.held[index], ours, theirs)
        self._arrange()

    def roundings(self, unit: Unit) -> Roundings:
        """The steps of the reference's weights: a model that was trained has them as they were."""
        return own_steps(Side(self.reference, self.subgraph, self.edges, unit.operators))

    def run(self, inputs: Arrays) -> Mapping[int, np.ndarray]:
        """Every matched value, for the original's inputs: by tensor index."""
        wanted = [t for t in self.held if t not in self.subgraph.inputs]
        tensors = [self.held[t].tensor for t in wanted]
        found = self.compute(self.graph.inputs, tensors, self._feeds(inputs))
        return {t: self._ours(t, value) for t, value in zip(wanted, found, strict=True)}

    def isolated(self, unit: Unit, feeds: Arrays) -> Arrays:
        """The unit's outputs, computed by its layers alone from the original's own values."""
        given = [self._feed(t, array) for t, array in zip(unit.inputs, feeds, strict=True)]
        if unit.outputs[0] in self.aliases:
            return [self._ours(unit.outputs[0], given[0])]
        inputs, outputs = (
            [self.held[t].tensor for t in side] for side in (unit.inputs, unit.outputs)
        )
        found = self.compute(inputs, outputs, given)
        return [self._ours(t, value) for t, value in zip(unit.outputs, found, strict=True)]

    def _feeds(self, inputs: Arrays) -> Arrays:
        """The reference's inputs as the model takes them, in its order."""
        given = dict(zip(self.subgraph.inputs, inputs, strict=True))
        places = {id(self.held[t].tensor): t for t in given}
        wanted = [places[id(tensor)] for tensor in self.graph.inputs]
        return [self._feed(tensor, given[tensor]) for tensor in wanted]

    def _feed(self, tensor: int, array: np.ndarray) -> np.ndarray:
        """A value of the reference as a layer takes it: real numbers, in its axis order."""
        record, held = self.subgraph.tensors[tensor], self.held[tensor]
        value = dequantize(self.reference, record, array) if record.is_quantized else array
        value = np.asarray(value, self.type_of(held.tensor))
        if held.order is not None and value.ndim == len(held.order):
            return value.transpose(inverse(held.order))
        sizes = [-1 if size is None else size for size in held.tensor.shape]
        return value.reshape(sizes) if sizes.count(-1) < 2 else value

    def _ours(self, tensor: int, value: np.ndarray) -> np.ndarray:
        """A value of the model for the reference's tensor, in its axis order."""
        held = self.held[tensor]
        found = value if held.order is None else value.transpose(held.order)
        return align(self.subgraph.tensors[tensor], found)
