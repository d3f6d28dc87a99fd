"""Layers with the same weights and the same configuration are one layer, called several times.

So an engineer would have written it: a network that is unrolled, a head that all scales share.
What was tied stays tied when the script is trained.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace as altered
from typing import Any, NamedTuple, TypeAlias

from rebuild.translate.expression import Call, Index, Name, replace, walk
from rebuild.translate.program import Program, Statement, Weight
from rebuild.variables import unique

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
    if shared:
        program.statements = [replaced(each, shared) for each in program.statements]


def tie_parts(program: Program, parts: Mapping[str, Program], taken: set[str]) -> None:
    """Make the model of a subgraph once, where it is called several times.

    Where it is called on its own output it is made anew, under a name of its own and with the same
    arrays. `parts` are the programs of other subgraphs by the functions that make them, `taken` the
    names of all their models.
    """
    for function, group in (made_by(program, set(parts)) if parts else {}).items():
        part, (_, *others) = parts[function], group
        if not others:
            continue
        if not is_chained(program, group):
            program.tied[part.name] = group[0].layer
            shared = {id(made.layer): Name(part.name) for made in group}
            program.statements = [replaced(each, shared) for each in program.statements]
            continue
        part.has_copies = True
        for made in others:
            name = unique(part.name, taken)
            made.layer.keywords["name"] = name
            program.weights += [altered(w, shared=w.key, scope=name) for w in part.weights]


def made_by(program: Program, functions: Collection[str]) -> dict[str, list[Made]]:
    """The calls of each of some functions that make models."""
    found: dict[str, list[Made]] = {}
    for statement in program.statements:
        for node in walk(statement.value):
            if isinstance(node, Call) and node.function in functions:
                found.setdefault(str(node.function), []).append(Made(node, statement))
    return found


def replaced(statement: Statement, shared: Mapping[int, Name]) -> Statement:
    """The statement with a variable in the place of each layer that it holds."""
    value = replace(statement.value, lambda node: shared.get(id(node), node), Call)
    return altered(statement, value=value)


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
    given = {target for made in group if gives(made) for target in made.statement.targets}
    taken = {program.resolve(tensor) for made in group for tensor in made.statement.inputs}
    return not given.isdisjoint(taken)


def gives(made: Made) -> bool:
    """Whether the statement's value is what the layer gives, or a part of it."""
    value = made.statement.value
    while isinstance(value, Index):
        value = value.value
    return isinstance(value, Call) and value.function is made.layer
