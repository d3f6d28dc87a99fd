"""All recurrent layers of a subgraph that a converter wrote out, each with its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from inspector.errors import InspectorError
from inspector.graph import Graph
from inspector.read.model import Model, Subgraph
from inspector.weights.cells.chains import chains
from inspector.weights.cells.layer import Layer
from inspector.weights.cells.linear import Sums
from inspector.weights.cells.loops import loops
from inspector.weights.names import layer_names
from inspector.weights.words import snake

LOOP = re.compile(r"_?while(_\d+)?$")
CELL = re.compile(r"_?(lstm|gru|simple_rnn|rnn)_cell(_\d+)?$")
"""How the names of what a layer is made of end, after the layer's own."""
ANY = re.compile(r"(mat_?mul|dense|add|bias_add)(_\d+)?$")
"""Names of operators that say nothing of the layer."""


def recurrent_layers(
    subgraph: Subgraph, names: Sequence[str], graph: Graph | None = None
) -> list[Layer]:
    """The recurrent layers that loops and chains of operators of a subgraph are.

    `names` are those of its operators' layers; the layers' own come from there.
    """
    algebra = Sums(subgraph, graph)
    try:
        found = [*loops(algebra), *chains(algebra)]
    except InspectorError:  # who reads the damaged operator for itself tells of it
        return []
    within = {operator for layer in found for operator in layer.operators}
    taken = {name for index, name in enumerate(names) if index not in within}
    named = []
    for layer in sorted(found, key=lambda layer: layer.place):
        named.append(replace(layer, name=free(name_of(layer, names), taken)))
        taken.add(named[-1].name)
    return named


def bodies(model: Model) -> set[int]:
    """The subgraphs that are bodies of loops in the first."""
    loops = (o for o in model.subgraphs[0].operators if o.name == "WHILE")
    return {loop.options.get("body_subgraph_index", 0) for loop in loops}


def layers_with(part: Subgraph, names: Sequence[str], graph: Graph | None = None) -> list[Layer]:
    """The recurrent layers of the model's first subgraph whose constants lie in `part`.

    `names` are those of the layers of `part`. Others' loops stay as they are.
    """
    if not part.index:
        found = recurrent_layers(part, names, graph)
    elif part.index in bodies(part.model):
        primary = part.model.subgraphs[0]
        found = recurrent_layers(primary, layer_names(primary))
    else:
        return []
    return [layer for layer in found if layer.part == part.index]


def name_of(layer: Layer, names: Sequence[str]) -> str:
    """What the operators of a layer have in common in their names; else Keras' word for it."""
    kind = snake(layer.cell.kind)
    if layer.part != layer.subgraph:
        return LOOP.sub("", names[layer.place]) or kind
    places = {part.operator for step in layer.steps for part in step.parts}
    words = [names[place].split("_") for place in sorted(places)]
    shared = takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return CELL.sub("", ANY.sub("", "_".join(word for word, *_ in shared))) or kind


def free(name: str, taken: set[str]) -> str:
    """The name, with the first number behind it that nothing else has."""
    found, number = name, 1
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
