"""A `.keras` file as a candidate of `inspector.compare`: its functional model, run by Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np

import rebuild.helpers
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
from rebuild.execute import import_keras, load, tensorflow_error
from rebuild.keras_graph import KerasGraph
from rebuild.keras_match import match_keras, settled

Arrays = Sequence[np.ndarray]
LONGEST = 300
PASSING = ("QUANTIZE", "DEQUANTIZE")


def open_candidate(reference: Model, path: Path) -> KerasCandidate:
    """The model of a `.keras` file, run beside `reference`.

    Raises `InputError` where it cannot be loaded or matched, `RunError` where Keras is missing.
    """
    keras = import_keras()
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    failures = (ValueError, TypeError, KeyError, AttributeError, OSError, RuntimeError, ImportError)
    try:
        model = loaded(keras, path)
    except failures as error:
        raise InputError(f"{path}: Keras cannot load it: {said(error)}") from None
    if not (getattr(model, "inputs", None) and getattr(model, "outputs", None)):
        raise InputError(
            f"{path}: a {type(model).__name__} without a graph of its own; "
            "only functional and built sequential models can be compared"
        )
    return KerasCandidate(reference, str(path), keras, model)


def loaded(keras: Any, path: Path) -> Any:
    """The model of a file: with our helper layers, or with those of the script that lies beside it.

    Code that the file itself holds is never run (`safe_mode`).
    """
    for module in iter_modules(rebuild.helpers.__path__):
        import_module(f"rebuild.helpers.{module.name}")  # registers its layer
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError):
        script = path.parent / "model.py"
        if not (script.is_file() and (path.parent / "map.json").is_file()):
            raise
    load(script)  # of an older version, it may hold layers of its own
    return keras.saving.load_model(path, compile=False, safe_mode=True)


def said(error: BaseException) -> str:
    """The first line of what Keras says, which may go on for pages."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:LONGEST]


class KerasCandidate:
    """A functional model, matched with the primary subgraph of `reference` by `match_keras`.

    A unit begins at an operator whose outputs are matched and goes back, on both sides, to the next
    tensors that are. Raises `InputError` where the two have nothing in common.
    """

    def __init__(self, reference: Model, name: str, keras: Any, model: Any) -> None:
        self.name, self.reference, self.keras = name, reference, keras
        self.subgraph = reference.subgraphs[0]
        self.edges = graph_of(self.subgraph)
        self.graph = KerasGraph(model.inputs, model.outputs)
        self.held = match_keras(self.subgraph, self.graph)
        self._failures = (ValueError, TypeError, RuntimeError, tensorflow_error())
        self._functions: dict[tuple[int, ...], Any] = {}
        self._arrange()
        lost = [i for i in self.subgraph.inputs if i not in self.held]
        if lost or not self.units:
            what = self.subgraph.tensors[lost[0]].name if lost else "any operator's output"
            raise InputError(
                f"{name}: nothing of it matches {what!r} of {reference.path} by name or place and "
                "by size; are these two versions of one network?"
            )

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
        outputs = tuple(t for t in operator.outputs if t in known)
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

    def settle(self, inputs: Arrays, values: Mapping[int, np.ndarray], /) -> None:
        """Find out by numbers which value around an activation is meant, and which axes are which.

        `inputs` are the reference's on a sample, `values` its tensors'.
        """
        tensors = [t for node in self.graph.nodes for t in node.outputs]
        found = self._call(self._part(self.graph.inputs, tensors), self._feeds(inputs))
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
        part = self._part(self.graph.inputs, [self.held[t].tensor for t in wanted])
        found = self._call(part, self._feeds(inputs))
        return {t: self._ours(t, value) for t, value in zip(wanted, found, strict=True)}

    def isolated(self, unit: Unit, feeds: Arrays) -> Arrays:
        """The unit's outputs, computed by its layers alone from the original's own values."""
        given = [self._feed(t, array) for t, array in zip(unit.inputs, feeds, strict=True)]
        if unit.outputs[0] in self.aliases:
            return [self._ours(unit.outputs[0], given[0])]
        sides = [[self.held[t].tensor for t in side] for side in (unit.inputs, unit.outputs)]
        part = self._part(*sides)
        found = self._call(part, given)
        return [self._ours(t, value) for t, value in zip(unit.outputs, found, strict=True)]

    def _part(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """The part of the model between symbolic tensors, made once."""
        key = (*map(id, inputs), -1, *map(id, outputs))
        if key not in self._functions:
            try:
                self._functions[key] = self.keras.Model(list(inputs), list(outputs))
            except self._failures as error:
                raise RunError(f"its layers cannot be run by themselves: {said(error)}") from None
        return self._functions[key]

    def _call(self, function: Any, feeds: Arrays) -> list[np.ndarray]:
        try:
            return [np.asarray(value) for value in self.keras.tree.flatten(function(list(feeds)))]
        except self._failures as error:
            raise RunError(f"Keras fails: {said(error)}") from None

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
        value = np.asarray(value, held.tensor.dtype)
        if held.order is not None and value.ndim == len(held.order):
            return value.transpose(inverse(held.order))
        sizes = [-1 if size is None else size for size in held.tensor.shape]
        return value.reshape(sizes) if sizes.count(-1) < 2 and value.ndim != len(sizes) else value

    def _ours(self, tensor: int, value: np.ndarray) -> np.ndarray:
        """A value of the model for the reference's tensor, in its axis order."""
        held = self.held[tensor]
        found = value if held.order is None else value.transpose(held.order)
        return align(self.subgraph.tensors[tensor], found)
