"""All constants of a model as arrays in a framework's layout, one at a time, with their entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from inspector.errors import InspectorError
from inspector.graph import Graph, graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model
from inspector.read.schema import TensorType
from inspector.weights.digests import LARGE, Digests, give_back
from inspector.weights.entries import beside_of, entry_of
from inspector.weights.layouts import Layout
from inspector.weights.manifest import Entry
from inspector.weights.parameters import parameters
from inspector.weights.slots import Skipped, Slot, slots
from inspector.weights.values import Dtype, Values, array_of

Found: TypeAlias = Iterable[tuple[Entry, np.ndarray] | Skipped]


def any_name(_: str) -> bool:
    """All names are wanted."""
    return True


def arrays(
    model: Model,
    layout: Layout = Layout.KERAS,
    values: Values = Values.REAL,
    wanted: Callable[[str], object] = any_name,
    dtype: Dtype | None = None,
) -> Iterator[tuple[Entry, np.ndarray] | Skipped]:
    """Each constant of the model as an array, made when it is asked for, with its entry.

    `wanted` is asked for the key and for the tensor's name. Real numbers are brought to `dtype`.
    Behind integers as stored come their scales and zero points. A constant that cannot be read is
    `Skipped`. Raises `ModelError` where the model itself is damaged.
    """
    with Digests(model) as digests:
        maker = Maker(model, layout, values, dtype, digests)
        for each in ahead(chosen(model, layout, wanted), digests):
            if isinstance(each, Skipped):
                yield each
            else:
                yield from maker.made(*each)
                for source in each[0].sources:
                    if source.tensor.nbytes >= LARGE:
                        give_back(model.tensor_bytes(source.tensor))


Chosen: TypeAlias = "tuple[Slot, Graph] | Skipped"


def chosen(model: Model, layout: Layout, wanted: Callable[[str], object]) -> Iterator[Chosen]:
    """The slots of all subgraphs, each with its graph; those with a name that is wanted."""
    for subgraph in model.subgraphs:
        graph = graph_of(subgraph)
        for slot in slots(subgraph, layout, graph):
            if isinstance(slot, Skipped):
                yield slot
            elif wanted(slot.key) or wanted(slot.tensor.name):
                yield slot, graph


def ahead(found: Iterable[Chosen], digests: Digests) -> Iterator[Chosen]:
    """The same; the digests of the next are begun before one is given."""
    waiting: list[Chosen] = []
    for each in found:
        if not isinstance(each, Skipped):
            for source in each[0].sources:
                with suppress(InspectorError):  # told when it is its turn
                    digests.start(source.tensor)
        waiting.append(each)
        if len(waiting) > 1:
            yield waiting.pop(0)
    yield from waiting


class Maker:
    """Makes arrays and their entries in one way."""

    def __init__(
        self,
        model: Model,
        layout: Layout,
        values: Values,
        dtype: Dtype | None,
        digests: Digests,
    ) -> None:
        self.model, self.layout, self.values = model, layout, values
        self.dtype, self.digests = dtype, digests

    def made(self, slot: Slot, graph: Graph) -> Iterator[tuple[Entry, np.ndarray] | Skipped]:
        """The array of a slot, with those beside it, or why there is none."""
        try:
            beside = parameters(self.model, slot, graph) if self.values is Values.STORED else {}
            array = self.shaped(slot, array_of(self.model, slot, self.values, graph))
            array, overflowed = converted(array, self.dtype)
            found = entry_of(self.model, slot, graph, array, self.digests)
        except InspectorError as error:
            yield Skipped(slot.tensor.subgraph, slot.tensor.index, str(error))
            return
        scale, zero = beside or (None, None)
        yield replace(found, scale_key=scale, zero_point_key=zero, overflowed=overflowed), array
        for key, each in beside.items():
            yield beside_of(found, key, each), each

    def shaped(self, slot: Slot, array: np.ndarray) -> np.ndarray:
        """The array; in the layout of TFLite, a dequantised scalar with one axis.

        That is the axis of its vector of scales, which has one element: the shape that NumPy gives
        integers of shape () times scales of shape (1,). Other layouts have shapes of their own.
        """
        real = self.values is Values.REAL and slot.tensor.is_quantized
        in_one_axis = real and self.layout is Layout.TFLITE and array.ndim == 0
        return array.reshape(1) if in_one_axis else array


def converted(array: np.ndarray, dtype: Dtype | None) -> tuple[np.ndarray, int]:
    """Real numbers in another type, and how many finite ones became infinite; the rest as it is."""
    if dtype is None or array.dtype.kind != "f":
        return array, 0
    target = numpy_dtype(TensorType[dtype.name])
    if array.dtype == target:
        return array, 0
    with np.errstate(over="ignore"):
        found = array.astype(target)
    return found, int(np.isinf(found).sum()) - int(np.isinf(array).sum())
