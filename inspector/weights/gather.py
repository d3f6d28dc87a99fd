"""Arrays by rule: gathered from stored constants, and put back into them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import accumulate

import numpy as np

from inspector.errors import ModelError
from inspector.weights.rules import Piece, Rule


def gather(rule: Rule, read: Callable[[int], np.ndarray]) -> np.ndarray:
    """The array that `rule` makes of the operands that `read` gives; a view where one is enough.

    Raises `ModelError` where an operand has another shape than the rule was made for.
    """
    found = {operand: read(operand) for operand in rule.operands}
    parts = [shaped(rule, piece, found[piece.operand]) for piece in rule.pieces]
    if len(parts) > 1 and len({part.dtype for part in parts}) > 1:
        types = ", ".join(sorted({str(part.dtype) for part in parts}))
        raise ModelError(f"its {rule.variable} is stored in different types, {types}")
    array = parts[0] if len(parts) == 1 else joined(rule, parts)
    array = array.reshape(rule.shape) if rule.shape else array
    return np.zeros_like(array) if rule.zeros else array


def joined(rule: Rule, parts: list[np.ndarray]) -> np.ndarray:
    """The parts, one behind the other. Raises `ModelError` where they do not fit together."""
    try:
        return np.concatenate(parts, rule.axis)
    except ValueError:
        shapes = ", ".join(str(list(part.shape)) for part in parts)
        raise ModelError(f"its {rule.variable} has parts of shapes {shapes}") from None


def scatter(rule: Rule, array: np.ndarray, into: Mapping[int, np.ndarray]) -> None:
    """Put an array that `gather` could have made back into `into`: by operand, the stored values.

    Those are writable and contiguous, and keep what the rule does not take. An array of `zeros`
    has no place to go. Raises `ModelError` where a shape is another than the rule was made for.
    """
    if rule.zeros:
        return
    places = [seen(rule, piece, into[piece.operand]) for piece in rule.pieces]
    array = array.reshape(-1) if rule.shape else array
    parts = [array]
    if len(places) > 1:
        lengths = [
            (piece.shape or place.shape)[rule.axis]
            for piece, place in zip(rule.pieces, places, strict=True)
        ]
        parts = np.split(array, [*accumulate(lengths)][:-1], rule.axis)
    for place, part in zip(places, parts, strict=True):
        if part.size != place.size:
            raise ModelError(f"its {rule.variable} has {part.size} elements, not {place.size}")
        place[...] = part.reshape(place.shape)


def shaped(rule: Rule, piece: Piece, values: np.ndarray) -> np.ndarray:
    """A piece of an operand, in its own shape."""
    found = seen(rule, piece, values)
    if not piece.shape:
        return found
    if found.size != math.prod(piece.shape):
        raise misfit(rule, values, piece.shape)
    return found.reshape(piece.shape)


def seen(rule: Rule, piece: Piece, values: np.ndarray) -> np.ndarray:
    """The part of an operand that a piece takes, its axes permuted: a view."""
    found = values
    if piece.view:
        if values.size != math.prod(piece.view):
            raise misfit(rule, values, piece.view)
        found = values.reshape(piece.view)
    if piece.region:
        fits = len(piece.region) == found.ndim and all(
            end <= size for (_, end), size in zip(piece.region, found.shape, strict=True)
        )
        if not fits:
            raise misfit(rule, values, tuple(end for _, end in piece.region))
        found = found[tuple(slice(*ends) for ends in piece.region)]
    if not piece.permutation:
        return found
    if found.ndim != len(piece.permutation):
        raise ModelError(
            f"its {rule.variable} has shape {list(values.shape)}, not {len(piece.permutation)} axes"
        )
    return found.transpose(piece.permutation)


def misfit(rule: Rule, values: np.ndarray, shape: tuple[int, ...]) -> ModelError:
    """That an operand has another shape than its rule was made for."""
    return ModelError(f"its {rule.variable} has shape {list(values.shape)}, not {list(shape)}")
