"""Which tensors of a subgraph have a value to read, and what a run leaves behind."""

from __future__ import annotations

from collections.abc import Iterable

from inspector.errors import InputError
from inspector.graph import NOBODY, Graph, graph_of
from inspector.read.model import Model, Subgraph
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.weights.trace import TRANSPARENT, way_back

HANDLES = (TensorType.RESOURCE, TensorType.VARIANT)
STATEFUL = frozenset({"CALL_ONCE", "HASHTABLE", "VAR_HANDLE"})
"""Operators that make what outlives a run and cannot be set back."""


def sorted_out(
    model: Model, graph: Subgraph, tensors: Iterable[int] | None
) -> tuple[list[int], dict[int, str]]:
    """The tensors that can be read, and why others cannot; of constants only if they are named."""
    asked = range(len(graph.tensors)) if tensors is None else sorted(set(tensors))
    if asked and not 0 <= asked[0] <= asked[-1] < len(graph.tensors):
        raise InputError(f"tensors {list(asked)}: the subgraph has {len(graph.tensors)}")
    producer, fixed = graph_of(graph).producer, {*graph.inputs, *graph.outputs}
    readable, missing = [], {}
    for index in asked:
        tensor = graph.tensors[index]
        constant = model.is_constant(tensor) and index not in fixed
        if tensor.dtype in HANDLES:
            missing[index] = f"its type is {tensor.dtype}: a handle, which has no value"
        elif constant and not tensor.is_variable:
            if tensors is not None:
                missing[index] = "it is a constant, see `tfli weights`"
        elif producer[index] == NOBODY and index not in fixed and not tensor.is_variable:
            missing[index] = "no operator writes it"
        else:
            readable.append(index)
    return readable, missing


def unwritten_strings(model: Model, graph: Subgraph) -> frozenset[int]:
    """The tensors of strings that nothing writes: where one is asked for, LiteRT falls over.

    It follows a pointer that is not there, and takes its process with it.
    """
    strings = [t for t in graph.tensors if t.dtype is TensorType.STRING]
    if not strings:
        return frozenset()
    made = {t for operator in graph.operators for t in operator.outputs} | set(graph.inputs)
    return frozenset(t.index for t in strings if t.index not in made and not model.is_constant(t))


def is_computed(model: Model, tensor: Tensor) -> bool:
    """Whether a tensor has to be an output to keep its value: constants and variables do so."""
    return not tensor.is_variable and not model.is_constant(tensor)


def keeps_state(model: Model) -> bool:
    """Whether a run may leave behind what the next one would find."""
    return any(code.name in STATEFUL for code in model.operator_codes)


def unpacked(model: Model, subgraph: Subgraph, graph: Graph) -> set[int]:
    """The tensors that DEQUANTIZE or DENSIFY makes of a constant: a way to store it, no more."""
    found = set()
    for operator in subgraph.operators:
        if operator.name in TRANSPARENT:
            for tensor in operator.outputs:
                origin = way_back(subgraph, tensor, graph)[-1]
                if origin != tensor and model.is_constant(subgraph.tensors[origin]):
                    found.add(tensor)
    return found
