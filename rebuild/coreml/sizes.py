"""A MIL program whose inputs have open sizes, at the sizes of the model that it is compared with.

Values are matched by how many elements they have, which the open sizes of a program do not tell.
"""

from __future__ import annotations

from typing import Any

from inspector.errors import InputError
from inspector.read.model import Subgraph
from rebuild.coreml.evaluate import is_state
from rebuild.coreml.quiet import silence


def settle_sizes(program: Any, graph: Subgraph) -> None:
    """Give the inputs of a program the sizes of a subgraph's inputs, in their order, where open.

    Raises `InputError` where the two do not go together.
    """
    from coremltools.converters.mil.mil.passes.pass_registry import PASS_REGISTRY
    from coremltools.converters.mil.mil.types.symbolic import any_symbolic, is_symbolic

    given = [var for var in program.functions["main"].inputs.values() if not is_state(var)]
    if not any(any_symbolic(var.shape) for var in given):
        return
    shapes = {
        var.name: tuple(
            ours if is_symbolic(size) else int(size)
            for size, ours in zip(var.shape, graph.tensors[index].shape, strict=False)
        )
        for var, index in zip(given, graph.inputs, strict=False)
    }
    settle = PASS_REGISTRY["common::materialize_symbolic_shape_program"]
    settle.function_name_to_materialization_map = {"main": shapes}
    try:
        with silence():
            settle.apply(program)
    except (ValueError, KeyError) as error:
        raise InputError(f"its inputs cannot have the sizes {shapes}: {error}") from None
