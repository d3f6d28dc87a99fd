"""Which value of a MIL program is which tensor of a `.tflite`: by place, name and numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from inspector.compare.match import NAME, PLACE, likeliest
from inspector.compare.metrics import align, real
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.weights.names import layer_names
from rebuild.call_graph import CallGraph, size_of
from rebuild.call_match import Held, near

NUMBERS = "numbers"
ACTIVATIONS = {"RELU": "relu", "RELU6": "relu6", "TANH": "tanh"}
"""The operations of MIL that stand for fused activations, where it is one operation."""
WORD = re.compile(r"[A-Z]|convolution|depthwise")
"""What TensorFlow's own words in the names of nodes begin with."""


def match_program(graph: Subgraph, program: CallGraph) -> dict[int, Held]:
    """For tensors of a subgraph, values of a program: as many elements, none in two pairs.

    Inputs and outputs go by their place. What operators write goes by the name of its layer, as
    `tfli rebuild` gives it, which coremltools keeps in the names of the operations: the last of
    them. `by_numbers` finds the others.
    """
    found: dict[int, Held] = {}
    taken: set[int] = set()
    known = {*program.producer, *map(id, program.inputs)}  # an output may be a constant
    for by, pairs in (
        (PLACE, zip(graph.inputs, program.inputs, strict=False)),
        (PLACE, zip(graph.outputs, program.outputs, strict=False)),
        (NAME, same_names(graph, program)),
    ):
        for index, var in pairs:
            is_free = id(var) in known and id(var) not in taken
            if index not in found and is_free and fits(graph, index, var):
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
            values = (activated(operator, var) for var in reversed(named[layer]))
            yield from ((index, var) for var in values if fits(graph, index, var))


def activated(operator: Operator, var: Any) -> Any:
    """What an operator's fused activation makes of a value, if that is all the program does to it.

    Keras has it in a layer of its own, whose name is none of the operator's.
    """
    kind = ACTIVATIONS.get(str(operator.options.get("fused_activation_function")))
    readers = list(var.child_ops)
    is_applied = len(readers) == 1 and readers[0].op_type == kind
    return readers[0].outputs[0] if is_applied else var


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
    settled: Collection[int],
    ours: Mapping[int, np.ndarray],
    theirs: Mapping[int, np.ndarray],
) -> dict[int, Held]:
    """The match after a run of both sides: for each tensor the value that is nearest, if any is.

    `ours` are the reference's values by tensor, `theirs` the program's by id, all real numbers.
    Those that are `settled` stay as they were; what comes near no value stays with its name.
    """
    alike: dict[tuple[int, ...], list[Any]] = defaultdict(list)
    for node in program.nodes:
        for var in node.outputs:
            if id(var) in theirs:
                alike[key_of(theirs[id(var)])].append(var)
    found = {index: held[index] for index in held if index in settled}
    taken = {id(each.tensor) for each in found.values()}
    for index in sorted(ours.keys() - set(settled)):
        free = [var for var in alike[key_of(ours[index])] if id(var) not in taken]
        values = as_stored(graph.tensors[index], free, theirs)
        best = nearest(ours[index], free, values) if is_telling(ours[index]) else None
        best = best or held.get(index)
        if best is not None and id(best.tensor) not in taken:
            found[index] = best
            taken.add(id(best.tensor))
    return found


def as_stored(
    tensor: Tensor, among: Sequence[Any], theirs: Mapping[int, np.ndarray]
) -> Mapping[int, np.ndarray]:
    """Values as a tensor would store them, by id: where it is quantised, on its grid.

    Its ends may be an activation, and its steps more than the numbers are.
    """
    if not tensor.is_quantized:
        return theirs
    return {id(var): real(tensor, align(tensor, theirs[id(var)])) for var in among}


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
