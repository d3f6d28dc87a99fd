"""The graph of a MIL program as `call_graph` has graphs, and what its inputs are made of.

An image input is a tensor of pixels (1, channels, H, W) that the program multiplies by a scale,
adds a bias to and multiplies by a factor for each channel where these differ; what comes out of
that stands for the original's input.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rebuild.call_graph import CallGraph, Node
from rebuild.coreml.evaluate import Evaluator, is_state, read_by

Var = Any
MADE_OF_CONSTANTS = "constexpr_"
FACTORED = "__factored__"
PREPARING = (FACTORED, "__biased__", "__scaled__")
"""What the names of operations end in that prepare a picture, the last one first."""


def graph_of_program(evaluator: Evaluator) -> CallGraph:
    """The operations of a program that compute something from its inputs.

    What a state holds is no input: each run, whole or of a part, begins with zeros in it.
    """
    given = (var for var in evaluator.inputs.values() if not is_state(var))
    inputs = [prepared(evaluator, var) for var in given]
    return CallGraph(inputs, evaluator.outputs, nodes(evaluator, set(inputs)))


def prepared(evaluator: Evaluator, var: Var) -> Var:
    """What the original takes in the place of an input: a picture's pixels, scaled and biased.

    coremltools and `trace` name the operations that do so after the input, `image__scaled__`.
    """
    names = [f"{var.name}{step}" for step in PREPARING]
    made = {operation.name: operation.outputs[0] for operation in evaluator.operations}
    return next((made[name] for name in names if name in made), var)


def nodes(evaluator: Evaluator, changing: set[Var]) -> Iterator[Node]:
    """An operation each, whose inputs are those that are no constants."""
    for operation in evaluator.operations:
        read = tuple(var for var in read_by(operation) if var in changing)
        if read:
            changing |= set(operation.outputs)
            yield Node(operation.name, operation.op_type, read, tuple(operation.outputs))
