"""An opened model: its root table, read at once, and everything else when it is asked for.

`inspector.open(path)` maps the file. Records carry no bytes: `Model.data(tensor)` gives a
constant's values as a view of the map.
"""

from __future__ import annotations

import mmap
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.errors import InputError, ModelError
from inspector.read import schema, tables
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.options import Options
from inspector.read.records import Records, Signature, Tensor
from inspector.read.tables import check_indices

if TYPE_CHECKING:
    import numpy as np

IDENTIFIER = b"TFL3"


class Subgraph:
    """A graph of operators over its own tensors; `inputs` and `outputs` are tensor indices."""

    def __init__(self, model: Model, index: int, at: int) -> None:
        self.model, self.index, self.at = model, index, at
        buffer = model.buffer
        tensors, inputs, outputs, operators, name, _ = buffer.table(schema.SUB_GRAPH, at)
        self.name = buffer.string(name)
        places = buffer.tables(tensors, "its tensors")
        self.tensors = tables.tensors(buffer, index, places, model.buffer_count)
        places = buffer.tables(operators, "its operators")
        self.operators = tables.operators(model, index, places, len(self.tensors))
        self.inputs = self._indices(inputs, "its inputs")
        self.outputs = self._indices(outputs, "its outputs")

    def _indices(self, at: int, what: str) -> tuple[int, ...]:
        found = self.model.buffer.indices(at, what)
        check_indices(found, len(self.tensors), what)
        return found

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Subgraph {self.index}{name}: {len(self.operators)} operators>"


class Model:
    """An opened `.tflite` file, made by `inspector.open`; leaving its `with` lets go of the map."""

    def __init__(self, data: Any, path: str = "") -> None:
        self.path = path
        check_identifier(data, path)
        self.buffer = FlatBuffer(data)
        try:
            self._read_root(int.from_bytes(data[:4], "little"))
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from None

    def _read_root(self, at: int) -> None:
        root = self.buffer.table(schema.MODEL, at)
        positions = self.buffer.tables
        self.version: int = root[0]
        self.description = self.buffer.string(root[3])
        self.operator_codes = tuple(
            tables.operator_code(self.buffer, i) for i in positions(root[1], "the operator codes")
        )
        self._buffers = positions(root[4], "the buffers")
        self._metadata_at, self._signatures_at = root[6], root[7]
        graphs = positions(root[2], "the subgraphs")
        self.subgraphs: Records[Subgraph] = Records(
            len(graphs), lambda i: Subgraph(self, i, graphs[i]), "subgraph"
        )

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.buffer.size

    @property
    def buffer_count(self) -> int:
        """How many buffers the model has; tensors and metadata refer to them by index."""
        return len(self._buffers)

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        """The named entry points, in file order; their tensor indices are checked."""
        places = self.buffer.tables(self._signatures_at, "the signatures")
        return tuple(self._signature(at) for at in places)

    @cached_property
    def metadata(self) -> dict[str, int]:
        """The names of the metadata entries, each with the index of the buffer that holds it."""
        places = self.buffer.tables(self._metadata_at, "the metadata")
        entries = [self.buffer.table(schema.METADATA, at) for at in places]
        return {self.buffer.string(name): index for name, index in entries}

    def buffer_extent(self, index: int) -> tuple[int, int]:
        """(byte offset, length) of buffer `index`, in the FlatBuffer or behind; (0, 0) if empty."""
        if not 0 <= index < len(self._buffers):
            raise ModelError(f"buffer {index} is asked for, and the model has {len(self._buffers)}")
        data, offset, size = self.buffer.table(schema.BUFFER, self._buffers[index])
        if offset > 1:  # 0 and 1 both stand for "not behind the FlatBuffer"
            if offset + size > self.size:
                raise ModelError(
                    f"buffer {index} claims {size} bytes from byte {offset}, "
                    f"and the file ends at {self.size}; it was cut short"
                )
            return offset, size
        length = self.buffer.extent(data, 1, f"buffer {index}") if data else 0
        return (data + 4, length) if length else (0, 0)

    def buffer_bytes(self, index: int) -> memoryview:
        """The bytes of buffer `index`, a read-only view of the map."""
        offset, length = self.buffer_extent(index)
        return memoryview(self.buffer.data)[offset : offset + length].toreadonly()

    def is_constant(self, tensor: Tensor) -> bool:
        """Whether the model holds the tensor's values, in this file or in an external buffer."""
        if tensor.external_buffer:
            return True
        return tensor.buffer > 0 and self.buffer_extent(tensor.buffer)[1] > 0

    def data(self, tensor: Tensor) -> np.ndarray:
        """The stored values of a constant, a read-only view of the file in the tensor's shape.

        Packed (int4, int2), sparse and string constants come as their raw bytes, shape (n,);
        `inspector.weights.decode` turns any constant into values. Raises `ModelError` when the
        tensor has no stored values, or their size is not what its shape and type say.
        """
        from inspector.read.arrays import view

        return view(self, tensor)

    def options_at(self, at: int) -> Options:
        """The options of the operator table at byte `at`. Raises `ModelError`."""
        return tables.options(self.buffer, at)

    def _signature(self, at: int) -> Signature:
        inputs, outputs, key, _, subgraph = self.buffer.table(schema.SIGNATURE_DEF, at)
        name = self.buffer.string(key)
        if subgraph >= len(self.subgraphs):
            raise ModelError(f"signature {name!r} names subgraph {subgraph}")
        maps = [self._tensor_map(i, subgraph, name) for i in (inputs, outputs)]
        return Signature(name, subgraph, *maps)

    def _tensor_map(self, at: int, subgraph: int, key: str) -> dict[str, int]:
        places = self.buffer.tables(at, f"the arguments of signature {key!r}")
        pairs = [self.buffer.table(schema.TENSOR_MAP, i) for i in places]
        indices = tuple(index for _, index in pairs)
        check_indices(indices, len(self.subgraphs[subgraph].tensors), f"signature {key!r}")
        return {self.buffer.string(name): index for name, index in pairs}

    def close(self) -> None:
        """Let go of the file; views of its data that are still held keep the map alive."""
        if isinstance(self.buffer.data, mmap.mmap):
            try:
                self.buffer.data.close()
            except BufferError:  # a view is still held: the map goes with the last of them
                return

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        operators = sum(len(graph.operators) for graph in self.subgraphs)
        return (
            f"<Model {self.path!r}: {len(self.subgraphs)} subgraphs, "
            f"{operators} operators, {self.size:,} bytes>"
        )


def check_identifier(data: Any, path: str) -> None:
    """Raise `ModelError` unless the buffer can be a TFLite model."""
    if len(data) < 8:
        raise ModelError(
            f"{path}: {len(data)} bytes are too few for a model; it is empty or cut short"
        )
    found = bytes(data[4:8])
    if found != IDENTIFIER:
        raise ModelError(
            f"{path}: not a TFLite model: bytes 4 to 8 are {found!r}, and should be {IDENTIFIER!r}"
        )


def open_model(path: str | os.PathLike[str]) -> Model:
    """Map a `.tflite` file and read its root.

    Raises `InputError` when the path cannot be opened and `ModelError` when it holds no model.
    """
    where = Path(path)
    if where.is_fifo():
        raise InputError(f"{where}: is a pipe, and a model is mapped; write it to a file first")
    try:
        with where.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{where}: cannot be opened: {reason}") from None
    return Model(data, str(where))
