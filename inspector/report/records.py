"""Tensors and operators as the JSON objects that the listings give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from inspector.calls import calls_of
from inspector.graph import NOBODY, Graph, edges
from inspector.macs import macs
from inspector.read.model import Model
from inspector.read.records import (
    ExternalBuffer,
    Operator,
    Quantization,
    Range,
    Sparsity,
    Tensor,
    VariantType,
)
from inspector.stats import Part, sound

Object = dict[str, Any]
Told = TypeVar("Told")


class Context(NamedTuple):
    """Where a tensor stands: its subgraph's part, edges, and the indices of both its sides."""

    part: Part
    graph: Graph
    inputs: set[int]
    outputs: set[int]


def of_tensors(
    tell: Callable[[Tensor, Context], Told],
    part: Part,
    wanted: Callable[[str], object],
    faults: list[str],
) -> list[Told]:
    """What `tell` gives for each tensor of a subgraph whose name is `wanted`.

    One that turns out to be damaged is left out, and added to the `faults`.
    """
    graph = edges(len(part.subgraph.tensors), part.operators)
    context = Context(part, graph, {*part.subgraph.inputs}, {*part.subgraph.outputs})
    chosen = [tensor for tensor in part.tensors.values() if wanted(tensor.name)]
    return sound(chosen, lambda tensor: tell(tensor, context), faults)


def tensor_object(tensor: Tensor, context: Context) -> Object:
    """One tensor. Raises `ModelError`."""
    model = context.part.subgraph.model
    return {
        **identity(tensor),
        "kind": kind(tensor, context),
        "buffer": tensor.buffer,
        "bytes": size(tensor, context.part),
        **neighbours(context.graph, tensor.index),
        "quantization": quantization_object(tensor.quantization),
        "sparsity": sparsity_object(tensor.sparsity),
        "range": range_object(model.value_range(tensor)),
        "variable": tensor.is_variable,
        "has_rank": tensor.has_rank,
        "variants": [variant_object(variant) for variant in tensor.variants],
        "external": external_object(model, tensor),
    }


def operator_object(operator: Operator, part: Part) -> Object:
    """One operator; `macs` is null where it has none or they are not known. Raises `ModelError`."""
    called = calls_of(operator, len(part.subgraph.model.subgraphs))
    return {
        "subgraph": operator.subgraph,
        "index": operator.index,
        "op": operator.name,
        "version": operator.version,
        "custom": operator.custom,
        "inputs": list(operator.inputs),
        "outputs": list(operator.outputs),
        "options": part.options[operator.index],
        "macs": macs(operator, part.tensors),
        "intermediates": list(operator.intermediates),
        "mutating_variable_inputs": list(operator.mutating),
        "calls": [{"role": call.role, "subgraph": call.subgraph} for call in called],
    }


def identity(tensor: Tensor) -> Object:
    """Where a tensor is, and what it looks like."""
    return {
        "subgraph": tensor.subgraph,
        "index": tensor.index,
        "name": tensor.name,
        "dtype": str(tensor.dtype),
        "shape": list(tensor.shape),
        "shape_signature": list(tensor.shape_signature),
    }


def interface_object(tensor: Tensor) -> Object:
    """An input or output of the model."""
    return {**identity(tensor), "quantization": quantization_object(tensor.quantization)}


def kind(tensor: Tensor, context: Context) -> str:
    """The first that fits of input, output, constant, variable, intermediate."""
    if tensor.index in context.inputs:
        return "input"
    if tensor.index in context.outputs:
        return "output"
    if tensor.index in context.part.constants:
        return "constant"
    return "variable" if tensor.is_variable else "intermediate"


def size(tensor: Tensor, part: Part) -> int:
    """The bytes of a constant in the file; of any other tensor, those it takes in memory."""
    if tensor.index in part.constants:
        return part.constants[tensor.index][1]
    return abs(tensor.nbytes)


def neighbours(graph: Graph, tensor: int) -> Object:
    """The operator that writes a tensor (null if none does) and those that read it."""
    producer = graph.producer[tensor]
    return {
        "producer": None if producer == NOBODY else producer,
        "consumers": list(graph.consumers[tensor]),
    }


def quantization_object(quantization: Quantization | None) -> Object | None:
    """The parameters; for blockwise ones also the tensors that hold the scales and zero points."""
    if quantization is None:
        return None
    found: Object = {
        "scale": list(quantization.scale),
        "zero_point": list(quantization.zero_point),
        "dimension": quantization.dimension,
        "block_size": quantization.block_size,
    }
    if not quantization.scale:
        found["scale_tensor"] = quantization.scales
        found["zero_point_tensor"] = quantization.zero_points
        found["dimensions"] = list(quantization.dimensions)
        found["block_shape"] = list(quantization.block_shape)
    if quantization.custom is not None:
        offset, length = quantization.custom
        found["custom"] = {"offset": offset, "bytes": length}
    return found


def range_object(found: Range | None) -> Object | None:
    """The least and greatest values that a converter noted, one of each or one a channel."""
    if found is None:
        return None
    return {"min": list(found.minimum), "max": list(found.maximum)}


def variant_object(variant: VariantType) -> Object:
    """What a variant tensor holds; the shape is null where nothing is known of it."""
    return {
        "dtype": str(variant.dtype),
        "shape": list(variant.shape) if variant.has_rank else None,
    }


def external_object(model: Model, tensor: Tensor) -> Object | None:
    """Where in which file beside the model the values of a tensor are."""
    if not tensor.external_buffer:
        return None
    return slice_object(model.external_buffer(tensor))


def slice_object(found: ExternalBuffer) -> Object:
    """A slice of a file beside the model."""
    return {
        "id": found.id,
        "group": found.group,
        "offset": found.offset,
        "bytes": found.length,
        "packing": found.packing,
    }


def sparsity_object(sparsity: Sparsity | None) -> Object | None:
    """The layout of a sparse constant, without its indices."""
    if sparsity is None:
        return None
    return {
        "traversal_order": list(sparsity.traversal_order),
        "block_map": list(sparsity.block_map),
        "dimensions": [
            {"format": "dense", "size": level.size}
            if level.dense
            else {"format": "csr", "entries": len(level.indices)}
            for level in sparsity.dimensions
        ],
    }
