"""The output in another axis order: NCHW in the place of NHWC, above all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from inspector.compare.hints.suspect import Guess, Suspect
from inspector.compare.reference import Arrays, Trial

MOST_AXES = 5
NAMED: dict[tuple[int, ...], str] = {
    (0, 3, 1, 2): "NCHW in the place of NHWC",
    (0, 2, 3, 1): "NHWC in the place of NCHW",
}
MOVING = frozenset({"RESHAPE", "TRANSPOSE"})
"""Operators that move values and compute none."""


def output_order(suspect: Suspect) -> Iterator[Guess]:
    """The output's values, or the input's of an operator that moves them, in another order."""
    if len(suspect.unit.outputs) != 1:
        return
    yield from orders(suspect, None)
    if suspect.operator.name in MOVING and suspect.operator.inputs[0] in suspect.inputs:
        yield from orders(suspect, suspect.operator.inputs[0])


def orders(suspect: Suspect, source: int | None) -> Iterator[Guess]:
    """All axis orders of the output, or of what an operator was fed."""
    tensor = suspect.output() if source is None else suspect.graph.tensors[source]
    if not 2 <= len(tensor.shape) <= MOST_AXES:
        return
    what = "output" if source is None else "input"
    every = list(permutations(range(len(tensor.shape))))[1:]
    for order in sorted(every, key=lambda order: order not in NAMED):

        def moved(trial: Trial, axes: tuple[int, ...] = order) -> Arrays:
            value = trial.expected[0] if source is None else trial.fed[source]
            return [value.transpose(axes)]

        yield Guess(f"its {what} looks transposed: {words(order)}", moved, is_rerun=False)


def words(order: tuple[int, ...]) -> str:
    """An axis order as people call it, or as numbers."""
    return NAMED.get(order, f"axes in the order {', '.join(map(str, order))}")
