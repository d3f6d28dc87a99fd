"""Inputs taken otherwise: two swapped, channels reversed, flattened in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

import numpy as np

from inspector.compare.hints.remake import Parts
from inspector.compare.hints.suspect import Guess, Suspect
from inspector.compare.reference import Values
from inspector.graph import NOBODY

FIRST = 4
"""Inputs among which two may have been swapped."""
COLOURS = (3, 4)
"""Channels of a picture, without and with an alpha channel, which stays the last."""
CHANNEL_AXES = {4: (3, 1), 3: (2, 0)}
"""By rank, the axes that may hold the channels of a picture."""


def swapped(suspect: Suspect) -> Iterator[Guess]:
    """Two inputs in each other's places."""
    for operator in suspect.operators:
        given = [k for k, t in enumerate(operator.inputs[:FIRST]) if t >= 0]
        for one, other in combinations(given, 2):
            if operator.inputs[one] == operator.inputs[other]:
                continue

            def change(
                parts: Parts, index: int = operator.index, a: int = one, b: int = other
            ) -> None:
                inputs = list(parts.operator(index).inputs)
                inputs[a], inputs[b] = inputs[b], inputs[a]
                parts.operator(index).inputs = inputs

            yield Guess(f"its inputs {one} and {other} look swapped", suspect.changed(change))


def channels_reversed(suspect: Suspect) -> Iterator[Guess]:
    """The colours of a picture in reverse."""
    for tensor in suspect.inputs:
        shape = suspect.graph.tensors[tensor].shape
        for axis in CHANNEL_AXES.get(len(shape), ()):
            if shape[axis] in COLOURS:
                yield Guess(
                    "its input looks like BGR in the place of RGB",
                    suspect.fed_otherwise(feeding(tensor, partial(reversed_colours, axis))),
                )


def flattened_otherwise(suspect: Suspect) -> Iterator[Guess]:
    """What was flattened before the operator, flattened with the channels first, or as if so."""
    for tensor in suspect.inputs:
        shape = flattened_from(suspect, tensor)
        if shape is None:
            continue
        n, h, w, c = shape

        def channels_first(x: np.ndarray, s: tuple[int, ...] = shape) -> np.ndarray:
            return x.reshape(s).transpose(0, 3, 1, 2).reshape(x.shape)

        def as_if_first(x: np.ndarray, s: tuple[int, ...] = (n, c, h, w)) -> np.ndarray:
            return x.reshape(s).transpose(0, 2, 3, 1).reshape(x.shape)

        for words, arranged in (
            ("its input looks flattened from NCHW in the place of NHWC", channels_first),
            ("its input looks flattened from NHWC, and read as NCHW", as_if_first),
        ):
            yield Guess(words, suspect.fed_otherwise(feeding(tensor, arranged)))


def flattened_from(suspect: Suspect, tensor: int) -> tuple[int, ...] | None:
    """The NHWC shape that a tensor had before a RESHAPE, or has where the operator flattens it."""
    graph, shape = suspect.graph, suspect.graph.tensors[tensor].shape
    producer = suspect.edges.producer[tensor]
    if len(shape) < 4 and producer != NOBODY and graph.operators[producer].name == "RESHAPE":
        shape = graph.tensors[graph.operators[producer].inputs[0]].shape
    reads = suspect.operator.name in ("FULLY_CONNECTED", "RESHAPE")
    return shape if reads and len(shape) == 4 and min(shape) > 0 else None


def reversed_colours(axis: int, x: np.ndarray) -> np.ndarray:
    """The first three channels in reverse, a fourth where it was."""
    return np.take(x, [2, 1, 0, 3][: x.shape[axis]], axis)


def feeding(
    tensor: int, arranged: Callable[[np.ndarray], np.ndarray]
) -> Callable[[Values], Values]:
    """A change of what one tensor is fed."""
    return lambda values: {**values, tensor: arranged(values[tensor])}
