"""The name of an operator's output, read as the scope of a layer and the operation inside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from re import Match, sub
from typing import NamedTuple, TypeAlias

from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.weights.trace import TRANSPARENT
from inspector.weights.words import (
    CALL,
    KERNEL_OPERATIONS,
    MOST_CHARACTERS,
    MOST_PARTS,
    NUMBERED,
    OPERATION,
    SCOPES,
    SMALL_OPERATION,
    snake,
)

COMMON = 0.8
"""A first word that this share of the operators have says nothing about any of them."""


Scope: TypeAlias = tuple[str, ...]


class Path(NamedTuple):
    """A tensor's name, read: the words of the layer's scope, and of the operation inside it."""

    scope: Scope
    leaf: str


def layer_paths(subgraph: Subgraph, operators: Sequence[Operator]) -> list[Path]:
    """The path of each operator's layer, one of those that its first output is named after.

    A convolution is often named after its activation first. Then the path that has the convolution
    itself is meant; if several have one (constants that convolutions share bring their names
    along), the one that the fewest operators name.
    """
    parts = [name_parts(subgraph, operator) for operator in operators]
    kernels = [
        kernel_paths(operator, found) for operator, found in zip(operators, parts, strict=True)
    ]
    frequency = Counter(path.scope for found in kernels for path in set(found))
    return [layer_path(found, own, frequency) for found, own in zip(parts, kernels, strict=True)]


def layer_path(parts: Sequence[str], kernels: Sequence[Path], frequency: Counter[Scope]) -> Path:
    """One operator's path: its first name's, unless that has no scope or is another operation's."""
    first = read_path(parts[0]) if parts else Path((), "")
    if kernels and first.scope not in {path.scope for path in kernels}:
        return min(reversed(kernels), key=lambda path: frequency[path.scope])
    if first.scope:
        return first
    return next((path for path in map(read_path, parts) if path.scope), first)


def name_parts(subgraph: Subgraph, operator: Operator) -> list[str]:
    """The names of the operations that an operator was fused from, or the one name."""
    if not operator.outputs or operator.outputs[0] < 0:
        return []
    name = subgraph.tensors[operator.outputs[0]].name[:MOST_CHARACTERS]
    if operator.name in TRANSPARENT:
        name = sub(r"(_(dequantize|densify)\d*)+$", "", name)
    return [sub(r":\d+$", "", part) for part in name.split(";")[:MOST_PARTS] if part]


def kernel_paths(operator: Operator, parts: Sequence[str]) -> list[Path]:
    """The paths, among `parts`, of layers with the kernel of `operator`."""
    word = KERNEL_OPERATIONS.get(operator.name)
    if word is None:
        return []
    found = [part for part in parts if any(map(word.fullmatch, part.split("/")))]
    found = found or [part for part in parts if part.endswith("/BiasAdd")]
    return [path for path in map(read_path, found) if path.scope]


def read_path(part: str) -> Path:
    """`model/conv2d_1/BiasAdd/ReadVariableOp`: scope (model, conv2d_1), leaf bias_add."""
    words = [word for word in part.split("/") if word and not CALL.fullmatch(word)][-MOST_PARTS:]
    end = len(words)
    operation = SMALL_OPERATION.fullmatch(words[-1]) if words else None
    end -= operation is not None
    while end and (larger := OPERATION.fullmatch(words[end - 1])):
        operation, end = larger, end - 1
    scope = without_echoes([snake(word) for word in words[:end]])
    if operation is None and len(scope) == 1 and NUMBERED.fullmatch(scope[0]):
        scope = ()
    return Path(scope, operation_name(operation))


def operation_name(operation: Match[str] | None) -> str:
    """An operation's word and number; of a separable convolution, the half."""
    if operation is None:
        return ""
    word = "pointwise" if operation[1] == "separable_conv2d" else snake(operation[1])
    return word + (operation[2] or "")


def without_echoes(words: Sequence[str]) -> Scope:
    """The words without those that their neighbour says again: `conv, conv_1` is `conv_1`."""
    kept: list[str] = []
    for word in filter(None, words):
        if kept and echoes(kept[-1], word):
            kept.pop()
        if not kept or not echoes(word, kept[-1]):
            kept.append(word)
    return tuple(kept)


def echoes(short: str, long: str) -> bool:
    """Whether `long` is `short`, or `short` with a number or more words after it."""
    return long.startswith(short) and (long[len(short) :] or "_")[0] in "_0123456789"


def without_common_scopes(paths: Sequence[Path]) -> list[Path]:
    """The paths without the first words that say nothing, and those that nearly all share."""
    scopes = [path.scope for path in paths]
    while True:
        named = [scope for scope in scopes if scope]
        first = Counter(scope[0] for scope in named if len(scope) > 1)
        empty = {
            word
            for word, count in first.items()
            if SCOPES.fullmatch(word) or 1 < count >= COMMON * len(named)
        }
        if not empty:
            break
        scopes = [s[1:] if len(s) > 1 and s[0] in empty else s for s in scopes]
    scopes = [() if len(s) == 1 and SCOPES.fullmatch(s[0]) else s for s in scopes]
    return [Path(scope, path.leaf) for scope, path in zip(scopes, paths, strict=True)]


def without_copies(paths: Sequence[Path]) -> list[Path]:
    """The paths without the number that Keras 3 adds to each layer's name when it exports a model.

    It enters each scope twice, and TensorFlow numbers the second: `dense` becomes `dense_1`, and
    `dense_1`, which is then taken, `dense_1_2`. Only where all layers' names are numbered so.
    """
    first = {path.scope[0] for path in paths if path.scope}
    bases = {word: word.rpartition("_") for word in first}
    numbered = all(
        base and number == ("2" if base in first else "1") for base, _, number in bases.values()
    )
    if len(first) < 2 or not numbered:
        return list(paths)
    return [
        Path((bases[path.scope[0]][0], *path.scope[1:]), path.leaf) if path.scope else path
        for path in paths
    ]
