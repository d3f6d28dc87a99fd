"""A model run on inputs that somebody names in a line, with all that it computes captured."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple, NoReturn

import numpy as np

from inspector.errors import InputError
from inspector.read.model import Model, Subgraph
from inspector.run.groups import sizes_of
from inspector.run.inputs import inputs_of
from inspector.run.isolation import Pool
from inspector.run.places import Place as SeenAt
from inspector.run.preparation import Preparation
from inspector.run.process import physical_memory
from inspector.run.record import Plan, record
from inspector.run.runtime import Runtime, kernels_for
from inspector.run.series import Series, runs_asked_for
from inspector.tui.captured import Captured, Moment
from inspector.tui.command_line import words_of

SHARE = 0.25
"""Of the machine's memory: a model whose activations take more is run several times, in parts."""

Told = Callable[[str], None]


class Asked(NamedTuple):
    """What a model is to be run on: files of inputs, and what says the rest, as `tfli capture`.

    `steps` are runs that go on from each other's state; `samples` begin anew.
    """

    given: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    seed: int = 0
    samples: int | None = None
    preparation: Preparation = Preparation()
    steps: int | None = None

    def series(self, model: Model, subgraph: int) -> Series:
        """The samples. Raises `InputError` for what does not fit."""
        inputs = inputs_of(model, subgraph, self.preparation, self.shapes)
        count = runs_asked_for(self.samples, self.steps)
        return Series(inputs, self.given, self.seed, count)


class LineParser(ArgumentParser):
    """A parser whose errors are ours: nothing is printed and nothing ends."""

    def error(self, message: str) -> NoReturn:
        """Raise `InputError`."""
        raise InputError(f"{message}; write files of inputs, then --samples, --seed, --shape, ...")


def asked_in(line: str) -> Asked:
    """What a line asks for: `[NAME=]FILE ... --samples 4 --seed 1 --shape NAME=1,8 --steps 9`.

    Raises `InputError`.

    >>> asked_in("left=a.npy right=b.npy --seed 3")[:3]
    (('left=a.npy', 'right=b.npy'), (), 3)
    """
    parser = parser_of_inputs()
    parser.add_argument("--steps", type=int)
    found = parser.parse_intermixed_args(words_of(line))
    return asked_from(found)._replace(steps=found.steps)


def parser_of_inputs() -> ArgumentParser:
    """What reads the words of a line: files, and options as `tfli capture` has them."""
    parser = LineParser(prog="inputs", add_help=False, allow_abbrev=False)
    parser.add_argument("given", nargs="*")
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--samples", type=int)
    parser.add_argument("--shape", action="append", default=[])
    parser.add_argument("--mean", type=numbers, default=())
    parser.add_argument("--std", type=numbers, default=())
    return parser


def asked_from(found: Namespace) -> Asked:
    """What was read."""
    preparation = Preparation(found.mean, found.std)
    given = (*found.given, *found.input)
    return Asked(given, tuple(found.shape), found.seed, found.samples, preparation)


def numbers(text: str) -> tuple[float, ...]:
    """Numbers between commas."""
    return tuple(float(part) for part in text.split(","))


def captured(model: Model, subgraph: int, asked: Asked, pool: Pool, tell: Told) -> Captured:
    """Run a subgraph and keep every value; `tell` is told how far it has come.

    Raises `InputError` for inputs that do not fit, `RunError` where the interpreter refuses the
    model, gives up, dies (naming the operator) or is cancelled.
    """
    series = asked.series(model, subgraph)
    kept = Captured()
    kept.reports = series.reports
    graph = model.subgraphs[subgraph]
    awaited, seen = computed(graph), Counter[str]()

    def put(place: SeenAt, value: np.ndarray) -> None:
        pool.check()
        kept.put(place, model.subgraphs[place.subgraph].tensors[place.tensor], value)
        run = f"{Moment(place.run).words} of {len(series)}, " if place.run else ""
        own = place.subgraph == subgraph and not place.before
        seen[place.run] += own and place.tensor in awaited
        tell(f"{run}{seen[place.run]:,} of {len(awaited):,} values")

    memory, state = memory_for(graph), asked.steps is not None
    plan = Plan(Runtime(kernels_for(model)), subgraph, memory=memory, state=state)
    with ExitStack() as unless_done:
        unless_done.callback(kept.close)
        kept.findings = record(model, series, plan, put)
        unless_done.pop_all()
    return kept


def computed(graph: Subgraph) -> set[int]:
    """The tensors that a run gives values to: the inputs, and what operators give."""
    made = (tensor for operator in graph.operators for tensor in operator.outputs)
    return {tensor for tensor in (*graph.inputs, *made) if tensor >= 0}


def memory_for(graph: Subgraph) -> int:
    """The memory that a capture may take; 0 for no limit, where all activations have room."""
    shapes = {tensor.index: tuple(map(abs, tensor.shape)) for tensor in graph.tensors}
    most = int(SHARE * physical_memory())
    return most if sum(sizes_of(graph, shapes).values()) > most else 0
