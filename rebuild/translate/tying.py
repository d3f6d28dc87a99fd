"""Layers with the same weights and the same configuration are one layer, called several times.

So an engineer would have written it: a network that is unrolled, a head that all scales share.
What was tied stays tied when the script is trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace as altered
from typing import Any, NamedTuple, TypeAlias

from rebuild.translate.expression import Call, Name, replace, walk
from rebuild.translate.program import Program, Statement, Weight

Identity: TypeAlias = tuple[Any, ...]


class Made(NamedTuple):
    """A layer with weights, and the statement that calls it."""

    layer: Call
    statement: Statement


def tie_layers(program: Program) -> None:
    """Note each layer that stands for several in `program.tied`, and call it by its variable.

    Layers that are called on their own output stay apart, and their weights have one array: Keras
    cannot cut a model open there, and the script could not be checked statement by statement.
    """
    shared: dict[int, Name] = {}
    dropped: set[str] = set()
    for first, *others in alike(program):
        if others and not is_chained(program, [first, *others]):
            variable = f"{first.layer.keywords['name']}_layer"
            program.tied[variable] = first.layer
            shared |= {id(made.layer): Name(variable) for made in (first, *others)}
            dropped |= {made.layer.keywords["name"] for made in others}
    program.weights = [weight for weight in program.weights if weight.layer not in dropped]
    program.statements = [
        altered(each, value=replace(each.value, lambda node: shared.get(id(node), node), Call))
        for each in program.statements
    ]


def alike(program: Program) -> Iterator[list[Made]]:
    """The layers with weights, those together that compute the same with the same arrays."""
    weights: dict[str, list[Weight]] = {}
    for weight in program.weights:
        weights.setdefault(weight.layer, []).append(weight)
    found: dict[Identity, list[Made]] = {}
    for statement in program.statements:
        for node in walk(statement.value):
            if isinstance(node, Call) and node.is_layer and node.weights:
                same = identity(node, weights[node.keywords["name"]])
                found.setdefault(same, []).append(Made(node, statement))
    yield from found.values()


def identity(layer: Call, weights: Iterable[Weight]) -> Identity:
    """What two layers have in common that compute the same with the same arrays."""
    options = {name: value for name, value in layer.keywords.items() if name != "name"}
    arrays = tuple((weight.variable, weight.key) for weight in weights)
    return layer.function, repr(layer.arguments), repr(sorted(options.items())), arrays


def is_chained(program: Program, group: list[Made]) -> bool:
    """Whether one of the layers takes what another of them gives."""
    given = {made.statement.targets[0] for made in group if gives(made)}
    taken = {program.resolve(tensor) for made in group for tensor in made.statement.inputs}
    return not given.isdisjoint(taken)


def gives(made: Made) -> bool:
    """Whether the statement's value is what the layer gives, with nothing done to it."""
    value = made.statement.value
    return isinstance(value, Call) and value.function is made.layer
