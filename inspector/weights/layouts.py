"""The one place that knows how an operator's operands become a framework's weights.

Another framework is another table in `LAYOUTS`: which of an operator's operands do not stay as they
are stored, and how it stacks the gates of recurrent layers.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.errors import InspectorError, ModelError
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.weights import keras_layout, torch_layout
from inspector.weights.cells.arrays import Gathered, arrays
from inspector.weights.cells.forms import Cell
from inspector.weights.operands import operand_name
from inspector.weights.recurrent import RECURRENT, Constants, Stacking, recurrent
from inspector.weights.rules import Axes, Rule, Table, Weight
from inspector.weights.shuffled import as_read


class Layout(str, enum.Enum):
    """Whose axis orders, shapes and names the weights have."""

    KERAS = "keras"
    TFLITE = "tflite"
    TORCH = "torch"


class Framework(NamedTuple):
    """A framework's rules, and what stands between a layer and its variable in a key."""

    rules: Table
    stacking: Stacking | None
    joint: str


LAYOUTS: dict[Layout, Framework] = {
    Layout.KERAS: Framework(keras_layout.RULES, keras_layout.STACKING, "/"),
    Layout.TFLITE: Framework({}, None, "/"),
    Layout.TORCH: Framework(torch_layout.RULES, torch_layout.STACKING, "."),
}


def rules(
    model: Model, operator: Operator, constants: Mapping[int, Tensor], layout: Layout
) -> Iterator[Rule | tuple[int, InspectorError]]:
    """How the constants among an operator's operands, by place, become arrays in `layout`.

    Each operand is in one rule or several; one that cannot be in any comes with the reason.
    """
    claimed: set[int] = set()
    stacking = LAYOUTS[layout].stacking
    if stacking is not None and operator.name in RECURRENT:
        for found in recurrent(named(model, operator, constants), stacking):
            claimed.update(found.operands)
            yield found
    for operand in sorted(constants.keys() - claimed):
        yield rule_or_reason(model, operator, operand, layout)


def gathered(part: Subgraph, cell: Cell, layout: Layout) -> Iterator[Gathered]:
    """How the constants of a recurrent cell that was written out become arrays in `layout`.

    They do not where the layout has no such layer, and stay the operands of its operators.
    """
    stacking = LAYOUTS[layout].stacking
    if stacking is not None:
        yield from arrays(part, cell, stacking)


def rule_or_reason(
    model: Model, operator: Operator, operand: int, layout: Layout
) -> Rule | tuple[int, InspectorError]:
    """The rule of one operand, or the operand and why there is none."""
    try:
        return rule(model, operator, operand, layout)
    except InspectorError as error:
        return operand, error


def named(model: Model, operator: Operator, constants: Mapping[int, Tensor]) -> Constants:
    """The constant operands by the names that the kernels give them."""
    tensors = model.subgraphs[operator.subgraph].tensors
    given = [k for k, index in enumerate(operator.inputs) if index >= 0]
    names = {operand: operand_name(operator, operand) for operand in given}
    places = {name: operand for operand, name in names.items() if operand in constants}
    shapes = {name: tensors[operator.inputs[place]].shape for name, place in places.items()}
    return Constants(operator.name, places, shapes, set(names.values()) - places.keys())


def rule(
    model: Model, operator: Operator, operand: int, layout: Layout, shape: Axes | None = None
) -> Rule:
    """How one operand of an operator becomes a weight in `layout`, by itself.

    `shape` is the operand's where the file may leave it out, which it does of computed ones.
    Raises `ModelError` where the operand's shape is none that the operator can have, and
    `UnsupportedError` for weights in an order that is not known.
    """
    tensors = model.subgraphs[operator.subgraph].tensors
    tensor = tensors[operator.inputs[operand]]
    as_read(operator, operand, tensor)
    shape = tensor.shape if shape is None else shape
    weight = Weight(operand_name(operator, operand), operand, shape, operator, tensors)
    shaped = LAYOUTS[layout].rules.get((operator.name, weight.variable))
    if shaped is None:
        return weight.rule()
    try:
        return shaped(weight)
    except ModelError as error:
        where = f"{operator}: its {weight.variable}, tensor {tensor.index}"
        raise ModelError(f"{where}, {error}") from None


def key(layer: str, rule: Rule, layout: Layout) -> str:
    """The name of a weight in a file: `layer/variable`, `layer.variable` for PyTorch."""
    return f"{layer}{LAYOUTS[layout].joint}{rule.variable}"
