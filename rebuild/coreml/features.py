"""What a package's inputs and outputs are called: as in the original, as far as Core ML allows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from inspector.read.model import Model
from rebuild.variables import unique

UNUSUAL = re.compile(r"[^A-Za-z0-9_]+")
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the inputs and of the outputs, in the original's order; each is there once."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def names_of(model: Model) -> Names:
    """The names that the signature of the primary subgraph has, else those of its tensors."""
    graph = model.subgraphs[0]
    told: dict[int, str] = {}
    for signature in model.signatures:
        if signature.subgraph == 0:
            for name, tensor in (*signature.inputs.items(), *signature.outputs.items()):
                told.setdefault(tensor, name)
    taken: set[str] = set()

    def named(tensors: Iterable[int], other: str) -> tuple[str, ...]:
        texts = [told.get(tensor) or graph.tensors[tensor].name for tensor in tensors]
        return tuple(unique(feature_name(text, other), taken) for text in texts)

    return Names(named(graph.inputs, "input"), named(graph.outputs, "output"))


def feature_name(text: str, other: str) -> str:
    """A text as a Core ML identifier, or the `other` where nothing of it is left.

    That is letters, digits and underscores, no digit first; nor an underscore, with which no name
    of TensorFlow's begins: 24 becomes `output_24`. `serving_default_image:0` becomes
    `serving_default_image`: TensorFlow's `:0` says nothing.
    """
    name = UNUSUAL.sub("_", text.removesuffix(":0")).strip("_")[:LONGEST]
    return f"{other}_{name}" if name[:1].isdigit() else name or other
