"""A part of the reference as a file of its own, changed through LiteRT's schema classes and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple, TypeAlias

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inspector.errors import RunError
from inspector.read.model import Model
from inspector.run.isolation import open_session
from inspector.run.regions import Region
from inspector.run.runtime import Runtime, kernels_for
from inspector.run.slicing import StoredBuffer, cut

Change: TypeAlias = Callable[["Parts"], None]


class Content(NamedTuple):
    """The file of a part: its bytes, its tensors by their indices in the model, their constants."""

    data: bytes
    numbers: Mapping[int, int]
    extents: Mapping[int, tuple[int, int]]


class Parts:
    """What of a part can be changed; all goes by its indices in the model it was cut from.

    Constants are written over where they lie. The generated objects are made when asked for.
    """

    def __init__(self, content: Content, region: Region) -> None:
        self.content, self.region = content, region
        self.data = bytearray(content.data)
        self.is_unpacked = False

    @cached_property
    def root(self) -> Any:
        """The generated objects; constants are to be replaced before they are made."""
        self.is_unpacked = True
        return unpacked(bytes(self.data))

    def options(self, index: int) -> Any:
        """The options of an operator."""
        return self.operator(index).builtinOptions

    def operator(self, index: int) -> Any:
        """An operator by its index in the model."""
        return self.root.subgraphs[0].operators[self.region.operators.index(index)]

    def quantization(self, tensor: int) -> Any:
        """The quantisation of a tensor."""
        return self.root.subgraphs[0].tensors[self.content.numbers[tensor]].quantization

    def stored(self, tensor: int) -> np.ndarray:
        """What is stored of a constant, as bytes."""
        start, size = self.content.extents[tensor]
        return np.frombuffer(self.data, np.uint8, size, start)

    def replace(self, tensor: int, values: np.ndarray) -> None:
        """Store other values of a constant, and of it alone, though others may share its own."""
        start, size = self.content.extents[tensor]
        data = np.ascontiguousarray(values).tobytes()
        if len(data) != size:
            raise RunError(f"tensor {tensor} is stored in {size} bytes, not in {len(data)}")
        self.data[start : start + size] = data

    def packed(self) -> bytes:
        """The changed file."""
        return packed(self.root) if self.is_unpacked else bytes(self.data)


class Part:
    """The operators of a region, cut out once. Raises as `slicing.cut`, when first used."""

    def __init__(self, model: Model, region: Region) -> None:
        self.model, self.region = model, region
        self.runtime = Runtime(kernels_for(model))

    @cached_property
    def content(self) -> Content:
        """The unchanged file with no tensor that is not used, and a buffer for each of them."""
        root = unpacked(cut(self.model, self.region))
        graph = root.subgraphs[0]
        numbers = renumber(graph)
        root.buffers += [stored(root.buffers[tensor.buffer]) for tensor in graph.tensors]
        for place, tensor in enumerate(graph.tensors, len(root.buffers) - len(graph.tensors)):
            tensor.buffer = place if tensor.buffer else 0
        data = packed(root)
        made = Model(data, self.model.path)
        tensors = made.subgraphs[0].tensors
        places = {old: tensors[new].buffer for old, new in numbers.items() if old >= 0}
        return Content(data, numbers, {t: made.buffer_extent(b) for t, b in places.items()})

    def changed(self, change: Change) -> Callable[[], Changed]:
        """The part after a change, which is made and loaded when it is first called for."""

        @cache
        def made() -> Changed:
            parts = Parts(self.content, self.region)
            change(parts)
            outputs = [self.content.numbers[t] for t in self.region.outputs]
            return Changed(parts.packed(), outputs, self.runtime)

        return made


def unpacked(data: bytes) -> Any:
    """The generated objects of a file, with buffers that are packed where kernels want them."""
    root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    root.buffers = [stored(buffer) for buffer in root.buffers]
    return root


def renumber(graph: Any) -> dict[int, int]:
    """Leave the used tensors in a subgraph; the new number of each that is left."""
    named = [graph.inputs, graph.outputs]
    named += [v for o in graph.operators for v in (o.inputs, o.outputs, o.intermediates)]
    operands = {int(i) for vector in named if vector is not None for i in vector if i >= 0}
    grids = [grid for i in operands if (grid := blocks_of(graph.tensors[i])) is not None]
    beside = {i for grid in grids for i in (grid.scales, grid.zeroPoints) if i >= 0}
    used = sorted(operands | beside)
    numbers = {old: new for new, old in enumerate(used)} | {-1: -1}
    graph.tensors = [graph.tensors[i] for i in used]
    graph.inputs, graph.outputs = (renumbered(v, numbers) for v in (graph.inputs, graph.outputs))
    for operator in graph.operators:
        for name in ("inputs", "outputs", "intermediates"):
            setattr(operator, name, renumbered(getattr(operator, name), numbers))
    for grid in grids:
        grid.scales, grid.zeroPoints = numbers[grid.scales], numbers[grid.zeroPoints]
    return numbers


def blocks_of(tensor: Any) -> Any:
    """The grid of a tensor that is quantised by blocks, whose scales are tensors; else None."""
    details = getattr(tensor.quantization, "details", None)
    return details if isinstance(details, schema.BlockwiseQuantizationT) else None


def renumbered(vector: Any, numbers: Mapping[int, int]) -> list[int] | None:
    """A vector of tensors by their new numbers."""
    return None if vector is None else [numbers[int(index)] for index in vector]


def packed(root: Any) -> bytes:
    """A file of generated objects."""
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(root.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class Changed:
    """A changed part, loaded. Raises `RunError` where LiteRT refuses it."""

    def __init__(self, content: bytes, outputs: Sequence[int], runtime: Runtime) -> None:
        self.outputs, self.session = outputs, open_session(runtime, content)

    def run(self, feeds: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The values of its outputs, from those of its inputs."""
        self.session.resize([array.shape for array in feeds])
        self.session.run(feeds)
        return [self.session.read(tensor) for tensor in self.outputs]


def stored(buffer: Any) -> StoredBuffer:
    """A buffer that is packed where kernels want it."""
    found = StoredBuffer()
    found.data, found.offset, found.size = buffer.data, buffer.offset, buffer.size
    return found
