"""Another outputs vector, fewer operators: patches of a model's bytes, never a rebuild of them.

FlatBuffers are relative. A new vector is appended at the end and the offset of the field that shall
name it is patched: offsets are unsigned and count from the field, so what is appended can always be
reached. The operators vector is shortened where it lies. Everything else stays byte for byte, so
that what lies behind the FlatBuffer (large constants, by absolute offset) stays valid.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from inspector.errors import InputError, ModelError, UnsupportedError
from inspector.read import schema
from inspector.read.flatbuffer import U32

if TYPE_CHECKING:
    from inspector.read.flatbuffer import FlatBuffer, Kind
    from inspector.read.model import Model

Buffer: TypeAlias = bytes | memoryview

LARGEST = 2**31 - 1
"""Bytes of the largest model whose every vector a FlatBuffer can name, and LiteRT verifies."""

SLOTS = {
    (kind.name, name): slot
    for kind in (schema.MODEL, schema.SUB_GRAPH)
    for slot, name in enumerate(kind.names)
}


def with_outputs(model: Model, subgraph: int, tensors: Sequence[int]) -> bytes:
    """The model with `tensors` (indices, in this order) as the outputs of a subgraph.

    Signatures go on naming the same tensors. Raises `UnsupportedError` where the file cannot be
    patched (the subgraph has no outputs at all, or the model is over 2 GB) and `InputError` where
    there is no such subgraph or tensor.
    """
    patch = Patch(model, subgraph)
    patch.replace("outputs", tensors)
    return patch.bytes()


def slice_operators(
    model: Model,
    subgraph: int,
    operators: Iterable[int],
    inputs: Sequence[int],
    outputs: Sequence[int],
) -> bytes:
    """The model with only `operators` left in a subgraph, fed `inputs` and giving `outputs`.

    The operators keep their order of execution; tensors keep their indices, names and constants.
    Other subgraphs are as they were, so an operator that calls one still can. Raises as
    `with_outputs` does.
    """
    patch = Patch(model, subgraph)
    patch.keep(sorted(set(operators)))
    patch.replace("inputs", inputs)
    patch.replace("outputs", outputs)
    return patch.bytes()


class Patch:
    """Changes to one subgraph of a model, collected and then applied in one copy of its bytes."""

    def __init__(self, model: Model, subgraph: int) -> None:
        if not 0 <= subgraph < len(model.subgraphs):
            raise InputError(f"the model has {len(model.subgraphs)} subgraphs, none {subgraph}")
        if model.size > LARGEST:
            raise UnsupportedError(
                f"{model.path}: {model.size} bytes are over 2 GB, more than can be patched; "
                "run it with experimental_preserve_all_tensors instead"
            )
        self.model, self.graph = model, model.subgraphs[subgraph]
        self.changes: list[tuple[int, bytes]] = []
        self.tail = b""

    def replace(self, field: str, tensors: Sequence[int]) -> None:
        """Name `tensors` in `field` ("inputs" or "outputs") of the subgraph."""
        count = len(self.graph.tensors)
        for tensor in tensors:
            if not 0 <= tensor < count:
                raise InputError(
                    f"subgraph {self.graph.index} has no tensor {tensor}; it has {count}"
                )
        at = field_position(self.model.buffer, schema.SUB_GRAPH, self.graph.at, field)
        if not at:
            if not tensors:
                return
            raise UnsupportedError(
                f"{self.model.path}: subgraph {self.graph.index} says nothing of its {field}, so "
                "there is no offset to patch; run it with experimental_preserve_all_tensors instead"
            )
        self.tail += b"\0" * (-(self.model.size + len(self.tail)) % 4)
        vector = self.model.size + len(self.tail)
        self.tail += struct.pack(f"<I{len(tensors)}i", len(tensors), *tensors)
        self.changes.append((at, U32.pack(vector - at)))

    def keep(self, operators: Sequence[int]) -> None:
        """Leave only `operators`, in ascending order, in the subgraph."""
        buffer = self.model.buffer
        vector = vector_at(buffer, schema.SUB_GRAPH, self.graph.at, "operators")
        places = buffer.tables(vector, "its operators") if vector else []
        if operators and not 0 <= operators[0] <= operators[-1] < len(places):
            wrong = next(i for i in operators if not 0 <= i < len(places))
            raise InputError(
                f"subgraph {self.graph.index} has no operator {wrong}; it has {len(places)}"
            )
        if vector:
            kept = [places[i] for i in operators]
            self.changes.append((vector, U32.pack(len(kept)) + offsets(vector, kept)))
            self.forget_codes(kept)

    def forget_codes(self, kept: Sequence[int]) -> None:
        """Let each entry of the operator codes that nobody uses now repeat one that is used.

        LiteRT looks all of them up before it reads an operator, and refuses the model when one is
        unknown to the kernel set, even where no operator refers to it any more.
        """
        buffer = self.model.buffer
        elsewhere = [graph.at for graph in self.model.subgraphs if graph is not self.graph]
        others = [at for graph in elsewhere for at in operator_tables(buffer, graph)]
        used = {buffer.table(schema.OPERATOR, at)[0] for at in [*kept, *others]}
        root = U32.unpack(buffer.cut(0, 4))[0]
        vector = vector_at(buffer, schema.MODEL, root, "operator_codes")
        places = buffer.tables(vector, "the operator codes") if vector else []
        if used and max(used) < len(places):
            spare = max(places[i] for i in used)
            if spare >= vector + 4 * len(places):
                named = [at if i in used else spare for i, at in enumerate(places)]
                self.changes.append((vector + 4, offsets(vector, named)))

    def bytes(self) -> bytes:
        """The changed file."""
        data, done = self.model.buffer.cut(0, self.model.size), 0
        pieces: list[Buffer] = []
        for at, change in sorted(self.changes):
            if at < done:
                raise ModelError(f"{self.model.path}: two vectors overlap at byte {at}")
            pieces += [data[done:at], change]
            done = at + len(change)
        return b"".join([*pieces, data[done:], self.tail])


def offsets(vector: int, places: Sequence[int]) -> bytes:
    """The elements of the vector of tables at byte `vector`: each counts from its own position."""
    found = [place - (vector + 4 + 4 * i) for i, place in enumerate(places)]
    return struct.pack(f"<{len(found)}I", *found)


def operator_tables(buffer: FlatBuffer, subgraph: int) -> list[int]:
    """Where the operators of the subgraph table at byte `subgraph` lie."""
    vector = vector_at(buffer, schema.SUB_GRAPH, subgraph, "operators")
    return buffer.tables(vector, "its operators") if vector else []


def vector_at(buffer: FlatBuffer, kind: Kind, table: int, field: str) -> int:
    """Where the vector lies that `field` of the table at byte `table` names; 0 if none."""
    return int(buffer.table(kind, table)[SLOTS[kind.name, field]])


def field_position(buffer: FlatBuffer, kind: Kind, table: int, field: str) -> int:
    """Where the table at byte `table` stores the offset of `field`; 0 if it has no such field."""
    slot = SLOTS[kind.name, field]
    places = dict(buffer.layout(kind, table).references)
    return table + places[slot] if slot in places else 0
