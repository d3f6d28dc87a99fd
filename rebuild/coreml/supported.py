"""Which nodes of a TensorFlow graph coremltools can convert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rebuild.coreml.trace import Traced

BY_PASSES = frozenset(
    {"ReadVariableOp", "ResourceGather", "NoOp", "Assert", "PartitionedCall"}
    | {"If", "StatelessIf", "While", "StatelessWhile"}
)
"""What the front end of coremltools replaces before it converts, without an entry of its own."""


def unsupported(traced: Traced) -> list[tuple[int, str]]:
    """The operators that became something without a form in Core ML, each with the reason, once."""
    found: dict[tuple[int, str], None] = {}
    for name, kind in missing(traced.graph):
        reason = f"it became TensorFlow's {kind}, which has no form in Core ML"
        found[traced.operators.get(name, -1), reason] = None
    return sorted(found)


def missing(graph: Any) -> Iterator[tuple[str, str]]:
    """The nodes, with their kind, that depend on an input and cannot be converted.

    What is within a function belongs to the node that calls it.
    """
    known = registered() | BY_PASSES
    changing: set[str] = set()
    for node in graph.get_operations():
        if node.type != "Placeholder" and not any(i.op.name in changing for i in node.inputs):
            continue
        changing.add(node.name)
        if node.type not in known:
            yield node.name, node.type
        for function in called(node, graph):
            yield from ((node.name, kind) for kind in kinds(function) - known)


def called(node: Any, graph: Any) -> Iterator[Any]:
    """The graphs of the functions that a node calls."""
    for name in (attr.func.name for attr in node.node_def.attr.values() if attr.func.name):
        yield graph._get_function(name).graph


def kinds(graph: Any) -> set[str]:
    """The kinds of nodes in a function and in those that it calls."""
    found = {node.type for node in graph.get_operations()}
    for node in graph.get_operations():
        for function in called(node, graph):
            found |= kinds(function)
    return found


def registered() -> set[str]:
    """The kinds that coremltools has an entry for; it tells them nowhere else."""
    from coremltools.converters.mil.frontend.tensorflow.tf_op_registry import _TF_OPS_REGISTRY

    return set(_TF_OPS_REGISTRY)
