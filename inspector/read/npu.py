"""Operators that an NPU's compiler made of a network: for which chip, where the code is, how large.

What they compute is not to be seen; this is what the file tells of them.

LiteRT puts the code behind the FlatBuffer and its place into the options of a DISPATCH_OP
(`litert/core/dispatch_op_schema.cc`); the chip is in the metadata (`build_stamp.h`). Older ones had
the name of a metadata entry there, which has the place in figures. Arm's, NXP's and VeriSilicon's
compilers store code and weights as constants that the operator reads.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspector.errors import ModelError
from inspector.read import edgetpu, schema
from inspector.read.options import EDGE_TPU

if TYPE_CHECKING:
    from inspector.read.model import Model
    from inspector.read.records import Operator

DISPATCH = "DISPATCH_OP"
STAMP = "LiteRtStamp"
STAMP_PART = 125
"""Bytes of the maker's name in the stamp, and of the chip's, each ended by zeros."""
OLD_OPTIONS = struct.Struct("<125s125s")
OLD_PLACE = struct.Struct("<15s11s11s")
IN_CONSTANTS = {
    "ethos-u": "Arm Ethos-U",
    "NeutronGraph": "NXP eIQ Neutron",
    "vsi-npu": "VeriSilicon NPU",
}
"""Custom operators whose code is among the constants that they read."""
MAGIC = {b"DGC0": "Google Tensor", b"DWN1": "Edge TPU"}
"""Identifiers in bytes 4 to 8 of the code."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operator that is code for a chip: `target` is the chip, as far as it is told.

    The code takes `size` bytes from byte `offset` of the model's file; an offset of -1 stands for
    several places. `entry` is the name by which the runtime calls it.
    """

    subgraph: int
    operator: int
    op: str
    target: str
    size: int
    offset: int = -1
    entry: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def compiled(model: Model, operators: Iterable[Operator]) -> Iterator[Compiled]:
    """The operators that are code for a chip. Raises `ModelError` where the code is cut short."""
    for operator in operators:
        reader = reader_of(operator)
        if reader:
            try:
                yield reader(model, operator)
            except ModelError as error:
                where = f"subgraph {operator.subgraph}, operator {operator.index}"
                raise ModelError(f"{where} ({operator.name}): {error}") from None


def reader_of(operator: Operator) -> Callable[[Model, Operator], Compiled] | None:
    """What reads the code of an operator of that name."""
    if not operator.custom:
        return None
    if operator.name in IN_CONSTANTS:
        return in_constants
    return {DISPATCH: dispatched, EDGE_TPU: edge_tpu}.get(operator.name)


def edge_tpu(model: Model, operator: Operator) -> Compiled:
    """Of the Edge TPU: the program is in the options."""
    start, size = options_place(model, operator)
    found = edgetpu.packages(bytes(model.buffer.cut(start, size)))
    address = (operator.subgraph, operator.index, operator.name)
    return Compiled(*address, "Edge TPU", size, start, details={"packages": found})


def dispatched(model: Model, operator: Operator) -> Compiled:
    """Of LiteRT: the options say where the code is and what it is called."""
    options = operator.options
    offset, size = options.get("bytecode_offset"), options.get("bytecode_size")
    entry = str(options.get("name", ""))
    if not isinstance(offset, int) or not isinstance(size, int):
        offset, size, entry = old_place(model, operator)
    if size < 0 or offset < 0 or offset + size > model.size:
        raise ModelError(
            f"its code is {size} bytes from byte {offset} on, and the file ends at {model.size}; "
            "it was cut short"
        )
    magic = bytes(model.buffer.cut(offset, min(size, 8)))[4:]
    target = stamp(model) or MAGIC.get(magic, "an NPU that is not named")
    address = (operator.subgraph, operator.index, operator.name)
    return Compiled(*address, target, size, offset, entry)


def old_place(model: Model, operator: Operator) -> tuple[int, int, str]:
    """Offset, size and name of the code, where the options name a metadata entry that has them."""
    start, size = options_place(model, operator)
    if size < OLD_OPTIONS.size:
        return 0, 0, ""
    entry, key = map(text, OLD_OPTIONS.unpack(model.buffer.cut(start, OLD_OPTIONS.size)))
    buffer = model.metadata.get(key)
    stored = bytes(model.buffer_bytes(buffer)) if buffer is not None else b""
    if len(stored) != OLD_PLACE.size:
        return 0, len(stored), entry
    _, *figures = map(text, OLD_PLACE.unpack(stored))
    offset, length = (int(part) if part.isdecimal() else 0 for part in figures)
    return offset, length, entry


def in_constants(model: Model, operator: Operator) -> Compiled:
    """Of compilers that keep code and weights in constants of the operator."""
    tensors = model.subgraphs[operator.subgraph].tensors
    buffers = {tensors[index].buffer for index in operator.inputs if index >= 0}
    size = sum(model.buffer_extent(buffer)[1] for buffer in buffers)
    address = (operator.subgraph, operator.index, operator.name)
    return Compiled(*address, IN_CONSTANTS[operator.name], size)


def options_place(model: Model, operator: Operator) -> tuple[int, int]:
    """(byte offset, length) of the custom options, in the FlatBuffer or behind it."""
    fields = model.buffer.table(schema.OPERATOR, operator.at)
    if fields[5]:
        return fields[5] + 4, model.buffer.extent(fields[5], 1, "the custom options")
    return fields[9], fields[10]


def stamp(model: Model) -> str:
    """The chip that LiteRT's compiler was given: `Qualcomm SM8750`; empty where it is not told."""
    buffer = model.metadata.get(STAMP)
    raw = bytes(model.buffer_bytes(buffer)) if buffer is not None else b""
    maker, chip = text(raw[:STAMP_PART]), text(raw[STAMP_PART : 2 * STAMP_PART])
    return f"{maker} {chip}".strip()


def text(raw: bytes) -> str:
    """A text up to the zero that ends it."""
    return raw.partition(b"\0")[0].decode("utf-8", "replace")
