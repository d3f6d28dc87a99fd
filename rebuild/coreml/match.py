"""Which value of a MIL program is which tensor of a `.tflite`: by place, name and numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from inspector.compare.match import NAME, PLACE, likeliest
from inspector.read.model import Subgraph
from inspector.weights.names import layer_names
from rebuild.call_graph import CallGraph, size_of
from rebuild.call_match import Held, near

NUMBERS = "numbers"
WORD = re.compile(r"[A-Z]")


def match_program(graph: Subgraph, program: CallGraph) -> dict[int, Held]:
    """For tensors of a subgraph, values of a program: as many elements, none in two pairs.

    Inputs and outputs go by their place. What operators write goes by the name of its layer, as
    `tfli rebuild` gives it, which coremltools keeps in the names of the operations: the last of
    them. `by_numbers` finds the others.
    """
    found: dict[int, Held] = {}
    taken: set[int] = set()
    for by, pairs in (
        (PLACE, zip(graph.inputs, program.inputs, strict=False)),
        (PLACE, zip(graph.outputs, program.outputs, strict=False)),
        (NAME, same_names(graph, program)),
    ):
        for index, var in pairs:
            if index not in found and id(var) not in taken and fits(graph, index, var):
                found[index] = Held(var, by, likeliest(graph.tensors[index].shape, var.shape))
                taken.add(id(var))
    return found


def fits(graph: Subgraph, index: int, var: Any) -> bool:
    """Whether a value of the program has as many elements as a tensor, if that is known."""
    if index < 0 or not is_tensor(var):
        return False
    record = graph.tensors[index]
    is_open = not record.has_rank or -1 in (record.shape_signature or record.shape)
    return is_open or record.elements == size_of(var, 1)


def is_tensor(var: Any) -> bool:
    """Whether a value of the program is a tensor all of whose sizes are known."""
    shape = getattr(var, "shape", None)
    return shape is not None and all(isinstance(size, (int, np.integer)) for size in shape)


def same_names(graph: Subgraph, program: CallGraph) -> Iterator[tuple[int, Any]]:
    """Outputs of operators with the last values whose names begin with that of their layer."""
    layers = layer_names(graph)
    named: dict[str, list[Any]] = defaultdict(list)
    for node in program.nodes:
        for layer in layers_of(node.name, set(layers)):
            named[layer] += node.outputs
    for operator, layer in zip(graph.operators, layers, strict=True):
        if len(operator.outputs) == 1:
            index = operator.outputs[0]
            yield from ((index, v) for v in reversed(named[layer]) if fits(graph, index, v))


def layers_of(name: str, known: Collection[str]) -> set[str]:
    """The known layers that an operation may be of: `model_1_stem_1_BiasAdd` is of `stem`.

    TensorFlow's own word comes last; Keras numbers the scopes of models and layers. The longest
    name counts: what is of `depthwise_conv2d` is not of `conv2d`.
    """
    words = name.split("_")
    ends = [i for i, word in enumerate(words) if WORD.match(word)]
    for start in range(len(words)):
        whole = [words[start:end] for end in ends if end > start]
        unnumbered = [layer[:-1] for layer in whole if layer[-1].isdigit()]
        found = {"_".join(layer) for layer in (*whole, *unnumbered)} & set(known)
        if found:
            return found
    return set()


def by_numbers(
    graph: Subgraph,
    program: CallGraph,
    held: Mapping[int, Held],
    ours: Mapping[int, np.ndarray],
    theirs: Mapping[int, np.ndarray],
) -> dict[int, Held]:
    """The match after a run of both sides: for each tensor the value that is nearest, if any is.

    `ours` are the reference's values by tensor, `theirs` the program's by id, all real numbers.
    Inputs and outputs stay as they were; what comes near no value stays with its name.
    """
    alike: dict[tuple[int, ...], list[Any]] = defaultdict(list)
    for node in program.nodes:
        for var in node.outputs:
            if id(var) in theirs:
                alike[key_of(theirs[id(var)])].append(var)
    ends = {*graph.inputs, *graph.outputs}
    found = {index: held[index] for index in held if index in ends}
    taken = {id(each.tensor) for each in found.values()}
    for index in sorted(ours.keys() - ends):
        free = [var for var in alike[key_of(ours[index])] if id(var) not in taken]
        best = nearest(ours[index], free, theirs) if is_telling(ours[index]) else None
        best = best or held.get(index)
        if best is not None and id(best.tensor) not in taken:
            found[index] = best
            taken.add(id(best.tensor))
    return found


def key_of(value: np.ndarray) -> tuple[int, ...]:
    """What two values have in common that differ in the order of their axes."""
    return tuple(sorted(value.shape))


def is_telling(value: np.ndarray) -> bool:
    """Whether a value is told from others by its numbers: not if all of them are one."""
    return bool(value.size) and bool((value != value.flat[0]).any())


def nearest(ours: np.ndarray, among: list[Any], theirs: Mapping[int, np.ndarray]) -> Held | None:
    """The value nearest to the reference's, if it is near: the last of equals, and its axes."""
    found = reversed(list(near(ours, among, theirs)))
    best = min(found, key=attrgetter("gap"), default=None)
    return Held(best.tensor, NUMBERS, best.order) if best else None
