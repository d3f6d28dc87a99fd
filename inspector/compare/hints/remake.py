"""A part of the reference as a file of its own, changed through LiteRT's schema classes and run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """The generated objects of a part; tensors go by their indices in the model it was cut from."""

    def __init__(self, content: bytes, region: Region) -> None:
        self.root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
        self.root.buffers = [stored(buffer) for buffer in self.root.buffers]
        self.region, self.graph = region, self.root.subgraphs[0]

    def operator(self, index: int) -> Any:
        """An operator by its index in the model."""
        return self.graph.operators[self.region.operators.index(index)]

    def options(self, index: int) -> Any:
        """The options of an operator."""
        return self.operator(index).builtinOptions

    def quantization(self, tensor: int) -> Any:
        """The quantisation of a tensor."""
        return self.graph.tensors[tensor].quantization

    def stored(self, tensor: int) -> np.ndarray:
        """What is stored of a constant, as bytes."""
        return np.asarray(self.root.buffers[self.graph.tensors[tensor].buffer].data)

    def replace(self, tensor: int, data: np.ndarray) -> None:
        """Store other bytes for a constant, and for it alone, though others may share its own."""
        buffer = StoredBuffer()
        buffer.data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
        self.graph.tensors[tensor].buffer = len(self.root.buffers)
        self.root.buffers.append(buffer)

    def packed(self) -> bytes:
        """The changed file."""
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.root.Pack(builder), b"TFL3")
        return bytes(builder.Output())


class Part:
    """The operators of a region, cut out once. Raises as `slicing.cut`, when first used."""

    def __init__(self, model: Model, region: Region) -> None:
        self.model, self.region = model, region

    @cached_property
    def content(self) -> bytes:
        """The unchanged file."""
        return cut(self.model, self.region)

    def changed(self, change: Change, runtime: Runtime) -> Callable[[], Changed]:
        """The part after a change, which is made and loaded when it is first called for."""

        @cache
        def made() -> Changed:
            parts = Parts(self.content, self.region)
            change(parts)
            return Changed(parts.packed(), self.region.outputs, runtime)

        return made


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
