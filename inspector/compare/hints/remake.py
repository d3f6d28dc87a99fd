"""A part of the reference as a file of its own, changed through LiteRT's schema classes and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, TypeAlias

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inspector.read.model import Model
from inspector.run.isolation import open_session
from inspector.run.regions import Region
from inspector.run.runtime import Runtime
from inspector.run.slicing import StoredBuffer, cut

Change: TypeAlias = Callable[["Parts"], None]


class Parts:
    """The generated objects of a part; all goes by its indices in the model it was cut from."""

    def __init__(self, content: bytes, region: Region, numbers: Mapping[int, int]) -> None:
        self.root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        self.root.buffers = [stored(buffer) for buffer in self.root.buffers]
        self.region, self.numbers, self.graph = region, numbers, self.root.subgraphs[0]

    def tensor(self, index: int) -> Any:
        """A tensor by its index in the model."""
        return self.graph.tensors[self.numbers[index]]

    def operator(self, index: int) -> Any:
        """An operator by its index in the model."""
        return self.graph.operators[self.region.operators.index(index)]

    def options(self, index: int) -> Any:
        """The options of an operator."""
        return self.operator(index).builtinOptions

    def quantization(self, tensor: int) -> Any:
        """The quantisation of a tensor."""
        return self.tensor(tensor).quantization

    def stored(self, tensor: int) -> np.ndarray:
        """What is stored of a constant, as bytes."""
        return np.asarray(self.root.buffers[self.tensor(tensor).buffer].data)

    def replace(self, tensor: int, data: np.ndarray) -> None:
        """Store other bytes for a constant, and for it alone, though others may share its own."""
        buffer = StoredBuffer()
        buffer.data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
        self.tensor(tensor).buffer = len(self.root.buffers)
        self.root.buffers.append(buffer)


class Part:
    """The operators of a region, cut out once. Raises as `slicing.cut`, when first used."""

    def __init__(self, model: Model, region: Region) -> None:
        self.model, self.region = model, region

    @cached_property
    def content(self) -> tuple[bytes, dict[int, int]]:
        """The unchanged file with no tensor that is not used, and the new number of each."""
        root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(cut(self.model, self.region), 0))
        root.buffers = [stored(buffer) for buffer in root.buffers]
        numbers = renumber(root.subgraphs[0])
        return packed(root), numbers

    def changed(self, change: Change, runtime: Runtime) -> Callable[[], Changed]:
        """The part after a change, which is made and loaded when it is first called for."""

        @cache
        def made() -> Changed:
            content, numbers = self.content
            parts = Parts(content, self.region, numbers)
            change(parts)
            return Changed(packed(parts.root), [numbers[t] for t in self.region.outputs], runtime)

        return made


def renumber(graph: Any) -> dict[int, int]:
    """Leave the used tensors in a subgraph; the new number of each that is left."""
    named = [graph.inputs, graph.outputs]
    named += [v for o in graph.operators for v in (o.inputs, o.outputs, o.intermediates)]
    used = sorted({int(i) for vector in named if vector is not None for i in vector if i >= 0})
    numbers = {old: new for new, old in enumerate(used)} | {-1: -1}
    graph.tensors = [graph.tensors[i] for i in used]
    graph.inputs, graph.outputs = (renumbered(v, numbers) for v in (graph.inputs, graph.outputs))
    for operator in graph.operators:
        for name in ("inputs", "outputs", "intermediates"):
            setattr(operator, name, renumbered(getattr(operator, name), numbers))
    return numbers


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
