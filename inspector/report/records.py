"""Tensors and operators as the JSON objects that the listings give."""

from __future__ import annotations

from typing import Any

from inspector.graph import NOBODY, Graph, graph_of
from inspector.macs import macs
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Quantization, Sparsity, Tensor
from inspector.stats import Part, stored_bytes

Object = dict[str, Any]


def tensor_objects(subgraph: Subgraph) -> list[Object]:
    """Each tensor of a subgraph, with who makes and who reads it. Raises `ModelError`."""
    graph = graph_of(subgraph)
    inputs, outputs = set(subgraph.inputs), set(subgraph.outputs)
    return [
        {
            **identity(tensor),
            "kind": kind(subgraph.model, tensor, inputs, outputs),
            "buffer": tensor.buffer,
            "bytes": size(subgraph.model, tensor),
            **neighbours(graph, tensor.index),
            "quantization": quantization_object(tensor.quantization),
            "sparsity": sparsity_object(tensor.sparsity),
        }
        for tensor in subgraph.tensors
    ]


def operator_object(operator: Operator, part: Part) -> Object:
    """One operator; `macs` is null where it has none or they are not known. Raises `ModelError`."""
    return {
        "subgraph": operator.subgraph,
        "index": operator.index,
        "op": operator.name,
        "version": operator.version,
        "custom": operator.custom,
        "inputs": list(operator.inputs),
        "outputs": list(operator.outputs),
        "options": operator.options,
        "macs": macs(operator, part.tensors),
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


def kind(model: Model, tensor: Tensor, inputs: set[int], outputs: set[int]) -> str:
    """The first that fits of input, output, constant, variable, intermediate."""
    if tensor.index in inputs:
        return "input"
    if tensor.index in outputs:
        return "output"
    if model.is_constant(tensor):
        return "constant"
    return "variable" if tensor.is_variable else "intermediate"


def size(model: Model, tensor: Tensor) -> int:
    """The bytes of a constant in the file; of any other tensor, those it takes in memory."""
    if model.is_constant(tensor):
        return stored_bytes(model, tensor)
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
    return found


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
