"""A saved capture as a candidate: values that were computed elsewhere, and cannot be run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path

import numpy as np

from inspector.compare.axes import Order, settled, told
from inspector.compare.called import led
from inspector.compare.candidate import Unit
from inspector.compare.match import likeliest
from inspector.compare.metrics import real
from inspector.compare.recorded import otherwise, recorded_samples
from inspector.compare.turns import Call, turns_recorded
from inspector.errors import InputError, RunError
from inspector.graph import NOBODY, Graph, graph_of
from inspector.read.model import Model
from inspector.read.records import Operator
from inspector.run.readable import HANDLES, unpacked
from inspector.run.regions import region_of
from inspector.run.resources import Resources
from inspector.run.store import array_key, arrays_in


class Recording:
    """The arrays of a capture, by the tensor of the reference that each is a value of.

    It has no operators that could be run on the reference's values. In the place of that, the
    reference's operator is run on the recorded inputs, and gives what the recorded outputs are
    compared with: both sides have been fed the same, as an isolated error asks for. An operator
    whose outputs were not recorded is checked through the next one whose are. Where samples are
    `steps` of a model with a state, an operator that has to do with the state is run on the feeds
    of one after the other. Raises `InputError` where no array is a value of the reference, and as
    `recorded_samples` does.
    """

    def __init__(self, reference: Model, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        self.name, self.graph = name, reference.subgraphs[0]
        self.inner = turns_recorded(arrays)
        self.calls: list[Call] = []
        try:
            found = recorded_samples(self.graph, arrays)
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
        self.arrays, self.unfit, self.steps = found.samples, found.unfit, found.steps
        wrong = [i for i in self.graph.inputs if i in self.unfit] or list(self.unfit)
        if wrong and (wrong[0] in self.graph.inputs or not self.arrays):
            why = self.unfit[wrong[0]]
            raise InputError(f"{name}: {why}; is it a capture of {reference.path}?")
        if not self.arrays:
            raise InputError(
                f"{name}: none of its {len(arrays)} arrays is a value of {reference.path}; "
                "their keys must be <index>_<name>, as `tfli capture` writes them"
            )
        self.reference = reference
        shapes = {t: (self.graph.tensors[t].shape, a.shape) for t, a in self.arrays[0].items()}
        self._arrange({t: order for t, both in shapes.items() if (order := likeliest(*both))})

    def _arrange(self, chosen: Mapping[int, Order]) -> None:
        """Make the units; `chosen` are the axis orders of tensors that are not as they were."""
        self.units: list[Unit] = []
        self.unmatched: dict[int, str] = {}
        self.orders = chosen
        self.values = [
            arrays | {t: arrays[t].transpose(order) for t, order in chosen.items()}
            for arrays in self.arrays
        ]
        edges = graph_of(self.graph)
        variables = {tensor.index for tensor in self.graph.tensors if tensor.is_variable}
        known = self.values[0].keys() - unpacked(self.reference, self.graph, edges) - variables
        self.folded: dict[int, int] = {}
        resources = Resources(self.graph, edges)
        for operator in self.graph.operators:
            written = [edges.producer[t] for t in resources.written(operator) if t in known]
            if written and NOBODY not in written:
                self.folded[operator.index] = max(written)
            else:
                self._match(operator, edges, known | set(self.graph.inputs))

    def settle(self, _: Sequence[np.ndarray], values: Mapping[int, np.ndarray], /) -> None:
        """Find out by numbers which axes are which, where the shapes of arrays leave that open.

        Only where some array has its axes in another order for sure; see `TfliteCandidate.settle`.
        """
        if not any(map(told, self.orders.values())):
            return
        sides = {
            t: (real(self.graph.tensors[t], values[t]), real(self.graph.tensors[t], array))
            for t, array in self.arrays[0].items()
            if t in values and array.dtype != object
        }
        self._arrange(settled(self.graph, sides))

    def _match(self, operator: Operator, edges: Graph, known: Set[int]) -> None:
        """Make the unit that ends with an operator, or note why there is none."""
        outputs = tuple(t for t in operator.outputs if t in known)
        if unfit := tuple(t for t in operator.outputs if t in self.unfit):
            self.units.append(Unit((operator.index,), (), unfit))
            return
        if not outputs:
            self.unmatched[operator.index] = "none of its outputs was recorded"
            return
        try:
            others = Resources.around if self.steps else Resources.before
            region = region_of(self.graph, edges, outputs, known, others)
        except RunError as error:
            self.unmatched[operator.index] = str(error)
            return
        match = ", ".join(array_key(self.graph.tensors[tensor]) for tensor in outputs)
        match += told(self.orders.get(outputs[0]))
        judged = (*(i for i in region.operators if i != operator.index), operator.index)
        self.units.append(Unit(judged, region.inputs, outputs, match))

    def inside(self, subgraph: int) -> Recording:
        """What was recorded of a subgraph that operators ran, each call or turn as a sample.

        Raises `InputError` where a turn cannot be compared by itself.
        """
        graph = self.reference.subgraphs[subgraph]
        if any(tensor.is_variable or tensor.dtype in HANDLES for tensor in graph.tensors):
            raise InputError("it keeps a state, which was not recorded for each turn")
        turns = self.inner[subgraph]
        found = Recording(led(self.reference, subgraph), self.name, turns.arrays)
        if not found.samples():
            raise InputError("its inputs were not recorded")
        found.inner, found.calls = self.inner, turns.calls
        return found

    def check(self, unit: Unit) -> None:
        """Raise `RunError` where what was recorded of a unit cannot be used."""
        for tensor in unit.outputs:
            if tensor in self.unfit:
                raise RunError(self.unfit[tensor])

    def samples(self) -> list[list[np.ndarray]]:
        """The inputs that the values were computed from, of each sample; none if not recorded."""
        if not self.values[0].keys() >= set(self.graph.inputs):
            return []
        return [[values[i] for i in self.graph.inputs] for values in self.values]

    def replay(self, index: int, inputs: Sequence[np.ndarray]) -> Mapping[int, np.ndarray]:
        """What was recorded of a sample. Raises `InputError` where that has other inputs."""
        if index >= len(self.values):
            raise InputError(f"{self.name}: it has {len(self.values)} samples, none {index}")
        own = self.samples()
        if own and not all(map(np.array_equal, own[index], inputs)):
            how = otherwise(own[index], inputs)
            raise InputError(
                f"{self.name}: it was computed from other inputs than those given{how}"
            )
        return self.values[index]


def open_recording(reference: Model, path: Path) -> Recording:
    """The capture in an `.npz` file. Raises `InputError` where it cannot be used."""
    return Recording(reference, str(path), arrays_in(path))
