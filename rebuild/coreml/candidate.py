"""A Core ML package as a candidate of `inspector.compare`: its program, evaluated here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.metrics import real
from inspector.compare.rounding import Roundings, Side, relative
from inspector.compare.tolerance import FLOATS, SMALLEST_HALF, Tolerance
from inspector.read.model import Model
from rebuild.call_candidate import Arrays, CallCandidate, Tensors
from rebuild.coreml.evaluate import Evaluator, needs, numpy_type
from rebuild.coreml.graph import graph_of_program
from rebuild.coreml.kept import match_states
from rebuild.coreml.match import NUMBERS, by_numbers, is_tensor, match_program
from rebuild.coreml.program import Package, read_package
from rebuild.coreml.sizes import settle_sizes

MOST_ROUNDS = 16
"""In which values are looked for; each takes a run of the whole program."""
MOST_TRUSTED = 3
"""Values that are taken by their names, to look on behind them: about as many faults are told apart
from what they cause."""

FLOAT32 = Tolerance(max_rel_range=1e-3)
FLOAT16 = Tolerance(max_rel_range=1e-2, negligible=SMALLEST_HALF)
"""Shares of its range that an output of a package may be off, by what its program computes in. A
device chooses where to round, and sums in an order of its own: about 2^-11 an operation in float16;
float32 on its graphics processor is not as exact as LiteRT's."""


def open_package(reference: Model, path: Path) -> PackageCandidate:
    """The program of an `.mlpackage`, run beside `reference`.

    Raises `InputError` where it cannot be read or matched, `RunError` where coremltools is
    missing, `UnsupportedError` where an operation of it cannot be evaluated.
    """
    package = read_package(path)
    needs(package.program)
    settle_sizes(package.program, reference.subgraphs[0])
    return PackageCandidate(reference, package)


class PackageCandidate(CallCandidate):
    """The program of a package, matched with the primary subgraph of `reference`."""

    def __init__(self, reference: Model, package: Package) -> None:
        self.evaluator = Evaluator(package.program)
        graph = graph_of_program(self.evaluator)
        held = match_program(reference.subgraphs[0], graph)
        super().__init__(reference, str(package.path), graph, held)

    def _arrange(self) -> None:
        """Make the units, and find what the writing of variables is checked through."""
        super()._arrange()
        found = match_states(self.subgraph, self.edges, self.evaluator.operations, self.held)
        self.folded = found.folded
        self.unmatched = {o: r for o, r in self.unmatched.items() if o not in found.folded}
        self.unmatched |= found.unmatched

    def compute(self, inputs: Tensors, outputs: Tensors, feeds: Arrays) -> Arrays:
        """Values of the program from others of it; each run begins with states of zeros."""
        self.evaluator.reset()
        values = self.evaluator.part(outputs, dict(zip(inputs, feeds, strict=True)))
        return [np.asarray(values[var]) for var in outputs]

    def given(self, inputs: Arrays) -> dict[str, np.ndarray]:
        """The reference's inputs by the names of those that the program takes as they are.

        Those that a program makes of pictures are not among them.
        """
        feeds = dict(zip(self.graph.inputs, self._feeds(inputs), strict=True))
        named = self.evaluator.inputs.items()
        return {name: feeds[var] for name, var in named if var in feeds}

    @property
    def end_to_end(self) -> Tolerance:
        """What an output of the package may be off: more where it computes in float16."""
        return FLOAT16 if self.is_half else FLOAT32

    @cached_property
    def is_half(self) -> bool:
        """Whether any number that the program computes is a float16."""
        made = (var for node in self.graph.nodes for var in node.outputs)
        return any(numpy_type(var) is np.float16 for var in made)

    @property
    def in_real(self) -> bool:
        """That a program has real numbers where the file has quantised integers."""
        return True

    def type_of(self, tensor: Any) -> Any:
        """NumPy's type of a value of the program; what is no tensor is taken as it is."""
        return numpy_type(tensor)

    def roundings(self, unit: Unit) -> Roundings:
        """Where the program holds float16, its steps; quantised weights may be as they were."""
        found = super().roundings(unit)
        half = [t for t in (*unit.inputs, *unit.outputs) if self._is_half(t)]
        if not half:
            return found
        side = Side(self.reference, self.subgraph, self.edges, unit.operators)
        held = (tensor for _, tensor in side.constants())
        constants = {t.index: relative for t in held if t.dtype in FLOATS or t.is_quantized}
        return Roundings(
            {t: relative for t in unit.inputs if t in half} | dict(found.inputs),
            {t: relative for t in unit.outputs if t in half},
            constants | dict(found.constants),
        )

    def _is_half(self, tensor: int) -> bool:
        """Whether the program holds a tensor of the reference in float16."""
        held = self.held.get(tensor)
        return held is not None and numpy_type(held.tensor) is np.float16

    def settle(self, inputs: Arrays, values: Mapping[int, np.ndarray], /) -> None:
        """Find out by numbers which value of the program is which tensor.

        What was found is fed the reference's own values, and the others are looked for again: where
        one side is quantised, the two drift apart, and a few operators on nothing is near any more.
        Behind a fault nothing is: there the first value is taken by its name alone.
        """
        tensors = [v for node in self.graph.nodes for v in node.outputs if is_tensor(v)]
        computed = {t for o in self.subgraph.operators for t in o.outputs if t in values}
        ours = {t: real(self.subgraph.tensors[t], values[t]) for t in computed}
        fed = dict(zip(self.graph.inputs, self._feeds(inputs), strict=True))
        settled, trusted = {*self.subgraph.inputs, *self.subgraph.outputs}, 0
        for _ in range(MOST_ROUNDS):
            found = self.compute(list(fed), tensors, list(fed.values()))
            theirs = {id(v): a.astype(np.float64) for v, a in zip(tensors, found, strict=True)}
            self.held = by_numbers(self.subgraph, self.graph, self.held, settled, ours, theirs)
            known = {t for t, held in self.held.items() if held.by == NUMBERS} - settled
            if not known and trusted < MOST_TRUSTED:
                known, trusted = set(self._first(computed - settled)), trusted + 1
            settled |= known
            fed |= {self.held[t].tensor: self._feed(t, values[t]) for t in known}
            if not known or settled >= computed:
                break
        self._arrange()

    def _first(self, among: Collection[int]) -> list[int]:
        """The first of some tensors, in the order of execution, that is found at all."""
        made = (t for operator in self.subgraph.operators for t in operator.outputs)
        return list(islice((t for t in made if t in among and t in self.held), 1))
