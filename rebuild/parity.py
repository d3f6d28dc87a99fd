"""A rebuilt folder as a candidate of `inspector.compare`: the emitted script itself runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from inspector.compare.candidate import Unit
from inspector.errors import InputError, RunError
from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.weights.decode import dequantize
from rebuild import mapping
from rebuild.execute import import_keras, load, tensorflow_error
from rebuild.mapping import Check
from rebuild.translate.translator import script_dtype

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


class ScriptCandidate:
    """An emitted script, executed: all its values in one run, or one statement on given inputs."""

    def __init__(self, reference: Model, folder: Path, found: mapping.Mapping) -> None:
        self.name = str(folder)
        self.mapping = found
        self.subgraph = reference.subgraphs[0]
        self.graph = graph_of(self.subgraph)
        self.reference = reference
        self.keras = import_keras()
        module, values = load(folder / "model.py")
        try:
            self.model = module.build_model()
            module.load_weights(self.model, folder / "weights.npz")
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            raise RunError(f"{folder}: its model cannot be built: {error}") from error
        self._values = values
        self._functions: dict[Check, Any] = {}
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

    def holder(self, tensor: int) -> int:
        """The tensor whose value in the script stands for `tensor` too."""
        while tensor in self.mapping.aliases:
            tensor = self.mapping.aliases[tensor]
        return tensor

    @cached_property
    def units(self) -> Sequence[Unit]:
        """A unit a statement, and one for each operator that passes its input on."""
        into = self._folded_into()
        checks = [
            c
            for c in self.mapping.checks
            if all(self.holder(t) in self.held for t in c.inputs + c.outputs)
        ]
        units = [
            Unit((*into.get(c.operator, ()), c.operator), c.inputs, c.outputs, self._match(c))
            for c in checks
        ]
        producer = self.graph.producer
        units += [
            Unit((producer[tensor],), (source,), (tensor,))
            for tensor, source in self.mapping.aliases.items()
        ]
        return sorted(units, key=lambda unit: unit.operators[-1])

    def _match(self, check: Check) -> str:
        """The line of the script that a statement stands in, and its variables."""
        places = [self.mapping.places[t] for t in check.outputs]
        names = ", ".join(place.variable for place in places)
        return f"model.py:{places[0].line} {names}"

    def _folded_into(self) -> dict[int, tuple[int, ...]]:
        """For each operator with a statement, the folded ones whose values it has taken in."""
        checked = {check.operator for check in self.mapping.checks}
        consumers = self.graph.consumers
        into: dict[int, list[int]] = {}
        for operator in self.mapping.folded:
            front, seen = [operator], {operator}
            while front:
                users = {
                    u for t in self.subgraph.operators[front.pop()].outputs for u in consumers[t]
                }
                for user in sorted(users - seen):
                    seen.add(user)
                    if user in checked:
                        into.setdefault(user, []).append(operator)
                        front = []
                        break
                    front.append(user)
        return {user: tuple(sorted(folded)) for user, folded in into.items()}

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
        """Every value that the script computes, for the original's inputs: by tensor index."""
        held = {t: v for t, v in self.held.items() if t not in self.subgraph.inputs}
        tensors = [self.holder(t) for t in self.subgraph.inputs]
        feeds = [self._feed(t, a) for t, a in zip(self.subgraph.inputs, inputs, strict=True)]
        values = self._call(self._all, feeds)
        found = dict(zip(held, values, strict=True)) | dict(zip(tensors, feeds, strict=True))
        return found | {
            t: found[self.holder(t)] for t in self.mapping.aliases if self.holder(t) in found
        }

    @cached_property
    def _all(self) -> Any:
        outputs = [v for t, v in self.held.items() if t not in self.subgraph.inputs]
        return self.keras.Function(self.model.inputs, outputs)

    def isolated(self, unit: Unit, feeds: Arrays) -> Arrays:
        """The unit's outputs, computed by its statement alone from the original's own values."""
        values = [self._feed(t, array) for t, array in zip(unit.inputs, feeds, strict=True)]
        if unit.outputs[0] in self.mapping.aliases:
            return values
        check = Check(unit.operators[-1], unit.inputs, unit.outputs)
        if check not in self._functions:  # a Model, which Keras cuts out of a graph; not a Function
            self._functions[check] = self.keras.Model(
                [self.held[self.holder(t)] for t in check.inputs],
                [self.held[t] for t in check.outputs],
            )
        return self._call(self._functions[check], values)

    def _feed(self, tensor: int, array: np.ndarray) -> np.ndarray:
        """A value of the interpreter as the script takes it: quantised integers as real numbers."""
        record = self.subgraph.tensors[tensor]
        if record.is_quantized:
            return dequantize(self.reference, record, array)
        return np.asarray(array, script_dtype(record))

    def _call(self, function: Any, feeds: Arrays) -> list[np.ndarray]:
        try:
            return [np.asarray(value) for value in self.keras.tree.flatten(function(list(feeds)))]
        except self._failures as error:
            raise RunError(f"the script fails: {error}") from None
