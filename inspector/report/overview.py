"""What `tfli info` tells of a model, as one object; damaged parts become warnings in it."""

from __future__ import annotations

from collections.abc import Callable

from inspector.precision import precision_of
from inspector.read.model import Model, Subgraph
from inspector.report.records import Object, interface_object
from inspector.stats import Part, noting, sound_part, stats_of


def overview(model: Model) -> tuple[Object, list[str]]:
    """The object of `tfli info`, and the faults among its `warnings`: parts that cannot be read."""
    faults: list[str] = []
    parts = sound_parts(model, faults)
    stats, precision = stats_of(model, parts), precision_of(parts)
    found = {
        "file": model.path,
        "size": model.size,
        "version": model.version,
        "description": model.description,
        "inputs": interface(parts, lambda graph: graph.inputs),
        "outputs": interface(parts, lambda graph: graph.outputs),
        "subgraphs": [subgraph_object(part) for part in parts],
        "signatures": signatures(model, faults),
        "op_histogram": stats.histogram,
        "parameters": stats.parameters,
        "weight_bytes": stats.weight_bytes,
        "weight_bytes_by_type": stats.bytes_by_type,
        "macs": stats.macs,
        "macs_by_operator": stats.macs_by_operator,
        "quantization": {
            "kind": precision.kind,
            "schemes": precision.schemes,
            "per_channel": precision.per_channel,
            "told_by": str(precision),
        },
        "metadata": metadata(model, faults),
    }
    found["warnings"] = [*faults, *remarks(model, stats.unknown_macs)]
    return found, faults


def sound_parts(model: Model, faults: list[str]) -> list[Part]:
    """What can be read of each subgraph."""
    parts = []
    for index in range(len(model.subgraphs)):
        with noting(faults):
            part = sound_part(model.subgraphs[index])
            faults.extend(part.faults)
            parts.append(part)
    return parts


def interface(parts: list[Part], side: Callable[[Subgraph], tuple[int, ...]]) -> list[Object]:
    """The tensors at one side of the primary subgraph, which is the first."""
    primary = [part for part in parts if part.subgraph.index == 0]
    return [
        interface_object(tensor)
        for part in primary
        for tensor in map(part.tensors.get, side(part.subgraph))
        if tensor
    ]


def subgraph_object(part: Part) -> Object:
    """A subgraph: how many operators and tensors, and which tensors go in and out."""
    graph = part.subgraph
    return {
        "index": graph.index,
        "name": graph.name,
        "operators": len(graph.operators),
        "tensors": len(graph.tensors),
        "inputs": list(graph.inputs),
        "outputs": list(graph.outputs),
    }


def signatures(model: Model, faults: list[str]) -> list[Object]:
    """The named entry points; arguments and results by name, as tensor indices of a subgraph."""
    with noting(faults):
        return [
            {
                "key": signature.key,
                "subgraph": signature.subgraph,
                "inputs": signature.inputs,
                "outputs": signature.outputs,
            }
            for signature in model.signatures
        ]
    return []


def metadata(model: Model, faults: list[str]) -> dict[str, int]:
    """The bytes of each metadata entry, by name."""
    sizes: dict[str, int] = {}
    with noting(faults):
        for name, buffer in model.metadata.items():
            sizes[name] = model.buffer_extent(buffer)[1]
    return sizes


def remarks(model: Model, unknown_macs: int) -> list[str]:
    """What is no fault, but should be known."""
    found = []
    if model.version != 3:
        found.append(f"schema version {model.version}: this program knows version 3")
    if not len(model.subgraphs):
        found.append("the model has no subgraph, so there is nothing to run")
    if unknown_macs:
        found.append(f"{unknown_macs} operators have no known shapes; their MACs are not counted")
    return found
