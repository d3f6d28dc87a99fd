"""Parts of a graph between tensors that are known, and running such a part by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.errors import RunError, UnsupportedError
from inspector.graph import NOBODY, Graph
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator
from inspector.run.edit import slice_operators
from inspector.run.isolation import open_session
from inspector.run.readable import STATEFUL
from inspector.run.resources import Resources
from inspector.run.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Region:
    """Operators in execution order, the tensors they are fed and those that are read."""

    operators: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def region_of(
    subgraph: Subgraph,
    graph: Graph,
    outputs: Sequence[int],
    known: Collection[int],
    others: Callable[[Resources, Operator], Iterable[int]] = Resources.before,
) -> Region:
    """What computes `outputs` from tensors of `known`: the operators back to where those begin.

    Constants and variables are part of it, and the `others` that touch the same resources as one of
    its operators: all that wrote to them before, or where the region is run step after step, behind
    it as well (`Resources.around`). `graph` is that of the subgraph. Raises `RunError` where a way
    back ends at an input of the subgraph that is not known.
    """
    producer, resources = graph.producer, Resources(subgraph, graph)
    operators: set[int] = set()
    inputs: dict[int, None] = {}
    waiting = [producer[tensor] for tensor in outputs]
    while waiting:
        operator = waiting.pop()
        if operator in operators or operator == NOBODY:
            continue
        operators.add(operator)
        waiting += others(resources, subgraph.operators[operator])
        for tensor in subgraph.operators[operator].inputs:
            if tensor in known and tensor not in outputs:
                inputs[tensor] = None
            elif tensor in subgraph.inputs:
                raise RunError(
                    f"it depends on input {subgraph.tensors[tensor].name!r}, which is not fed"
                )
            elif tensor >= 0:
                waiting.append(producer[tensor])
    return Region(tuple(sorted(operators)), tuple(inputs), tuple(outputs))


def fed(model: Model, subgraph: Subgraph, operators: Sequence[int]) -> tuple[int, ...]:
    """The tensors that `operators` read and neither make themselves nor find in the file."""
    records = [subgraph.operators[i] for i in operators]
    made = {tensor for operator in records for tensor in operator.outputs}
    read = dict.fromkeys(t for operator in records for t in operator.inputs if t >= 0)
    return tuple(
        t
        for t in read
        if t not in made
        and not subgraph.tensors[t].is_variable
        and not model.is_constant(subgraph.tensors[t])
    )


def joined(regions: Sequence[Region]) -> Region:
    """Several regions as one, that is fed and read what each of them is."""
    return Region(
        tuple(sorted({i for region in regions for i in region.operators})),
        tuple(dict.fromkeys(i for region in regions for i in region.inputs)),
        tuple(dict.fromkeys(i for region in regions for i in region.outputs)),
    )


def independent(subgraph: Subgraph, regions: Sequence[Region]) -> list[list[int]]:
    """The regions, by their places in the list, in few groups that can each be run as one.

    In a group no region computes what another is fed: each goes on being fed what it is given.
    A chain of operators falls into two groups, a network with branches into a few.
    """
    groups: list[list[int]] = []
    traffic: list[tuple[set[int], set[int]]] = []
    for place, region in enumerate(regions):
        fed = set(region.inputs)
        made = {t for i in region.operators for t in subgraph.operators[i].outputs}
        free = (n for n, (r, w) in enumerate(traffic) if w.isdisjoint(fed) and r.isdisjoint(made))
        found = next(free, len(groups))
        if found == len(groups):
            groups.append([])
            traffic.append((set(), set()))
        groups[found].append(place)
        traffic[found][0].update(fed)
        traffic[found][1].update(made)
    return groups


def content_of(model: Model, region: Region) -> bytes:
    """The model with only a region left in its primary subgraph: patched, or else packed anew.

    Raises as `slicing.cut` does.
    """
    try:
        return slice_operators(model, 0, region.operators, region.inputs, region.outputs)
    except UnsupportedError:
        from inspector.run.slicing import cut  # LiteRT's generated classes take long to import

        return cut(model, region)


class Slice:
    """A region of a model's primary subgraph, loaded by itself and run on as many feeds as wanted.

    Where it has resources, each run finds them as the first one did: it is loaded anew; a step goes
    on from the last. Raises `RunError` where LiteRT refuses it, at the start or at a run.
    """

    def __init__(self, model: Model, region: Region, runtime: Runtime) -> None:
        self.region, self.runtime = region, runtime
        content = content_of(model, region)
        self.session = open_session(runtime, content)
        operators = (model.subgraphs[0].operators[i] for i in region.operators)
        self.kept = content if any(o.name in STATEFUL for o in operators) else b""
        self.is_fresh = True

    def run(self, feeds: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The values of the region's outputs, computed from `feeds`, those of its inputs."""
        if self.kept and not self.is_fresh:
            self.session = open_session(self.runtime, self.kept)
        self.is_fresh = False
        self.session.resize([array.shape for array in feeds])
        self.session.run(feeds)
        return self._outputs()

    def step(self, feeds: Sequence[np.ndarray]) -> list[np.ndarray]:
        """As `run`, from the variables and resources that the run or step before has left."""
        self.is_fresh = False
        self.session.resize([array.shape for array in feeds])
        self.session.step(feeds)
        return self._outputs()

    def _outputs(self) -> list[np.ndarray]:
        return [self.session.read(tensor) for tensor in self.region.outputs]
