"""Which nodes of a TensorFlow graph coremltools can convert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inspector.read.model import Model
from rebuild.coreml.trace import Traced
from rebuild.translate.program import Unsupported
from rebuild.translate.registry import translation_of

BY_PASSES = frozenset(
    {"ReadVariableOp", "ResourceGather", "NoOp", "Assert", "PartitionedCall"}
    | {"If", "StatelessIf", "While", "StatelessWhile"}
)
"""What the front end of coremltools replaces before it converts, without an entry of its own."""

SOURCES = frozenset({"Const", "Placeholder"})


def unsupported(traced: Traced) -> list[tuple[int, str]]:
    """The operators that became something without a form in Core ML, each with the reason, once."""
    lacking: dict[int, list[str]] = {}
    for name, kind in missing(traced.graph):
        lacking.setdefault(traced.operators.get(name, -1), []).append(kind)
    found = {operator: became(kinds) for operator, kinds in lacking.items()}
    for name in texts(traced.graph):
        found[traced.operators.get(name, -1)] = "it works on text, and Core ML has none"
    # what only passes on the value of an operator, to an output, is no operator's
    named = {operator: reason for operator, reason in found.items() if operator >= 0}
    return sorted((named or found).items())


def became(kinds: Sequence[str]) -> str:
    """What to say of an operator that became nodes of kinds that cannot be converted."""
    names = list(dict.fromkeys(kinds))
    have = "has" if len(names) == 1 else "have"
    return f"it became TensorFlow's {' and '.join(names)}, which {have} no form in Core ML"


def untranslated(model: Model) -> list[Unsupported]:
    """The operators, of all subgraphs, that nothing is known of: what can be said without a run."""
    return [
        Unsupported(operator.index, operator.name, "no translation exists for it", part.index)
        for part in model.subgraphs
        for operator in part.operators
        if translation_of(operator.name) is None
    ]


def texts(graph: Any) -> Iterator[str]:
    """The nodes, but for constants and inputs, that take texts or give some."""
    for node in graph.get_operations():
        values = [*node.inputs, *node.outputs]
        if node.type not in SOURCES and any(each.dtype.name == "string" for each in values):
            yield node.name


def missing(graph: Any) -> Iterator[tuple[str, str]]:
    """The nodes, with their kind, that depend on an input and cannot be converted.

    What is within a function belongs to the node that calls it.
    """
    known = registered() | BY_PASSES
    functions = {each.signature.name: each for each in graph.as_graph_def().library.function}
    changing: set[str] = set()
    for node in graph.get_operations():
        if node.type != "Placeholder" and not any(i.op.name in changing for i in node.inputs):
            continue
        changing.add(node.name)
        for kind in sorted(kinds(node.node_def, functions) - known - {"Placeholder"}):
            yield node.name, kind


def kinds(node: Any, functions: Mapping[str, Any]) -> set[str]:
    """The kind of a node, and those of the nodes in the functions that it calls."""
    found = {node.op}
    for name in (attribute.func.name for attribute in node.attr.values()):
        if name in functions:
            found |= {
                kind for inner in functions[name].node_def for kind in kinds(inner, functions)
            }
    return found


def registered() -> set[str]:
    """The kinds that coremltools has an entry for; it tells them nowhere else."""
    from coremltools.converters.mil.frontend.tensorflow.tf_op_registry import _TF_OPS_REGISTRY

    return set(_TF_OPS_REGISTRY)
