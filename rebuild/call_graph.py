"""The graph of a model in another format: its calls in order, and who feeds whom.

A tensor is whatever object the format has for one, with a `shape` in which None or a symbol stands
for a size that is left open; it is told from others by its identity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

KERAS = ("ReLU", "Relu", "Relu6", "Activation", "LeakyReLU", "ELU", "PReLU")
MIL = ("relu", "relu6", "clip", "leaky_relu", "elu", "prelu")
ACTIVATIONS = frozenset((*KERAS, *MIL))
NORMALISATIONS = frozenset({"BatchNormalization", "batch_norm"})
"""What a converter computes together with the call before it, by Keras' names and by MIL's."""


@dataclass(frozen=True, slots=True)
class Node:
    """A call of an operation: its name and class, and the symbolic tensors in and out."""

    name: str
    kind: str
    inputs: tuple[Any, ...] = field(repr=False)
    outputs: tuple[Any, ...] = field(repr=False)


class CallGraph:
    """The calls that a model's outputs depend on, in an order in which they can be computed."""

    def __init__(
        self, inputs: Sequence[Any], outputs: Sequence[Any], nodes: Iterable[Node]
    ) -> None:
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.nodes = list(nodes)

    @cached_property
    def producer(self) -> dict[int, Node]:
        """The call that made each tensor, by the tensor's id."""
        return {id(tensor): node for node in self.nodes for tensor in node.outputs}

    @cached_property
    def consumers(self) -> dict[int, list[Node]]:
        """The calls that read each tensor, by its id."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            for tensor in node.inputs:
                found.setdefault(id(tensor), []).append(node)
        return found

    @cached_property
    def order(self) -> dict[int, int]:
        """The place of each tensor in the order of computation, by its id."""
        made = [tensor for node in self.nodes for tensor in node.outputs]
        return {id(tensor): place for place, tensor in enumerate(made)}

    def chain(self, tensor: Any) -> list[Any]:
        """A tensor, and what activations and normalisations alone make of it, one after another."""
        found = [tensor]
        while len(readers := self.consumers.get(id(found[-1]), [])) == 1:
            (reader,) = readers
            if reader.kind not in ACTIVATIONS | NORMALISATIONS or len(reader.outputs) != 1:
                break
            found.append(reader.outputs[0])
        return found

    def beside(self, tensor: Any) -> list[Any]:
        """The other tensors of the chain that a tensor is in: before and after it."""
        first = tensor
        while (node := self.producer.get(id(first))) and node.kind in ACTIVATIONS | NORMALISATIONS:
            if len(node.inputs) != 1 or len(self.consumers[id(node.inputs[0])]) != 1:
                break
            first = node.inputs[0]
        return [other for other in self.chain(first) if other is not tensor]

    def made_of(self, tensors: Sequence[Any], known: Collection[int]) -> list[Any]:
        """The tensors with ids among `known`, or inputs, that the computation of others begins at.

        None of `tensors` is looked for among them.
        """
        found: dict[int, Any] = {}
        waiting = [t for tensor in tensors for t in self.before(tensor)]
        seen = set()
        while waiting:
            tensor = waiting.pop()
            if id(tensor) in seen:
                continue
            seen.add(id(tensor))
            earlier = self.before(tensor)
            if id(tensor) in known or not earlier:
                found[id(tensor)] = tensor
            else:
                waiting += earlier
        return list(found.values())

    def before(self, tensor: Any) -> tuple[Any, ...]:
        """What the call that made a tensor read; nothing for an input."""
        node = self.producer.get(id(tensor))
        return node.inputs if node else ()


def size_of(tensor: Any, batch: int) -> int:
    """How many elements a symbolic tensor has; one that is left open counts as `batch`."""
    size = 1
    for axis in tensor.shape:
        size *= batch if axis is None else axis
    return size
