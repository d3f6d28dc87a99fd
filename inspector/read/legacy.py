"""Schema versions 0 to 2, of 2017, read into the records of today.

Such files have no identifier, so what tells them is that their tables can be read as what they
would be. Version 1 put tensors and operators, until then the root table's own, into subgraphs;
version 2 numbered the operators anew; version 3 moved the bytes of constants out of the tensors
into buffers. Here those bytes are numbered as the buffers that they would be.

Source: `tflite/converter/schema/schema_v0.fbs` to `schema_v3.fbs` of google-ai-edge/LiteRT.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from inspector.errors import ModelError
from inspector.read import schema
from inspector.read.allowance import Allowance
from inspector.read.flatbuffer import FlatBuffer, Kind
from inspector.read.layout import Layout
from inspector.read.option_tables import BUILTIN_OPTIONS
from inspector.read.options import Options
from inspector.read.records import OperatorCode
from inspector.read.schema import BUILTIN_OPERATORS, TensorType

ROOT_0 = Kind(
    "Model",
    "tensors:[Tensor] inputs:[int] outputs:[int] operator_codes:[OperatorCode] "
    "operators:[Operator]",
)
TENSOR = Kind(
    "Tensor",
    "shape:[int] type:byte data_buffer:[ubyte] name:string quantization:QuantizationParameters",
)
RESIZE_BILINEAR = Kind("ResizeBilinearOptions", "new_height:int new_width:int")

OPERATORS: tuple[str, ...] = tuple(
    """
    CUSTOM CONV_2D DEPTHWISE_CONV_2D CONCAT_EMBEDDINGS LSH_PROJECTION TANH RELU AVERAGE_POOL_2D
    MAX_POOL_2D L2_POOL_2D LOGISTIC SVDF RNN RELU6 EMBEDDING_LOOKUP FULLY_CONNECTED
    HASHTABLE_LOOKUP SOFTMAX CONCATENATION LSTM ADD L2_NORMALIZATION LOCAL_RESPONSE_NORMALIZATION
    RESIZE_BILINEAR CALL RESHAPE SKIP_GRAM SPACE_TO_DEPTH
    """.split()
)
"""Operators by their code in versions 0 and 1, under their names of today."""


class Version2(Layout):
    """Constants have their bytes in the tensor; otherwise as version 3."""

    version = 2

    def __init__(self, buffer: FlatBuffer, at: int) -> None:
        self.buffer, self.allowance = buffer, Allowance(buffer.size)
        self._weighed = set()
        self.sub_graph, self.tensor = self._sub_graph, self._tensor
        self.metadata = self.signatures = 0
        self._external = 0, 0
        self._read_root(at)
        self._number_constants()

    def _read_root(self, at: int) -> None:
        """Take what the root table holds."""
        _, self._codes, subgraphs, self._description, *_ = self.buffer.table(schema.MODEL, at)
        self.subgraphs = self.buffer.tables(subgraphs, "the subgraphs")

    def _number_constants(self) -> None:
        """Give each vector of bytes that a tensor has a buffer's index; 0 is the empty buffer."""
        self._index = {0: 0}
        for at in self.subgraphs:
            for place in self.buffer.tables(self.sub_graph(at)[0], "the tensors"):
                with suppress(ModelError):  # told when the tensor itself is read
                    self._index.setdefault(self.buffer.table(TENSOR, place)[2], len(self._index))
        self.buffers = list(self._index)

    def _sub_graph(self, at: int) -> list[Any]:
        return self.buffer.table(schema.SUB_GRAPH, at)

    def _tensor(self, at: int) -> list[Any]:
        shape, dtype, data, name, quantization = self.buffer.table(TENSOR, at)
        return [shape, dtype, self._index[data], name, quantization, *schema.TENSOR.defaults[5:]]

    def stored(self, index: int) -> list[int]:
        """See `Layout.stored`; nothing lies behind the FlatBuffer."""
        return [self.buffers[index], 0, 0]

    def options(self, at: int) -> Options:
        """See `Layout.options`; RESIZE_BILINEAR had its size among them."""
        fields = self.buffer.table(schema.OPERATOR, at)
        if fields[4] and fields[3] == BUILTIN_OPTIONS.index("ResizeBilinearOptions"):
            sizes = self.buffer.table(RESIZE_BILINEAR, fields[4])
            return dict(zip(RESIZE_BILINEAR.names, sizes, strict=True))
        return super().options(at)


class Version1(Version2):
    """Operators have other numbers."""

    version = 1

    def operator_code(self, at: int) -> OperatorCode:
        """An entry of the operator code table, under the code and name of today."""
        old, custom, *_ = self.buffer.table(schema.OPERATOR_CODE, at)
        if not 0 <= old < len(OPERATORS):
            return OperatorCode(old, f"BUILTIN_{old}", 1)
        name = OPERATORS[old]
        code = BUILTIN_OPERATORS.index(name)
        if name == "CUSTOM":
            return OperatorCode(code, self.buffer.string(custom) or name, 1, custom=True)
        return OperatorCode(code, name, 1)


class Version0(Version1):
    """The root table is the only graph."""

    version = 0

    def _read_root(self, at: int) -> None:
        self._codes, self._description = self.buffer.table(ROOT_0, at)[3], 0
        self.subgraphs = [at]

    def _sub_graph(self, at: int) -> list[Any]:
        tensors, inputs, outputs, _, operators = self.buffer.table(ROOT_0, at)
        return [tensors, inputs, outputs, operators, 0, -1]


def version_of(buffer: FlatBuffer) -> type[Layout] | None:
    """The layout of a file without identifier, where it can be read as one of these versions."""
    at = int.from_bytes(buffer.cut(0, 4), "little")
    with suppress(ModelError):
        version = buffer.table(schema.MODEL, at)[0]  # in version 0 an offset, which is 4 at least
        if version == 3:
            return None
        layout = VERSIONS.get(version, Version0)(buffer, at)
        list(layout.operator_codes)  # raises where this is none
        return type(layout) if has_tensors(layout) else None
    return None


VERSIONS = {0: Version1, 1: Version1, 2: Version2}
"""By the version in the root table, which writers left out at first."""


def has_tensors(layout: Layout) -> bool:
    """Whether there are tensors, all of them of types that there were."""
    read, places = layout.tensor, layout.buffer.tables
    graphs = [places(layout.sub_graph(at)[0], "the tensors") for at in layout.subgraphs]
    types = [read(at)[1] for tensors in graphs for at in tensors]
    return bool(types) and all(0 <= dtype <= TensorType.STRING for dtype in types)
