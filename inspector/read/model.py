"""An opened model: its root table, read at once, and everything else when it is asked for.

`inspector.open(path)`, in `opening.py`, maps the file. Records carry no bytes: `Model.data(tensor)`
gives a constant's values as a view of the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.errors import ModelError
from inspector.read import schema, tables
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.layout import Layout
from inspector.read.options import Options
from inspector.read.quantization import value_range
from inspector.read.records import ExternalBuffer, OperatorCode, Range, Signature, Tensor
from inspector.read.sequence import Records
from inspector.read.source import Source
from inspector.read.tables import check_indices

if TYPE_CHECKING:
    import numpy as np

    from inspector.read.containers import Member
    from inspector.read.external import Companions
    from inspector.read.metadata_records import ModelMetadata

IDENTIFIER = b"TFL3"


class Subgraph:
    """A graph of operators over its own tensors; `inputs` and `outputs` are tensor indices."""

    def __init__(self, model: Model, index: int, at: int) -> None:
        self.model, self.index, self.at = model, index, at
        buffer = model.buffer
        fields = model.layout.sub_graph(at)
        tensors, inputs, outputs, operators, name, self.debug_metadata = fields
        self.name = buffer.string(name)
        places = buffer.tables(tensors, "its tensors")
        self.tensors = tables.tensors(model, index, places)
        places = buffer.tables(operators, "its operators")
        self.operators = tables.operators(model, index, places, len(self.tensors))
        model.layout.allowance.spend(len(self.tensors) + len(self.operators))
        self.inputs = self._indices(inputs, "its inputs")
        self.outputs = self._indices(outputs, "its outputs")

    def _indices(self, at: int, what: str) -> tuple[int, ...]:
        found = self.model.buffer.indices(at, what)
        check_indices(found, len(self.tensors), what)
        return found

    def __repr__(self) -> str:
        from inspector.read.display import subgraph_line

        return subgraph_line(self)

    def _repr_html_(self) -> str:
        from inspector.read.html import subgraph_html

        return subgraph_html(self)


class Model:
    """An opened `.tflite` file, made by `inspector.open`; leaving its `with` lets go of the map.

    `Model(data, path)` reads one from bytes in memory.
    """

    def __init__(self, data: Any, path: str = "") -> None:
        self.source = data if isinstance(data, Source) else Source(path, FlatBuffer(data))
        self.path, self.buffer = self.source.name, self.source.buffer
        head = self.source.cut(0, 8)
        layout = layout_class(self.buffer, head, self.path)
        try:
            self.layout = layout(self.buffer, int.from_bytes(head[:4], "little"))
        except ModelError as error:
            raise ModelError(f"{self.path}: {error}") from None
        self.version, graphs = self.layout.version, self.layout.subgraphs
        self.subgraphs: Records[Subgraph] = Records(
            len(graphs), lambda i: Subgraph(self, i, graphs[i]), "subgraph"
        )

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.buffer.size

    @property
    def description(self) -> str:
        """What the model calls itself. Raises `ModelError`."""
        return self.layout.description

    @property
    def operator_codes(self) -> Sequence[OperatorCode]:
        """Which operators the model uses, in which version. Raises `ModelError`."""
        return self.layout.operator_codes

    @property
    def buffer_count(self) -> int:
        """How many buffers the model has; tensors and metadata refer to them by index."""
        return len(self.layout.buffers)

    @cached_property
    def signatures(self) -> tuple[Signature, ...]:
        """The named entry points, in file order; their tensor indices are checked."""
        places = self.buffer.tables(self.layout.signatures, "the signatures")
        return tuple(self._signature(at) for at in places)

    @cached_property
    def metadata(self) -> dict[str, int]:
        """The names of the metadata entries, each with the index of the buffer that holds it."""
        places = self.buffer.tables(self.layout.metadata, "the metadata")
        entries = [self.buffer.table(schema.METADATA, at) for at in places]
        return {self.buffer.string(name): index for name, index in entries}

    @cached_property
    def model_metadata(self) -> ModelMetadata:
        """What `TFLITE_METADATA` says of the model and of each input and output; empty without."""
        from inspector.read.metadata import read_metadata

        return read_metadata(self)

    @cached_property
    def associated_files(self) -> Sequence[Member]:
        """The files packed behind the model (`associated.py` reads them). Raises `ModelError`."""
        from inspector.read.associated import packed_files

        return packed_files(self)

    def buffer_extent(self, index: int) -> tuple[int, int]:
        """(byte offset, length) of buffer `index`, in the FlatBuffer or behind; (0, 0) if empty."""
        if not 0 <= index < self.buffer_count:
            raise ModelError(f"buffer {index} is asked for, and the model has {self.buffer_count}")
        data, offset, size = self.layout.stored(index)
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
        return self.buffer.cut(*self.buffer_extent(index))

    def value_range(self, tensor: Tensor) -> Range | None:
        """The range of values that a converter noted beside the quantisation, or without one.

        Raises `ModelError`.
        """
        return value_range(self.buffer, tensor.parameters_at)

    def tensor_bytes(self, tensor: Tensor) -> memoryview:
        """The stored bytes of a tensor, a read-only view of this file or of one beside it.

        Empty where the model holds none. Raises `ModelError` when they cannot be read.
        """
        if not tensor.external_buffer:
            return self.buffer_bytes(tensor.buffer)
        found = self.external_buffer(tensor)
        try:
            return self.external_bytes(found)
        except ModelError as error:
            raise ModelError(f"tensor {tensor.index}: its values {error}") from None

    def external_bytes(self, found: ExternalBuffer) -> memoryview:
        """The bytes of a slice of a file beside the model. Raises `ModelError`.

        The words of the error follow "its values".
        """
        return self._companions.cut(found)

    @cached_property
    def external_buffers(self) -> dict[int, ExternalBuffer]:
        """The slices of other files in which tensors have their values, by id."""
        return self.layout.external_buffers()

    def external_buffer(self, tensor: Tensor) -> ExternalBuffer:
        """The slice of another file that holds the tensor's values. Raises `ModelError`."""
        found = self.external_buffers.get(tensor.external_buffer)
        if found is None:
            raise ModelError(
                f"tensor {tensor.index}: it has its values in external buffer "
                f"{tensor.external_buffer}, and the model lists no such buffer; it is damaged"
            )
        return found

    @cached_property
    def _companions(self) -> Companions:
        from inspector.read.external import Companions

        return Companions(Path(self.path).parent)

    def content(self) -> Path | bytes:
        """What an interpreter loads: the file, or where it holds more than the model, a copy."""
        return self.source.file or bytes(self.buffer.cut(0, self.size))

    def is_constant(self, tensor: Tensor) -> bool:
        """Whether the model holds the tensor's values, in this file or in an external buffer."""
        if tensor.external_buffer:
            return self.external_buffer(tensor).length > 0
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
        return self.layout.options(at)

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
        self.buffer.close()
        if "_companions" in vars(self):
            self._companions.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        from inspector.read.display import model_line

        return model_line(self)

    def _repr_html_(self) -> str:
        from inspector.read.html import model_html

        return model_html(self)


def layout_class(buffer: FlatBuffer, head: memoryview, path: str) -> type[Layout]:
    """How a model that begins with `head` is laid out. Raises `ModelError` when it can be none."""
    if len(head) < 8:
        raise ModelError(
            f"{path}: {len(head)} bytes are too few for a model; it is empty or cut short"
        )
    found = bytes(head[4:])
    if found == IDENTIFIER:
        return Layout
    from inspector.read.legacy import version_of

    old = version_of(buffer)
    if old is None:
        raise ModelError(
            f"{path}: not a TFLite model: bytes 4 to 8 are {found!r}, and should be {IDENTIFIER!r}"
        )
    return old
