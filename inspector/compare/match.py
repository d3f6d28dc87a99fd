"""Which tensor of one model is which of another: by provenance, name, and place in the graph.

Where shapes differ by the order of their axes alone (NCHW, NHWC), that is part of the match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from inspector.compare.axes import Order, orders
from inspector.read.model import Model, Subgraph
from inspector.read.schema import TensorType
from inspector.run.readable import HANDLES

PROVENANCE, NAME, PLACE, TOPOLOGY = "provenance", "name", "place", "topology"


@dataclass(frozen=True, slots=True)
class Pair:
    """A tensor of the other model, what it was found by, and which of its axes are which of ours.

    `order` is as `axes` has it; None where the axes are the same, or stand in no relation.
    """

    tensor: int
    by: str
    order: Order | None = None


def match_tensors(reference: Model, other: Model) -> dict[int, Pair]:
    """For tensors of the reference's primary subgraph, those of the other's that stand for them.

    Candidates are inputs, outputs and what operators write, handles left out; a pair has equal
    element counts, and no tensor is in two pairs. Where both are made from one graph, tensors pair
    with those of their own index. Else first go names that are unique in both models, then inputs
    and outputs by their place, then operators that stand alike in both execution orders: the same
    operator code and output sizes, in the longest common runs.
    """
    ours, theirs = (model.subgraphs[0] for model in (reference, other))
    pairs: dict[int, Pair] = {}
    taken: set[int] = set()
    for by, found in (
        (PROVENANCE, same_graph(ours, theirs)),
        (NAME, same_names(ours, theirs)),
        (PLACE, zip(ours.inputs, theirs.inputs, strict=False)),
        (PLACE, zip(ours.outputs, theirs.outputs, strict=False)),
        (TOPOLOGY, same_places(ours, theirs)),
    ):
        for one, another in found:
            if one not in pairs and another not in taken and fits(ours, theirs, one, another):
                sizes = ours.tensors[one].shape, theirs.tensors[another].shape
                pairs[one] = Pair(another, by, likeliest(*sizes))
                taken.add(another)
        if pairs.keys() >= {*computed(ours), *ours.outputs}:
            break
    return pairs


def likeliest(ours: Sequence[int], theirs: Sequence[int]) -> Order | None:
    """The axis order that two shapes speak for; None where they are equal, or none fits."""
    found = orders(ours, theirs)
    return None if not found or tuple(ours) == tuple(theirs) else found[0]


def same_graph(ours: Subgraph, theirs: Subgraph) -> Iterator[tuple[int, int]]:
    """Every tensor with itself, where the operators join the same tensors in both subgraphs.

    So it is with a file and its copy, patched, or written once more by the same converter.
    """
    if wiring(ours) == wiring(theirs):
        yield from zip(computed(ours), computed(theirs), strict=True)


def wiring(subgraph: Subgraph) -> Hashable:
    """The operators, what each reads and writes, and the ends."""
    operators = ((o.name, o.inputs, o.outputs) for o in subgraph.operators)
    return subgraph.inputs, subgraph.outputs, tuple(operators)


def same_names(ours: Subgraph, theirs: Subgraph) -> Iterator[tuple[int, int]]:
    """Pairs of tensors whose name is unique in both subgraphs."""
    others = unique_names(theirs)
    for name, tensor in unique_names(ours).items():
        if name in others:
            yield tensor, others[name]


def unique_names(subgraph: Subgraph) -> dict[str, int]:
    """The computed tensors and inputs whose name no other of them has."""
    tensors = list(dict.fromkeys(computed(subgraph)))
    count = Counter(subgraph.tensors[i].name for i in tensors)
    names = {subgraph.tensors[i].name: i for i in tensors}
    return {name: i for name, i in names.items() if name and count[name] == 1}


def computed(subgraph: Subgraph) -> Iterable[int]:
    """The inputs, and what each operator writes, in execution order."""
    yield from (i for i in subgraph.inputs if i >= 0)
    for operator in subgraph.operators:
        yield from (i for i in operator.outputs if i >= 0)


def same_places(ours: Subgraph, theirs: Subgraph) -> Iterator[tuple[int, int]]:
    """Pairs of outputs of operators that stand in common runs of the two execution orders."""
    one, another = (tokens(graph) for graph in (ours, theirs))
    matcher = SequenceMatcher(None, one, another, autojunk=False)
    for start, other, size in matcher.get_matching_blocks():
        for i in range(size):
            outputs = ours.operators[start + i].outputs, theirs.operators[other + i].outputs
            yield from zip(*outputs, strict=False)


def tokens(subgraph: Subgraph) -> list[Hashable]:
    """For each operator, what two must have in common to be matched by their place."""
    return [
        (operator.name, *(subgraph.tensors[i].elements for i in operator.outputs))
        for operator in subgraph.operators
    ]


def fits(ours: Subgraph, theirs: Subgraph, one: int, another: int) -> bool:
    """Whether two tensors can stand for each other: values, and as many."""
    if one < 0 or another < 0:
        return False
    sides = ours.tensors[one], theirs.tensors[another]
    if any(tensor.dtype in HANDLES for tensor in sides):
        return False
    strings = [tensor.dtype is TensorType.STRING for tensor in sides]
    return strings[0] == strings[1] and sides[0].elements == sides[1].elements
