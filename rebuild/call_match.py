"""Which symbolic tensor of a Keras model is which tensor of a `.tflite`: by name, and place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from inspector.compare.axes import CONVINCING, Order, orders, told
from inspector.compare.match import NAME, PLACE, TOPOLOGY, likeliest
from inspector.read.model import Subgraph
from inspector.weights.names import layer_names
from inspector.weights.words import kind, snake
from rebuild.call_graph import NORMALISATIONS, CallGraph, Node, size_of

NOTHING = np.zeros(0)
NUMBER = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True)
class Held:
    """The symbolic tensor that stands for one of the file's, what it was found by, and its axes."""

    tensor: Any
    by: str
    order: Order | None = None


def match_calls(graph: Subgraph, other: CallGraph) -> dict[int, Held]:
    """For tensors of a subgraph, those of a Keras model: as many elements, none in two pairs.

    Inputs and outputs go by their place. What operators write goes by name: that of its layer, as
    `tfli rebuild` and `tfli weights` call it, or one of the layers that the converter has put into
    its tensor's name, the last of them. Then operators that stand alike in both orders of
    execution, by their kind and size.
    """
    batch = batch_of(graph)
    found: dict[int, Held] = {}
    taken: set[int] = set()
    for by, pairs in (
        (PLACE, zip(graph.inputs, other.inputs, strict=False)),
        (PLACE, zip(graph.outputs, other.outputs, strict=False)),
        (NAME, same_names(graph, other, batch)),
        (TOPOLOGY, same_places(graph, other, batch)),
    ):
        for index, tensor in pairs:
            fits = index >= 0 and graph.tensors[index].elements == size_of(tensor, batch)
            if fits and index not in found and id(tensor) not in taken:
                sizes = graph.tensors[index].shape, shape_of(tensor, batch)
                found[index] = Held(tensor, by, likeliest(*sizes))
                taken.add(id(tensor))
    return found


def batch_of(graph: Subgraph) -> int:
    """The batch that the file was made for: the first size of its first input."""
    shapes = [graph.tensors[index].shape for index in graph.inputs]
    return shapes[0][0] if shapes and shapes[0] else 1


def shape_of(tensor: Any, batch: int) -> tuple[int, ...]:
    """The shape of a symbolic tensor, with a size that is left open being the batch."""
    return tuple(batch if size is None else size for size in tensor.shape)


def same_names(graph: Subgraph, other: CallGraph, batch: int) -> Iterator[tuple[int, Any]]:
    """Outputs of operators with those of the layers that they are named after."""
    named: dict[str, list[Node]] = {}
    for node in other.nodes:
        named.setdefault(node.name, []).append(node)
    single = {name: nodes[0] for name, nodes in named.items() if len(nodes) == 1}
    for operator, layer in zip(graph.operators, layer_names(graph), strict=True):
        for place, index in enumerate(operator.outputs):
            if index < 0:
                continue
            names = [layer, *layers_in(graph.tensors[index].name)]
            nodes = [single[name] for name in names if name in single]
            nodes = [n for n in nodes if place < len(n.outputs)]
            elements = graph.tensors[index].elements
            fitting = [n for n in nodes if size_of(n.outputs[place], batch) == elements]
            if fitting:
                node = likeliest_layer(fitting, layer, kind(operator.name), other)
                yield index, folded(node.outputs[place], other, operator.options)


def likeliest_layer(
    nodes: Sequence[Node], name: str, kind_of_operator: str, other: CallGraph
) -> Node:
    """Of the layers that a tensor's name holds, the one that writes it.

    The converter merges equal constants, such as the zeros of all batch normalisations, and their
    names: a convolution's may hold those of convolutions behind it. So a layer of the operator's
    own kind goes before others, and there the one that it is called by; else it is the last.
    """
    alike = [node for node in nodes if snake(node.kind) == kind_of_operator]
    own = [node for node in alike if node.name == name]
    return max(own or alike or nodes, key=lambda node: other.order[id(node.outputs[0])])


def layers_in(name: str) -> Iterator[str]:
    """What may be names of layers in a tensor's name, `model/conv_1/Relu;model/bn_1/add`.

    Each also without the number that a converter may have added.
    """
    for part in name.split(";"):
        for word in part.split("/")[:-1]:
            yield from (word, NUMBER.sub("", word))


def folded(tensor: Any, other: CallGraph, options: Mapping[str, Any]) -> Any:
    """What an operator gives of a layer's output: normalised, and activated if it has one fused."""
    active = options.get("fused_activation_function", "NONE") != "NONE"
    last = tensor
    for later in other.chain(tensor)[1:]:
        if other.producer[id(later)].kind in NORMALISATIONS or active:
            last = later
        else:
            break
    return last


def same_places(graph: Subgraph, other: CallGraph, batch: int) -> Iterator[tuple[int, Any]]:
    """Outputs of operators that stand in common runs of the two orders of execution."""
    ours = [
        (kind(o.name), *(graph.tensors[i].elements for i in o.outputs if i >= 0))
        for o in graph.operators
    ]
    theirs = [(snake(n.kind), *(size_of(t, batch) for t in n.outputs)) for n in other.nodes]
    for start, there, size in SequenceMatcher(None, ours, theirs, False).get_matching_blocks():
        for i in range(size):
            operator, node = graph.operators[start + i], other.nodes[there + i]
            for index, tensor in zip(operator.outputs, node.outputs, strict=False):
                yield index, folded(tensor, other, operator.options)


def settled(
    graph: CallGraph, held: Held, ours: np.ndarray, values: Mapping[int, np.ndarray]
) -> Held:
    """The tensor before or after an activation, and its axes, whose value is the reference's.

    `ours` is the reference's value, `values` are the candidate's by tensor id, both real numbers.
    Where none comes near, what was held stays.
    """
    if not ours.ndim:
        return held
    found = near(ours, [held.tensor, *graph.beside(held.tensor)], values)
    best = min(found, key=attrgetter("gap"), default=None)
    return Held(best.tensor, held.by, best.order) if best else held


class Near(NamedTuple):
    """A tensor whose value, its axes in an order, is near another: the sum of all differences."""

    gap: float
    tensor: Any
    order: Order | None


def near(
    ours: np.ndarray, among: Iterable[Any], values: Mapping[int, np.ndarray]
) -> Iterator[Near]:
    """Those of some tensors, and the orders of their axes, whose values are near the reference's.

    `values` are by the id of a tensor; one without a value is near nothing.
    """
    convincing = CONVINCING * float(np.abs(ours).sum())
    for tensor in among:
        value = values.get(id(tensor), NOTHING)
        for order in orders(ours.shape, value.shape):
            gap = float(np.abs(value.transpose(order) - ours).sum())
            if np.isfinite(gap) and gap <= convincing:
                yield Near(gap, tensor, order if told(order) else None)
