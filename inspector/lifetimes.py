"""How long each activation of a subgraph lives, and where LiteRT's own kernels keep it.

The rules are those of `arena_planner.cc` and of the kernels of LiteRT, without a delegate: an
input of the subgraph lives through the whole run; an output from the operator that writes it to
the end, as does what nobody reads; anything else until its last reader. Some kernels write over an
input, or hand it on unchanged under another shape: their output is no memory of its own. Variables,
unpacked weights and what follows from constants alone lie outside the arena for good.

Scratch memory of kernels is not in the file, and so not counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from inspector.memory import ALWAYS, Block, aligned, lower_bound, plan
from inspector.read.records import Operator, Tensor
from inspector.read.schema import BITS
from inspector.stats import UNPACKING, Part

OVERWRITING: dict[str, tuple[int, ...]] = {"SOFTMAX": (0,), "DYNAMIC_UPDATE_SLICE": (0,)}
OVERWRITING |= dict.fromkeys(("ADD", "SUB", "MUL", "DIV"), (0, 1))
"""Operators whose output may lie where one of these inputs lies, if nothing else reads that: the
`inplace_operator` of a kernel's registration."""
RENAMING = {"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "BITCAST"}
"""Operators whose output is the bytes of their first input: those with `DataUnmodified` there."""
SMALLEST = 4
"""Bytes up to which nothing is overwritten: such a size may only stand for an unknown one."""
SHAPES = {"SHAPE", "RANK"}
FOLDING = {"RESHAPE", "GATHER", "MUL", "TILE", "STRIDED_SLICE", "RANGE", "BROADCAST_ARGS"}
FOLDING |= {"CONCATENATION", "REDUCE_PROD"}
"""Operators that compute what follows from constants once, before the run; `SHAPES` always do."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The bytes that a run of a subgraph needs for its activations.

    `planned` is the arena of LiteRT's own plan (None where planning it would take too long), of
    which no plan can need less than `lower_bound`. `kept` is outside of it, for good: variables,
    unpacked and folded constants. `unknown` tensors are in none of them: only a run tells their
    sizes. `assumed` ones have a dimension that follows an input's open one, counted as the file
    gives it, mostly 1.
    """

    planned: int | None
    lower_bound: int
    kept: int
    unknown: int
    assumed: int


def memory_of(part: Part) -> Memory:
    """The memory that a run of a subgraph needs, without what it calls and kernels' scratch."""
    kept = kept_tensors(part)
    unknown, assumed = open_tensors(part)
    blocks = arena_blocks(part, kept | unknown)
    found = plan(blocks)
    outside = (aligned(size_of(part.tensors[i])) for i in kept if i in part.tensors)
    return Memory(
        found.size if found else None,
        lower_bound(blocks),
        sum(outside),
        len(unknown - kept),
        len(assumed),
    )


def arena_blocks(part: Part, outside: set[int]) -> list[Block]:
    """What lies in the arena: all that a run makes but what is `outside` of it."""
    sizes = arena_sizes(part, outside)
    return lifetimes(part, sizes, sharing(part, sizes))


def size_of(tensor: Tensor) -> int:
    """The bytes of a tensor in memory, a dimension of unknown size counted as 1."""
    return -(-abs(tensor.elements) * BITS.get(tensor.dtype, 0) // 8)


def kept_tensors(part: Part) -> set[int]:
    """Variables, and what operators make of constants alone before or in the first run."""
    kept = {index for index, tensor in part.tensors.items() if tensor.is_variable}
    known = set(part.constants)
    for operator in part.operators:
        if folds(operator, known):
            known.update(operator.outputs)
            kept.update(operator.outputs)
        elif operator.name in UNPACKING and all(i in part.constants for i in operator.inputs):
            kept.update(operator.outputs)
    return kept


def folds(operator: Operator, known: set[int]) -> bool:
    """Whether the result is known before the run."""
    if operator.name not in FOLDING:
        return operator.name in SHAPES
    return all(index in known for index in operator.inputs if index >= 0)


def open_tensors(part: Part) -> tuple[set[int], set[int]]:
    """The tensors whose size only a run tells, and those that follow an input's open dimension."""
    assumed = {i for i in part.subgraph.inputs if i in part.tensors and is_open(part.tensors[i])}
    unknown = {index for index, tensor in part.tensors.items() if tensor.dtype not in BITS}
    for operator in part.operators:
        read = operator.inputs
        follows = not assumed.isdisjoint(read) and unknown.isdisjoint(read)
        for index in operator.outputs:
            tensor = part.tensors.get(index)
            if tensor and is_open(tensor):
                (assumed if follows else unknown).add(index)
    return unknown, assumed - unknown


def is_open(tensor: Tensor) -> bool:
    """Whether a dimension has no size in the file."""
    return -1 in tensor.shape_signature or -1 in tensor.shape


def arena_sizes(part: Part, outside: set[int]) -> dict[int, int]:
    """The bytes of each tensor that a run needs and that lies in the arena."""
    needed = dict.fromkeys(part.subgraph.inputs)
    for operator in part.operators:
        needed.update(dict.fromkeys(operator.outputs))
    return {
        index: size_of(part.tensors[index])
        for index in needed
        if index in part.tensors and index not in part.constants and index not in outside
    }


def sharing(part: Part, sizes: dict[int, int]) -> dict[int, int]:
    """The tensors that have no memory of their own, each with the tensor whose memory it is."""
    inputs, outputs = set(part.subgraph.inputs), set(part.subgraph.outputs)
    references = Counter([*part.subgraph.inputs, *part.subgraph.outputs])
    for operator in part.operators:
        references.update(operator.inputs)
    shared: dict[int, int] = {}
    for operator in part.operators:
        renames = operator.name in RENAMING
        places = (0,) if renames else OVERWRITING.get(operator.name, ())
        if not places or not operator.outputs or operator.outputs[0] in outputs:
            continue
        result = operator.outputs[0]
        size = sizes.get(result, 0)
        for source in (operator.inputs[i] for i in places if i < len(operator.inputs)):
            owner = shared.get(source, source)
            fits = sizes.get(owner) == size and source not in inputs
            alone = references[source] == 1 and references[owner] == 1 and size > SMALLEST
            if fits and (renames or alone):
                shared[result] = owner
                break
    return shared


def lifetimes(part: Part, sizes: dict[int, int], shared: dict[int, int]) -> list[Block]:
    """A block for each tensor with memory of its own, alive for all that share it."""
    first = dict.fromkeys(part.subgraph.inputs, 0)
    last: dict[int, int] = {}
    for now, operator in enumerate(part.operators):
        for index in operator.outputs:
            first.setdefault(index, now)
        for index in operator.inputs:
            last[shared.get(index, index)] = now
    last |= dict.fromkeys((*part.subgraph.inputs, *part.subgraph.outputs), ALWAYS)
    return [
        Block(index, size, first[index], last.get(index, ALWAYS))
        for index, size in sizes.items()
        if index not in shared
    ]
