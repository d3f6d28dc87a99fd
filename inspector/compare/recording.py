"""A saved capture as a candidate: values that were computed elsewhere, and cannot be run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from pathlib import Path

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.metrics import align
from inspector.errors import InputError, RunError
from inspector.graph import Graph, graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.run.probe import HANDLES
from inspector.run.regions import region_of, unpacked
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
        self.values = recorded(self.graph, arrays)
        if not self.values:
            raise InputError(
                f"{name}: none of its {len(arrays)} arrays is a value of {reference.path}; "
                "their keys must be those that `tfli capture` writes, <index>_<name>"
            )
        self.units: list[Unit] = []
        self.unmatched: dict[int, str] = {}
        edges = graph_of(self.graph)
        known = self.values.keys() - unpacked(reference, self.graph, edges)
        for operator in self.graph.operators:
            self._match(operator, edges, known)

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
        self.units.append(Unit(region.operators, region.inputs, outputs, match))

    def sample(self) -> list[np.ndarray] | None:
        """The inputs that the values were computed from, if they were recorded."""
        inputs = [self.values[i] for i in self.graph.inputs if i in self.values]
        return inputs if len(inputs) == len(self.graph.inputs) else None

    def run(self, inputs: Sequence[np.ndarray]) -> Mapping[int, np.ndarray]:
        """What was recorded. Raises `InputError` where that was computed from other inputs."""
        own = self.sample()
        if own is not None and not all(map(np.array_equal, own, inputs)):
            raise InputError(f"{self.name}: it was computed from other inputs than those given")
        return self.values


def open_recording(reference: Model, path: Path) -> Recording:
    """The capture in an `.npz` file. Raises `InputError` where it cannot be used."""
    return Recording(reference, str(path), arrays_in(path))


def recorded(graph: Subgraph, arrays: Mapping[str, np.ndarray]) -> dict[int, np.ndarray]:
    """The arrays by tensor, as the tensor stores them.

    Arrays of another type are left out, and of another size, unless the model's inputs leave sizes
    open.
    """
    inputs = [graph.tensors[i] for i in graph.inputs]
    is_open = any(min((*t.shape, *t.shape_signature), default=0) < 0 for t in inputs)
    found = {}
    for tensor in graph.tensors:
        array = arrays.get(array_key(tensor))
        if array is None or tensor.dtype in HANDLES:
            continue
        value = restored(tensor, array)
        fits = is_open or value.size == tensor.elements
        if fits and value.dtype == numpy_dtype(tensor.dtype):
            found[tensor.index] = value
    return found


def restored(tensor: Tensor, array: np.ndarray) -> np.ndarray:
    """A saved array in the tensor's type: strings as objects, real numbers on its grid."""
    return array.astype(object) if tensor.dtype is TensorType.STRING else align(tensor, array)
