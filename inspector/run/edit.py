"""Another outputs vector, fewer operators, another primary subgraph: patches of a model's bytes.

FlatBuffers are relative. A new vector is appended at the end and the offset of the field that shall
name it is patched: offsets are unsigned and count from the field, so what is appended can always be
reached. The operators vector is shortened where it lies. Everything else stays byte for byte, never
rebuilt, so that what lies behind the FlatBuffer (large constants, by absolute offset) stays valid.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from inspector.errors import InputError, ModelError, UnsupportedError
from inspector.read import schema
from inspector.read.flatbuffer import U32

if TYPE_CHECKING:
    from inspector.read.flatbuffer import FlatBuffer, Kind
    from inspector.read.model import Model

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


def watched(model: Model, subgraph: int, tensors: Sequence[int]) -> list[memoryview]:
    """The model with `subgraph` as its primary one and `tensors` as its outputs, in pieces.

    Joined, the pieces are the file; what is unchanged is not copied. Raises as `with_outputs`.
    """
    patch = Patch(model, subgraph)
    patch.lead()
    patch.replace("outputs", tensors)
    return patch.pieces()


def begun(model: Model, subgraph: int, operators: int, outputs: Sequence[int]) -> list[memoryview]:
    """As `watched`, with only the first `operators` operators of the subgraph left."""
    patch = Patch(model, subgraph)
    patch.lead()
    patch.keep(range(operators))
    patch.replace("outputs", outputs)
    return patch.pieces()


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

    def lead(self) -> None:
        """Make the subgraph the primary one: it changes places with the first.

        Operators that call a subgraph name it by its place, so a subgraph that calls the first (or
        itself) would call another one then; no converter writes such a recursion. Signatures are
        left out: they would name tensors of the wrong subgraph.
        """
        if not self.graph.index:
            return
        buffer = self.model.buffer
        root = U32.unpack(buffer.cut(0, 4))[0]
        vector = vector_at(buffer, schema.MODEL, root, "subgraphs")
        places = buffer.tables(vector, "the subgraphs")
        places[0], places[self.graph.index] = places[self.graph.index], places[0]
        if min(places) < vector + 4 + 4 * len(places):
            raise UnsupportedError(
                f"{self.model.path}: its subgraphs lie before the vector that names them, so "
                f"subgraph {self.graph.index} cannot be made the primary one"
            )
        self.changes.append((vector + 4, offsets(vector, places)))
        signatures = vector_at(buffer, schema.MODEL, root, "signature_defs")
        if signatures:
            self.changes.append((signatures, U32.pack(0)))

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

    def pieces(self) -> list[memoryview]:
        """The changed file, in pieces; those that are unchanged are views of the model."""
        cut, size, done = self.model.buffer.cut, self.model.size, 0
        found: list[memoryview] = []
        for at, change in sorted(self.changes):
            if at < done:
                raise ModelError(f"{self.model.path}: two vectors overlap at byte {at}")
            found += [cut(done, at - done), memoryview(change)]
            done = at + len(change)
        return [*found, cut(done, size - done), memoryview(self.tail)]

    def bytes(self) -> bytes:
        """The changed file."""
        return b"".join(self.pieces())


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
