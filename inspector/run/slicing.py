"""A part of a model as a model of its own: only what the kept operators use, valid for any reader.

`edit.slice_operators` shortens a vector in a copy of the file, which is what a measurement wants.
Here the part is packed anew by LiteRT's own schema classes, so that it is as small as what it
holds. Tensors keep their indices and names in the subgraph that was cut; buffers, operator codes
and subgraphs are renumbered.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inspector.errors import InputError, ModelError, UnsupportedError
from inspector.read.model import Model, Subgraph
from inspector.run.edit import LARGEST
from inspector.run.regions import Region

ALIGNMENT = 16
"""Bytes at which constants begin (`force_align` of `Buffer.data` in schema.fbs)."""
INTERFACE = b"TFLITE_METADATA"
"""The metadata that describes inputs and outputs, which a part no longer has."""
DAMAGED = (struct.error, IndexError, KeyError, TypeError, ValueError)
"""What the generated classes raise for a file that does not say what they expect."""


class StoredBuffer(schema.BufferT):  # type: ignore[misc]  # the generated classes have no types
    """A buffer whose bytes begin where kernels want them."""

    def Pack(self, builder: Any) -> Any:  # noqa: N802 - the generated classes call it so
        """Pad, then write the bytes."""
        if self.data is not None:
            builder.Prep(ALIGNMENT, self.data.size)
        return super().Pack(builder)


def cut(model: Model, region: Region, subgraph: int = 0) -> bytes:
    """The operators of `region`, in subgraph `subgraph`, as a whole `.tflite` file.

    It is the primary subgraph of the new file; those that its operators call follow it. Signatures
    and the description of inputs and outputs are left out, since they no longer fit. Raises
    `UnsupportedError` for a model of an old schema and for a part of over 2 GB, `InputError` where
    there is no such operator or tensor, `ModelError` where the file is damaged.
    """
    if model.version != 3:
        raise UnsupportedError(f"{model.path}: schema version {model.version} cannot be cut")
    check(model.subgraphs[subgraph], region)
    try:
        root = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model.buffer.cut(0, model.size), 0))
        shorten(root, model, region, subgraph)
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(root.Pack(builder), b"TFL3")
        return bytes(builder.Output())
    except DAMAGED as error:
        raise ModelError(f"{model.path}: cannot be cut: {error}") from None


def check(graph: Subgraph, region: Region) -> None:
    """Raise `InputError` where a region names what the subgraph has not."""
    for kind, named, count in (
        ("operator", region.operators, len(graph.operators)),
        ("tensor", (*region.inputs, *region.outputs), len(graph.tensors)),
    ):
        for index in named:
            if not 0 <= index < count:
                raise InputError(f"subgraph {graph.index} has no {kind} {index}; it has {count}")


def shorten(root: Any, model: Model, region: Region, subgraph: int) -> None:
    """Leave in `root`, the model as generated objects, what a region uses."""
    part = root.subgraphs[subgraph]
    inline_options(root, model)
    part.operators = [part.operators[i] for i in region.operators]
    part.inputs, part.outputs = list(region.inputs), list(region.outputs)
    keep_called(root, part)
    forget_unused(part, model.subgraphs[subgraph], region)
    root.signatureDefs = None
    root.metadata = [m for m in root.metadata or [] if m.name != INTERFACE]
    root.metadataBuffer = None
    renumber_codes(root)
    renumber_buffers(root, model)


def inline_options(root: Any, model: Model) -> None:
    """Bring the custom options that lie behind the FlatBuffer into it."""
    for graph in root.subgraphs:
        for operator in graph.operators or []:
            if operator.largeCustomOptionsSize:
                place = operator.largeCustomOptionsOffset, operator.largeCustomOptionsSize
                operator.customOptions = np.frombuffer(model.buffer.cut(*place), np.uint8)
                operator.largeCustomOptionsOffset = operator.largeCustomOptionsSize = 0


def keep_called(root: Any, part: Any) -> None:
    """Put the part first, then the subgraphs that are called from it in the end, renumbered."""
    kept, waiting = [part], [part]
    while waiting:
        for operator in waiting.pop().operators or []:
            for index in called(operator):
                if not any(root.subgraphs[index] is graph for graph in kept):
                    kept.append(root.subgraphs[index])
                    waiting.append(root.subgraphs[index])
    numbers = {id(graph): number for number, graph in enumerate(kept)}
    places = {i: numbers.get(id(graph)) for i, graph in enumerate(root.subgraphs)}
    for graph in kept:
        graph.debugMetadataIndex = -1
        for operator in graph.operators or []:
            operator.debugMetadataIndex = -1
            renumber_called(operator, places)
    root.subgraphs = kept


def options_of(operator: Any) -> Iterator[tuple[Any, str]]:
    """The options of an operator that name subgraphs: the object and the attribute."""
    for options in (operator.builtinOptions, operator.builtinOptions2):
        for name in vars(options) if options is not None else ():
            if name == "subgraph" or name.endswith(("SubgraphIndex", "SubgraphIndices")):
                yield options, name


def called(operator: Any) -> Iterator[int]:
    """The subgraphs that an operator calls; -1 stands for none."""
    for options, name in options_of(operator):
        yield from (int(i) for i in np.atleast_1d(getattr(options, name)) if i >= 0)


def renumber_called(operator: Any, places: dict[int, int | None]) -> None:
    """Give an operator's options the new numbers of the subgraphs that it calls."""
    for options, name in options_of(operator):
        found = getattr(options, name)
        if name.endswith("Indices"):
            setattr(options, name, [places[int(i)] for i in found])
        elif found >= 0:
            setattr(options, name, places[int(found)])


def forget_unused(part: Any, graph: Subgraph, region: Region) -> None:
    """Let the tensors that the part does not use hold nothing: they keep index, name and shape."""
    named = {*region.inputs, *region.outputs}
    for operator in map(graph.operators.__getitem__, region.operators):
        named.update(operator.inputs, operator.outputs, operator.intermediates)
    used = set(named)
    for quantization in (graph.tensors[index].quantization for index in named if index >= 0):
        if quantization:
            used.update((quantization.scales, quantization.zero_points))
    for index, tensor in enumerate(part.tensors or []):
        if index not in used:
            tensor.buffer = tensor.externalBuffer = 0
            tensor.sparsity = None


def renumber_codes(root: Any) -> None:
    """Keep the operator codes that are used: LiteRT looks up all of them, used or not."""
    operators = [o for graph in root.subgraphs for o in graph.operators or []]
    places = packed_numbers(operator.opcodeIndex for operator in operators)
    root.operatorCodes = [root.operatorCodes[old] for old in places]
    for operator in operators:
        operator.opcodeIndex = places[operator.opcodeIndex]


def renumber_buffers(root: Any, model: Model) -> None:
    """Keep the buffers that are used, all of them in the FlatBuffer; number 0 stays the empty one.

    Raises `UnsupportedError` where they are more than a FlatBuffer holds.
    """
    holders = [tensor for graph in root.subgraphs for tensor in graph.tensors or []]
    holders += root.metadata
    places = packed_numbers([0, *(holder.buffer for holder in holders)])
    extents = {old: model.buffer_extent(old) for old in places}
    if sum(size for _, size in extents.values()) > LARGEST:
        raise UnsupportedError("the constants of this part are over 2 GB; cut out less")
    root.buffers = [stored(model, old) for old in places]
    for holder in holders:
        holder.buffer = places[holder.buffer]


def stored(model: Model, index: int) -> StoredBuffer:
    """A buffer of the model, with its bytes."""
    found, data = StoredBuffer(), model.buffer_bytes(index)
    if index and len(data):
        found.data = np.frombuffer(data, np.uint8)
    return found


def packed_numbers(used: Iterable[int]) -> dict[int, int]:
    """New numbers without gaps for those that are used, in ascending order."""
    return {old: new for new, old in enumerate(sorted(set(used)))}
