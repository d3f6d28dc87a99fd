"""A saved capture as a candidate: values that were computed elsewhere, and cannot be run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path

import numpy as np

from inspector.compare.axes import Order, settled, told
from inspector.compare.candidate import Unit
from inspector.compare.match import likeliest
from inspector.compare.metrics import real
from inspector.compare.recorded import otherwise, recorded
from inspector.errors import InputError, RunError
from inspector.graph import Graph, graph_of
from inspector.read.model import Model
from inspector.read.records import Operator
from inspector.run.readable import unpacked
from inspector.run.regions import region_of
from inspector.run.store import array_key, arrays_in


class Recording:
    """The arrays of a capture, by the tensor of the reference that each is a value of.

    It has no operators that could be run on the reference's values. In the place of that, the
    reference's operator is run on the recorded inputs, and gives what the recorded outputs are
    compared with: both sides have been fed the same, as an isolated error asks for. An operator
    whose outputs were not recorded is checked through the next one whose are. Raises `InputError`
    where no array is a value of the reference.
    """

    def __init__(self, reference: Model, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        self.name, self.graph = name, reference.subgraphs[0]
        self.arrays = recorded(self.graph, arrays)
        shapes = {t: (self.graph.tensors[t].shape, a.shape) for t, a in self.arrays.items()}
        likely = {t: order for t, both in shapes.items() if (order := likeliest(*both))}
        self.values = self.arrays | {t: self.arrays[t].transpose(o) for t, o in likely.items()}
        if not self.values:
            raise InputError(
                f"{name}: none of its {len(arrays)} arrays is a value of {reference.path}; "
                "their keys must be those that `tfli capture` writes, <index>_<name>"
            )
        self.reference = reference
        self._arrange(likely)

    def _arrange(self, chosen: Mapping[int, Order]) -> None:
        """Make the units; `chosen` are the axis orders of tensors that are not as they were."""
        self.units: list[Unit] = []
        self.unmatched: dict[int, str] = {}
        self.orders = chosen
        edges = graph_of(self.graph)
        known = self.values.keys() - unpacked(self.reference, self.graph, edges)
        for operator in self.graph.operators:
            self._match(operator, edges, known | set(self.graph.inputs))

    def settle(self, _: Sequence[np.ndarray], values: Mapping[int, np.ndarray], /) -> None:
        """Find out by numbers which axes are which, where the shapes of arrays leave that open.

        Only where some array has its axes in another order for sure; see `TfliteCandidate.settle`.
        """
        if not any(map(told, self.orders.values())):
            return
        sides = {
            t: (real(self.graph.tensors[t], values[t]), real(self.graph.tensors[t], array))
            for t, array in self.arrays.items()
            if t in values and array.dtype != object
        }
        chosen = settled(self.graph, sides)
        self.values |= {t: self.arrays[t].transpose(order) for t, order in chosen.items()}
        self._arrange(chosen)

    def _match(self, operator: Operator, edges: Graph, known: Set[int]) -> None:
        """Make the unit that ends with an operator, or note why there is none."""
        outputs = tuple(t for t in operator.outputs if t in known)
        if not outputs:
            self.unmatched[operator.index] = "none of its outputs was recorded"
            return
        try:
            region = region_of(self.graph, edges, outputs, known)
        except RunError as error:
            self.unmatched[operator.index] = str(error)
            return
        match = ", ".join(array_key(self.graph.tensors[tensor]) for tensor in outputs)
        match += told(self.orders.get(outputs[0]))
        self.units.append(Unit(region.operators, region.inputs, outputs, match))

    def sample(self) -> list[np.ndarray] | None:
        """The inputs that the values were computed from, if they were recorded."""
        inputs = [self.values[i] for i in self.graph.inputs if i in self.values]
        return inputs if len(inputs) == len(self.graph.inputs) else None

    def run(self, inputs: Sequence[np.ndarray]) -> Mapping[int, np.ndarray]:
        """What was recorded. Raises `InputError` where that was computed from other inputs."""
        own = self.sample()
        if own is not None and not all(map(np.array_equal, own, inputs)):
            how = otherwise(own, inputs)
            raise InputError(
                f"{self.name}: it was computed from other inputs than those given{how}"
            )
        return self.values


def open_recording(reference: Model, path: Path) -> Recording:
    """The capture in an `.npz` file. Raises `InputError` where it cannot be used."""
    return Recording(reference, str(path), arrays_in(path))
