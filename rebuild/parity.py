"""A rebuilt folder as a candidate of `inspector.compare`: the emitted script itself runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import inspector
from inspector.compare.called import led
from inspector.compare.candidate import Unit
from inspector.compare.rounding import Roundings, Side, hybrid_steps
from inspector.errors import InputError, RunError
from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.run.edit import watched
from inspector.run.resolving import resolving
from inspector.run.runtime import Kernels, Runtime
from inspector.weights.decode import dequantize
from rebuild import mapping
from rebuild.execute import import_keras, load, quiet_tracing, said, tensorflow_error
from rebuild.translate.grids import grid_of
from rebuild.translate.integer_reading import is_held
from rebuild.translate.translator import script_dtype
from rebuild.units import Originals, Units, units_of, writing

Arrays = Sequence[np.ndarray]


def open_candidate(reference: Model, folder: Path) -> ScriptCandidate:
    """The model that `folder` holds (as `tfli rebuild` writes it), run beside `reference`.

    Raises `InputError` when the folder is of another file, `RunError` when its script fails.
    """
    found = mapping.read(folder / "map.json")
    size = found.model.get("size")
    if size != reference.size:
        raise InputError(
            f"{folder}: rebuilt from a file of {size} bytes; {reference.path} has {reference.size}"
        )
    return ScriptCandidate(reference, folder, found)


def candidates(reference: Model, folder: Path) -> Iterator[tuple[str, ScriptCandidate]]:
    """The models that `folder` holds: the primary subgraph's under "", others by signature.

    Each has a `reference` whose primary subgraph it rebuilds, open until the next is asked for.
    """
    primary = open_candidate(reference, folder)
    yield "", primary
    for key, found in primary.mapping.signatures.items():
        outputs = reference.subgraphs[found.subgraph].outputs
        with TemporaryDirectory() as held:
            path = Path(held, "signature.tflite")
            path.write_bytes(b"".join(watched(reference, found.subgraph, outputs)))
            with inspector.open(path) as model:
                yield key, ScriptCandidate(model, folder, found)


def open_signature(reference: Model, folder: Path, key: str) -> ScriptCandidate:
    """The model of a signature that names another subgraph than the primary one.

    Raises as `open_candidate`, and `InputError` where the folder has no such model.
    """
    found = open_candidate(reference, folder).mapping.signatures.get(key)
    if found is None:
        raise InputError(f"{folder}: has no model of signature {key!r}; rebuild it from this file")
    return ScriptCandidate(led(reference, found.subgraph), folder, found)


class ScriptCandidate:
    """An emitted script, executed: all its values in one run, or one statement on given inputs.

    `reference` is the model whose primary subgraph the mapping is of.
    """

    def __init__(self, reference: Model, folder: Path, found: mapping.Mapping) -> None:
        self.name, self.folder = str(folder), folder
        self.mapping = found
        self.subgraph = reference.subgraphs[0]
        self.graph = graph_of(self.subgraph)
        self.reference = reference
        self.keras = import_keras()
        self.module, self._values = load(folder / "model.py")
        try:
            self.model = getattr(self.module, found.builder)()
            self.module.load_weights(self.model, folder / "weights.npz")
            if found.kept.starts:  # the operators that keep a state are checked, too
                self.module.keep_state(self.model)
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            raise RunError(f"{folder}: its model cannot be built: {said(error)}") from error
        self._functions: dict[Unit, Any] = {}
        self._failures = (ValueError, TypeError, RuntimeError, tensorflow_error())

    @cached_property
    def held(self) -> dict[int, Any]:
        """The symbolic value of each tensor of the original that the script has one for."""
        return {
            tensor: value
            for tensor, place in self.mapping.places.items()
            if (value := self._at(place.line, place.item)) is not None
        }

    def _at(self, line: int, item: int) -> Any:
        value = self._values.get(line)
        if item >= 0 and isinstance(value, (list, tuple)):
            value = value[item] if item < len(value) else None
        return value if isinstance(value, self.keras.KerasTensor) else None

    @cached_property
    def units(self) -> Sequence[Unit]:
        """A unit a statement, one for each operator that passes its input on, one for variables."""
        producer = self.graph.producer
        passing = [
            Unit((producer[tensor],), (source,), (tensor,))
            for tensor, source in self.mapping.aliases.items()
        ]
        writing = [self._writing] if self._writing else []
        units = [*self._checks, *passing, *writing]
        return sorted(units, key=lambda unit: unit.operators[-1])

    @property
    def in_real(self) -> bool:
        """Whether quantised tensors are held as real numbers, and never rounded."""
        return self.mapping.in_real

    @cached_property
    def kernels(self) -> Kernels:
        """The kernels that the script is of: the reference ones where it computes their integers.

        Others only where the model has an operator that those lack.
        """
        wanted = Kernels.REFERENCE if self.mapping.in_steps else Kernels.BUILTIN
        return resolving(self.reference, wanted)

    @cached_property
    def _checks(self) -> Units:
        """Units of integers are held to equal what the kernels give, but for rounded operators."""
        found = units_of(self.subgraph, self.graph, self.mapping, self.held)
        if not self.mapping.in_steps:
            return found
        exact = Runtime(Kernels.REFERENCE)
        return {
            replace(unit, runtime=exact) if self._is_exact(unit) else unit: check
            for unit, check in found.items()
        }

    def _is_exact(self, unit: Unit) -> bool:
        """Whether all that a unit gives are integers that the script computes as the kernels do."""
        outputs = (self.subgraph.tensors[tensor] for tensor in unit.outputs)
        computed = not set(self.mapping.rounded).intersection(unit.operators)
        return computed and all(map(self._in_steps, outputs))

    @cached_property
    def _writing(self) -> Unit | None:
        return writing(self.subgraph, self.graph, self.mapping, self.held)

    @property
    def inner(self) -> Collection[int]:
        """The subgraphs that operators run and that the script has models of."""
        return self.mapping.called.keys()

    def inside(self, subgraph: int) -> ScriptCandidate:
        """The model of such a subgraph, by itself."""
        called = self.mapping.called
        found = replace(called[subgraph], called=called)
        return ScriptCandidate(led(self.reference, subgraph), self.folder, found)

    def roundings(self, unit: Unit) -> Roundings:
        """The activations that the unit's kernels round at run time, where the script does not."""
        if not self.mapping.in_real:
            return Roundings()
        return hybrid_steps(Side(self.reference, self.subgraph, self.graph, unit.operators))

    @cached_property
    def unmatched(self) -> Mapping[int, str]:
        """Operators that no unit covers."""
        covered = {operator for unit in self.units for operator in unit.operators}
        return {
            operator.index: self.mapping.folded.get(
                operator.index, "the script holds no value of it"
            )
            for operator in self.subgraph.operators
            if operator.index not in covered
        }

    def run(self, inputs: Arrays) -> Mapping[int, np.ndarray]:
        """Every value that the script computes, for the original's inputs: by tensor index.

        The outputs are what who calls the model gets. Variables are put back to their first values
        before and after.
        """
        self._reset()
        taken = list(map(self._taken, self.subgraph.inputs, inputs, self.model.inputs))
        if not taken:  # Keras wants an input all the same
            taken = [np.zeros(each.shape, each.dtype) for each in self.model.inputs]
        values = self._call(self._all, taken)
        self._reset()
        feeds = map(self._feed, self.subgraph.inputs, inputs)
        found = dict(zip(self._shown, values, strict=False))
        found |= dict(zip(map(self.mapping.holder, self.subgraph.inputs), feeds, strict=True))
        found |= {
            t: found[self.mapping.holder(t)]
            for t in self.mapping.aliases
            if self.mapping.holder(t) in found
        }
        outputs = dict(zip(self.subgraph.outputs, values[len(self._shown) :], strict=True))
        named = self._originals.named(found)
        return {tensor: self._told(tensor, value) for tensor, value in named.items()} | outputs

    @cached_property
    def _originals(self) -> Originals:
        return Originals(self.subgraph, self.mapping)

    @cached_property
    def _shown(self) -> list[int]:
        """The tensors whose values are looked at, besides the inputs."""
        edges = {t for side in self.mapping.edges for t in side}
        own = edges - set(range(len(self.subgraph.tensors)))
        return [t for t in self.held if t not in own and t not in self.subgraph.inputs]

    @cached_property
    def _all(self) -> Any:
        """All values, and behind them the outputs."""
        shown = [self.held[tensor] for tensor in self._shown]
        return self.keras.Function(self.model.inputs, [*shown, *self.model.outputs])

    def _reset(self) -> None:
        """Put variables back to their first values, as the interpreter's sessions do."""
        if self.mapping.kept.starts:
            self.module.reset_state(self.model)

    def isolated(self, unit: Unit, feeds: Arrays) -> Arrays:
        """The unit's outputs, computed by its statement alone from the original's own values."""
        return list(map(self._told, unit.outputs, self._isolated(unit, feeds)))

    def _isolated(self, unit: Unit, feeds: Arrays) -> Arrays:
        """The same, as the script holds them."""
        values = [self._feed(t, array) for t, array in zip(unit.inputs, feeds, strict=True)]
        if unit.outputs[0] in self.mapping.aliases:
            return values
        given = dict(zip(unit.inputs, values, strict=True))
        if unit == self._writing:
            return self._written(unit, given)
        check = self._checks[unit]
        function = self._cut(unit, check.inputs, [self.held[t] for t in check.outputs])
        found = self._call(function, self._fed(check.inputs, given))
        hidden = map(self._originals.is_hidden, check.outputs)
        return [value for value, unseen in zip(found, hidden, strict=True) if not unseen]

    def _cut(self, unit: Unit, inputs: Sequence[int], outputs: Sequence[Any]) -> Any:
        """The part of the graph between some tensors: a Model, which Keras cuts out of a graph."""
        if unit not in self._functions:
            tensors = [self.held[self.mapping.holder(t)] for t in inputs]
            self._functions[unit] = self.keras.Model(tensors, list(outputs))
        return self._functions[unit]

    def _fed(self, tensors: Sequence[int], given: Mapping[int, np.ndarray]) -> list[np.ndarray]:
        """Values for some tensors of the script: those given, what variables start with, zeros."""
        found = []
        for tensor in tensors:
            original = self._originals.tensor(tensor)
            if self._originals.is_start(tensor):
                found.append(self._starts[tensor])
            elif original not in given:
                held = self.held[self.mapping.holder(tensor)]
                found.append(np.zeros([size or 1 for size in held.shape], held.dtype))
            else:
                found.append(given[original])
        return found

    @cached_property
    def _starts(self) -> dict[int, np.ndarray]:
        """What variables hold before the first call, by the tensor that is read from them."""
        layer = self.model.get_layer(self.mapping.kept.layer)
        pairs = zip(self.mapping.kept.starts, layer.values, strict=True)
        return {tensor: np.asarray(layer.start(name)) for tensor, name in pairs}

    def _written(self, unit: Unit, given: Mapping[int, np.ndarray]) -> list[np.ndarray]:
        """What variables hold after the line that writes them, fed `given`."""
        kept = self.mapping.kept
        ends = [t for t in (*self.mapping.edges[1], *kept.variables.values()) if t >= 0]
        sources = dict.fromkeys(
            self.mapping.holder(t) for t in ends if self.mapping.holder(t) not in kept.starts
        )
        sources |= dict.fromkeys(self.mapping.edges[0])  # what reads the variables hangs on them
        function = self._cut(unit, list(sources), self.model.outputs[:1])
        self._call(function, self._fed(list(sources), given))
        values = self.model.get_layer(kept.layer).values
        found = [np.asarray(values[name]) for name in self._originals.written]
        self._reset()
        return found

    def _taken(self, tensor: int, array: np.ndarray, into: Any) -> np.ndarray:
        """An input of the interpreter as the model takes it: as it is where types agree."""
        return array if array.dtype == into.dtype else self._feed(tensor, array)

    def _feed(self, tensor: int, array: np.ndarray) -> np.ndarray:
        """A value of the interpreter as the script holds it: quantised integers as real numbers."""
        record = self.subgraph.tensors[tensor]
        if tensor in self.mapping.turned:
            array = array.swapaxes(0, 1)
        if self._in_steps(record):
            return array.astype("float32") - grid_of(record).zero_point
        if record.is_quantized:
            return dequantize(self.reference, record, array)
        kind = script_dtype(record)
        return np.asarray(array, object if kind == "string" else kind)

    def _told(self, tensor: int, value: np.ndarray) -> np.ndarray:
        """A value of the script as the comparison takes it: steps as the integers they are of."""
        record = self.subgraph.tensors[tensor]
        if tensor in self.mapping.turned:
            value = value.swapaxes(0, 1)
        if not self._in_steps(record) or value.dtype.kind != "f":
            return value
        grid = grid_of(record)
        limits = np.iinfo(grid.stored)
        held: np.ndarray = np.clip(value + grid.zero_point, limits.min, limits.max)
        return held.astype(grid.stored)

    def _in_steps(self, record: Tensor) -> bool:
        """Whether the script holds a tensor as integers less their zero point."""
        return self.mapping.in_steps and is_held(record)

    def _call(self, function: Any, feeds: Arrays) -> list[np.ndarray]:
        try:
            with quiet_tracing():
                values = function([self.keras.ops.convert_to_tensor(value) for value in feeds])
            return [np.asarray(value) for value in self.keras.tree.flatten(values)]
        except self._failures as error:
            raise RunError(f"the script fails: {said(error)}") from None
