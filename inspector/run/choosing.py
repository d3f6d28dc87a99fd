"""Which part of a graph a person means: tensors by name, pattern or index, operators by range."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from inspector.errors import InputError, RunError
from inspector.graph import NOBODY, Graph, graph_of
from inspector.read.model import Subgraph
from inspector.run.readable import HANDLES, unpacked
from inspector.run.regions import Region, fed, region_of
from inspector.run.resources import Resources
from inspector.weights.names import layer_names

RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def tensors_of(subgraph: Subgraph, named: Iterable[str]) -> tuple[int, ...]:
    """The tensors that each of `named` means, in that order, each once.

    A text is a tensor's name, else a layer's (`layer_names`; its outputs are meant), else an index,
    else a pattern of names (`*`, `?`, `[abc]`). Raises `InputError` for one that means none, with
    the names that are like it.
    """
    found: dict[int, None] = {}
    for text in named:
        found |= dict.fromkeys(meant(subgraph, text))
    return tuple(found)


def meant(subgraph: Subgraph, text: str) -> list[int]:
    """The tensors that one text means. Raises `InputError` where there is none."""
    names = [tensor.name for tensor in subgraph.tensors]
    layers = layer_names(subgraph)
    found = [index for index, name in enumerate(names) if name == text]
    if not found and text in layers:
        found = [i for i in subgraph.operators[layers.index(text)].outputs if i >= 0]
    if not found and text.isdecimal() and int(text) < len(names):
        found = [int(text)]
    found = found or [i for i, name in enumerate(names) if name and fnmatchcase(name, text)]
    if not found:
        near = get_close_matches(text, [*layers, *filter(None, names)], 3)
        hint = f"; near it are {', '.join(map(repr, near))}" if near else "; see `tfli tensors`"
        raise InputError(f"no tensor of subgraph {subgraph.index} is called {text!r}{hint}")
    return found


def operators_of(subgraph: Subgraph, text: str) -> tuple[int, ...]:
    """The operators of `3-17,20`, both ends included. Raises `InputError`."""
    found: set[int] = set()
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        if not match:
            raise InputError(f"{text!r} is no range of operators; write 17, 3-17 or 3-17,20")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last or last >= len(subgraph.operators):
            raise InputError(
                f"operators {part.strip()}: subgraph {subgraph.index} has "
                f"{len(subgraph.operators)}, counted from 0"
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def part_of_operators(subgraph: Subgraph, operators: Sequence[int]) -> Region:
    """Some operators, fed what they do not make; their outputs are what others read, or nobody.

    What unpacks the constants that they read (DEQUANTIZE, DENSIFY) comes with them, and of the
    resources that they use what makes them and what wrote to them before.
    """
    graph = graph_of(subgraph)
    constants = unpacked(subgraph.model, subgraph, graph)
    kept, outputs = with_needs(subgraph, graph, operators, constants), set(subgraph.outputs)
    made = [t for i in sorted(kept) for t in subgraph.operators[i].outputs if t >= 0]
    given = [t for t in made if t in outputs or not kept.issuperset(graph.consumers[t])]
    handles = {t for t in made if subgraph.tensors[t].dtype in HANDLES}
    given = [t for t in given if t not in constants | handles]
    given += [t for t in made if not graph.consumers[t] and t not in handles.union(given)]
    ordered = tuple(sorted(kept))
    return Region(ordered, fed(subgraph.model, subgraph, ordered), tuple(given))


def with_needs(
    subgraph: Subgraph, graph: Graph, operators: Sequence[int], constants: Container[int]
) -> set[int]:
    """The operators, and those without which what they read could not be fed.

    They unpack `constants`, make handles, and write to the resources behind these.
    """
    kept, waiting, resources = set(operators), list(operators), Resources(subgraph, graph)
    while waiting:
        operator = subgraph.operators[waiting.pop()]
        read = (t for t in operator.inputs if t in constants or (t >= 0 and resources.is_handle(t)))
        needed = {graph.producer[t] for t in read}.union(resources.before(operator)) - {NOBODY}
        waiting += needed - kept
        kept |= needed
    return kept


def part_between(subgraph: Subgraph, sources: Sequence[int], targets: Sequence[int]) -> Region:
    """What computes `targets` from `sources`; without one or the other, from or to the model's own.

    Raises `InputError` where a target is no operator's output, a source is on no way to a target,
    or a way back to an input of the model passes by all sources.
    """
    graph = graph_of(subgraph)
    starts = sources or subgraph.inputs
    ends = targets or reached(subgraph, graph, starts)
    for tensor in ends:
        if graph.producer[tensor] == NOBODY:
            raise InputError(f"{called(subgraph, tensor)} is computed by no operator")
    try:
        region = region_of(subgraph, graph, ends, set(starts) - set(ends))
    except RunError as error:
        raise InputError(f"{called(subgraph, ends[0])} cannot be the end: {error}") from None
    idle = [tensor for tensor in sources if tensor not in region.inputs]
    if idle or not region.operators:
        start = called(subgraph, (*idle, *starts)[0])
        raise InputError(f"no operator leads from {start} to {called(subgraph, ends[0])}")
    kept = tuple(tensor for tensor in starts if tensor in region.inputs)
    return Region(region.operators, kept, region.outputs)


def reached(subgraph: Subgraph, graph: Graph, starts: Iterable[int]) -> tuple[int, ...]:
    """The outputs of the subgraph that depend on `starts`. Raises `InputError` if none does."""
    seen: set[int] = set()
    waiting = list(starts)
    while waiting:
        for operator in graph.consumers[waiting.pop()]:
            new = [t for t in subgraph.operators[operator].outputs if t >= 0 and t not in seen]
            seen.update(new)
            waiting += new
    found = tuple(dict.fromkeys(t for t in subgraph.outputs if t in seen))
    if not found:
        raise InputError(f"no output of subgraph {subgraph.index} depends on what it starts from")
    return found


def called(subgraph: Subgraph, tensor: int) -> str:
    """A tensor in a message."""
    return f"tensor {tensor} ({subgraph.tensors[tensor].name!r})"
