"""The graph of a functional Keras model: its operations in order, who feeds whom.

Keras keeps the graph in its symbolic tensors: each knows the operation, and the call of it, that it
came from. That is how `keras.Model(inputs, outputs)` cuts a part out of a model, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rebuild.call_graph import CallGraph, Node


def keras_graph(inputs: Sequence[Any], outputs: Sequence[Any]) -> CallGraph:
    """The calls that lead from a model's symbolic inputs to its outputs."""
    return CallGraph(inputs, outputs, called(outputs))


def called(outputs: Sequence[Any]) -> Iterator[Node]:
    """The calls that tensors depend on, each after those that it depends on itself."""
    done: set[int] = set()
    waiting = [(call_of(tensor), False) for tensor in reversed(outputs)]
    while waiting:
        call, is_ready = waiting.pop()
        if id(call) in done:
            continue
        if is_ready:
            done.add(id(call))
            operation = call.operation
            kind = type(operation).__name__
            yield Node(operation.name, kind, tuple(call.input_tensors), tuple(call.output_tensors))
        else:
            waiting.append((call, True))
            waiting += [(call_of(tensor), False) for tensor in reversed(call.input_tensors)]


def call_of(tensor: Any) -> Any:
    """The call that made a symbolic tensor, as Keras keeps it."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]
