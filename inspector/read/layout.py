"""Where schema version 3 keeps the parts of a model; `legacy.py` knows the versions before it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from inspector.errors import ModelError
from inspector.read import schema, tables
from inspector.read.allowance import FEW, Allowance
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.options import Options
from inspector.read.records import ExternalBuffer, OperatorCode
from inspector.read.sequence import Records

Fields = Callable[[int], list[Any]]


class Layout:
    """The root table of a model, and how the tables that it points to are read.

    `subgraphs` and `buffers` are byte positions, `metadata` and `signatures` those of vectors;
    `sub_graph` and `tensor` give the fields of the table at a byte, as `schema` has them.
    """

    def __init__(self, buffer: FlatBuffer, at: int) -> None:
        self.buffer, self.allowance = buffer, Allowance(buffer.size)
        self._weighed: set[int] = set()  # operators whose options are large, and counted
        root = buffer.table(schema.MODEL, at)
        self.version: int = root[0]
        self._codes, self._description = root[1], root[3]
        self.subgraphs = buffer.tables(root[2], "the subgraphs")
        self.buffers = buffer.tables(root[4], "the buffers")
        self.metadata, self.signatures = root[6], root[7]
        self._external = root[8], root[9]
        self.sub_graph: Fields = partial(buffer.table, schema.SUB_GRAPH)
        self.tensor: Fields = partial(buffer.table, schema.TENSOR)

    @cached_property
    def description(self) -> str:
        """What the model calls itself. Raises `ModelError`."""
        return self.buffer.string(self._description)

    @cached_property
    def operator_codes(self) -> Records[OperatorCode]:
        """Which operators the model uses. Raises `ModelError`, as each of them may.

        Writers put them last: a file that was cut short has lost them, and little else.
        """
        places = self.buffer.tables(self._codes, "the operator codes")
        return Records(len(places), lambda i: self.operator_code(places[i]), "operator code")

    def operator_code(self, at: int) -> OperatorCode:
        """An entry of the operator code table. Raises `ModelError`."""
        return tables.operator_code(self.buffer, at)

    def stored(self, index: int) -> list[int]:
        """(vector, offset, size) of a buffer: its bytes in the FlatBuffer, or those behind it."""
        return self.buffer.table(schema.BUFFER, self.buffers[index])

    def options(self, at: int) -> Options:
        """The options of the operator table at byte `at`. Raises `ModelError`."""
        found = tables.options(self.buffer, at, self.operator_codes)
        size = sum([len(value) for value in found.values() if isinstance(value, list | str | dict)])
        if size > FEW and at not in self._weighed:
            self._weighed.add(at)  # decoded at each call, and counted once
            self.allowance.spend(size)
        return found

    def mutating(self, at: int) -> tuple[bool, ...]:
        """Which inputs the operator writes whose table lies at byte `at`. Raises `ModelError`."""
        vector = self.buffer.table(schema.OPERATOR, at)[7]
        return self.buffer.numbers(vector, "?", "its mutating inputs")

    def debug_metadata(self, at: int) -> int:
        """The entry of DEBUG_METADATA of the operator table at byte `at`, or -1."""
        found: int = self.buffer.table(schema.OPERATOR, at)[13]
        return found

    def external_buffers(self) -> dict[int, ExternalBuffer]:
        """The slices of other files that tensors may name, by their id. Raises `ModelError`."""
        groups_at, buffers_at = self._external
        read, places = self.buffer.table, self.buffer.tables
        groups = [
            self.buffer.string(read(schema.EXTERNAL_BUFFER_GROUP, at)[0])
            for at in places(groups_at, "the external buffer groups")
        ]
        found: dict[int, ExternalBuffer] = {}
        for at in places(buffers_at, "the external buffers"):
            fields = read(schema.EXTERNAL_BUFFER, at)
            found[fields[0]] = self._external_buffer(fields, groups, found)
        return found

    def _external_buffer(
        self, fields: list[Any], groups: list[str], others: dict[int, ExternalBuffer]
    ) -> ExternalBuffer:
        name, group, offset, length, packing = fields
        if name in others:
            raise ModelError(f"two external buffers have the id {name}; the file is damaged")
        if group >= len(groups):
            raise ModelError(
                f"external buffer {name} lies in group {group}, and the model has {len(groups)}"
            )
        return ExternalBuffer(name, groups[group], offset, length, self.buffer.string(packing))
