"""Names in the script: of the model, of its inputs, and those that are left to Keras."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from inspector.read.model import Model, Subgraph
from inspector.weights.names import identifier
from rebuild.translate.expression import Binary, Call, Index, Unary
from rebuild.translate.program import Program
from rebuild.variables import unique

OPERATION_WORDS = {"+": "add", "-": "subtract", "*": "multiply", "/": "true_divide"}
OPERATION_WORDS |= {"//": "floor_divide"}


def operation_words(program: Program) -> set[str]:
    """What Keras names the script's operations that are no layers: `add`, `get_item`, `relu`."""
    words = set()
    for node in program.nodes():
        if isinstance(node, Binary):
            words.add(OPERATION_WORDS[node.operator])
        elif isinstance(node, Unary):
            words.add("negative")
        elif isinstance(node, Index):
            words.add("get_item")
        elif isinstance(node, Call) and isinstance(node.function, str) and not node.is_layer:
            words |= {node.function.rpartition(".")[2]} if "." in node.function else set()
    return words


def leave_names_to_keras(program: Program) -> None:
    """Take the name from each layer whose name Keras may give to an operation.

    Keras numbers operations by kind (`add`, `add_1`) without a look at names that were given, and
    refuses a model in which two are alike. A layer with weights gets another name; the keys of its
    arrays stay.
    """
    automatic = re.compile(rf"({'|'.join(sorted(operation_words(program)))})(_\d+)?")
    for node in program.nodes():
        bare = isinstance(node, Call) and node.is_layer and not node.weights
        if bare and "name" in node.keywords and automatic.fullmatch(node.keywords["name"]):
            del node.keywords["name"]
    taken = {weight.layer for weight in program.weights}
    for name in [layer for layer in taken if automatic.fullmatch(layer)]:
        rename(program, name, unique(f"{name}_layer", taken))


def rename(program: Program, layer: str, name: str) -> None:
    """Give a layer another name, and leave the keys of its arrays."""
    for node in program.nodes():
        if isinstance(node, Call) and node.is_layer and node.keywords.get("name") == layer:
            node.keywords["name"] = name
    program.weights = [
        replace(weight, layer=name, shared=weight.key) if weight.layer == layer else weight
        for weight in program.weights
    ]


def input_names(subgraph: Subgraph, layers: tuple[str, ...]) -> tuple[str, ...]:
    """A name for each input: the signature's argument if there is one, else the tensor's."""
    arguments = {
        tensor: name
        for signature in subgraph.model.signatures
        if signature.subgraph == subgraph.index
        for name, tensor in signature.inputs.items()
    }
    taken = set(layers)
    return tuple(
        unique(identifier(arguments.get(t) or subgraph.tensors[t].name) or "input", taken)
        for t in subgraph.inputs
    )


def model_name(model: Model) -> str:
    """A Keras name for the model, from the file's."""
    return identifier(Path(model.path).stem) or "model"
