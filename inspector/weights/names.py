"""A name for each operator: its layer in the rebuilt script, its weights' keys, its listing.

It is read from the name of the operator's first output, so that a model which came from Keras gets
the names of its layers back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from re import fullmatch

from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.weights.scopes import (
    Path,
    Scope,
    echoes,
    layer_paths,
    without_common_scopes,
    without_copies,
)
from inspector.weights.trace import TRANSPARENT
from inspector.weights.words import KERNEL_OPERATIONS, LONGEST, SMALL_OPERATION, identifier, kind

__all__ = ["identifier", "layer_names"]


def layer_names(subgraph: Subgraph) -> tuple[str, ...]:
    """For each operator a readable, unique identifier in snake case, at most 40 characters.

    From `model/block_5_expand/Conv2D` comes `block_5_expand`; where the file has no meaningful
    name, the kind of layer as Keras calls it (`conv2d`, `dense`). Repeats get `_1`, `_2`. The same
    file always gives the same names.
    """
    operators = list(subgraph.operators)
    return names_along(operators, read_paths(subgraph, operators))


def read_paths(subgraph: Subgraph, operators: Sequence[Operator]) -> list[Path]:
    """Of each operator the words that its name is made of."""
    return without_copies(without_common_scopes(layer_paths(subgraph, operators)))


def names_along(operators: Sequence[Operator], paths: Sequence[Path]) -> tuple[str, ...]:
    """The names of operators, as `layer_names` gives them, of their paths."""
    names = wanted_names(operators, paths)
    kinds = [kind(operator.name) for operator in operators]
    given = [
        bool(path.scope) or name != default
        for name, default, path in zip(names, kinds, paths, strict=True)
    ]
    return unique(names, given)


def wanted_names(operators: Sequence[Operator], paths: Sequence[Path]) -> list[str]:
    """The name that each operator would have if no two were alike.

    The operation is named only where several share a scope, and not for the one among them that the
    layer is about.
    """
    frequency = Counter(word for path in paths for word in set(path.scope))
    mains = main_operators(operators, paths)
    names = []
    for operator, path in zip(operators, paths, strict=True):
        short = operator.name in TRANSPARENT or mains.get(path.scope) == operator.index
        whole = path if short or not path.leaf else Path((*path.scope, path.leaf), "")
        names.append(base_name(operator, whole if path.scope else path, frequency))
    return names


def main_operators(operators: Sequence[Operator], paths: Sequence[Path]) -> dict[Scope, int]:
    """The operator that each scope's layer is about.

    That is the one with a kernel, or called as the layer is; else the last, whose output is the
    layer's.
    """
    found: dict[Scope, tuple[int, int]] = {}
    for operator, path in zip(operators, paths, strict=True):
        if path.scope and operator.name not in TRANSPARENT:
            called = bool(path.leaf) and echoes(path.leaf, path.scope[-1])
            rank = 2 if operator.name in KERNEL_OPERATIONS else int(called)
            found[path.scope] = max(found.get(path.scope, (0, 0)), (rank, operator.index))
    return {scope: index for scope, (_, index) in found.items()}


def base_name(operator: Operator, path: Path, frequency: Counter[str]) -> str:
    """The scope's words, or the kind of layer where there is no scope."""
    like_keras = kind(operator.name)
    if path.scope:
        own = (like_keras,) if operator.name in TRANSPARENT else ()
        return fitted(path.scope + own, frequency) or like_keras
    if SMALL_OPERATION.fullmatch(path.leaf) or fullmatch(rf"{like_keras}_?\d+", path.leaf):
        return identifier(path.leaf)
    return like_keras


def fitted(words: tuple[str, ...], frequency: Counter[str]) -> str:
    """The words joined; where they are too long, without those that the most operators have."""
    while len("_".join(words)) > LONGEST:
        if len(words) > 2:
            spare = max(range(len(words) - 1), key=lambda i: frequency[words[i]])
            words = words[:spare] + words[spare + 1 :]
        else:
            longest = max(words, key=len)
            words = tuple(word.partition("_")[2] if word is longest else word for word in words)
    return identifier("_".join(filter(None, words)))


def unique(names: Sequence[str], given: Sequence[bool]) -> tuple[str, ...]:
    """The names, each but the first of a kind with the first free number after it.

    Those that the file gave are served first, so that `dense_1` from the file stays `dense_1`.
    """
    shared = Counter(name for name, own in zip(names, given, strict=True) if own)
    taken = {name for name, count in shared.items() if count == 1}
    numbers: Counter[str] = Counter()
    found = [""] * len(names)
    for place in sorted(range(len(names)), key=lambda i: not given[i]):
        name = free = names[place]
        if not given[place] or shared[name] > 1:
            while free in taken:
                numbers[name] += 1
                suffix = f"_{numbers[name]}"
                free = name[: LONGEST - len(suffix)] + suffix
            taken.add(free)
        found[place] = free
    return tuple(found)
