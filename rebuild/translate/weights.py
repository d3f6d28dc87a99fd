"""Which array of `weights.npz` fills which variable of the script: as `inspector.weights` says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from inspector.errors import ModelError
from inspector.graph import Graph
from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.weights.gather import gather
from inspector.weights.layouts import Layout, rule
from inspector.weights.operands import VALUE
from inspector.weights.rules import Rule, whole
from inspector.weights.slots import Finder, Slot, scope
from inspector.weights.values import Values, array_of
from rebuild.translate.expression import Call, Operand
from rebuild.translate.memory import Kept
from rebuild.translate.program import Weight


class Weights:
    """The weights of one subgraph's layers; `names` are those of its operators' layers."""

    def __init__(self, subgraph: Subgraph, graph: Graph) -> None:
        self.subgraph, self.graph = subgraph, graph
        self.finder = Finder(subgraph, Layout.KERAS, graph)
        self.names, self.scope = self.finder.names, scope(subgraph)
        self.slots: dict[tuple[int, int], list[tuple[Slot, tuple[str, str]]]] = {}
        for slot in self.finder.slots():
            if isinstance(slot, Slot):
                self.note(slot)

    def note(self, slot: Slot) -> None:
        """Note an array with each operand that is in it."""
        for use in slot.uses:
            for operand in use.operands:
                place = (use.operator.index, operand)
                *_, layer, variable = use.key.split("/")
                self.slots.setdefault(place, []).append((slot, (layer, variable)))

    def of(self, operator: Operator, layer: Call) -> list[Weight]:
        """The weights of a layer that `operator` became, each once, in the order of its variables.

        Raises `ModelError` where an operand's shape is none that the operator can have.
        """
        if layer.function == "Constant":
            return [self.constant(operator, layer.weights[0])]
        found = [each for operand in layer.weights for each in self.weights(operator, operand)]
        return list({weight.name: weight for weight in found}.values())

    def constant(self, operator: Operator, leaf: Operand) -> Weight:
        """The weight of a layer that only holds a constant, in the shape of the operand."""
        found = self.weights(operator, leaf)
        if len(found) == 1 and found[0].rule.is_plain:
            return found[0]
        made, layer = whole(VALUE, 0), f"{self.names[operator.index]}_constant"
        return Weight(layer, VALUE, made, partial(computed, made, leaf), scope=self.scope)

    def weights(self, operator: Operator, operand: Operand) -> list[Weight]:
        """The weights that take an operand; one of its own where the file does not store it."""
        place = place_of(operator, operand)
        found = [
            Weight(layer, variable, slot.rule, partial(self.read, slot), slot.key, self.scope)
            for slot, (layer, variable) in self.slots.get((operator.index, place), ())
        ]
        return found or [self.made(operator, operand, place)]

    def made(self, operator: Operator, operand: Operand, place: int) -> Weight:
        """The weight of an operand whose value the file determines and does not store."""
        made = rule(self.subgraph.model, operator, place, Layout.KERAS)
        layer = self.finder.layer(operator, made, tuple(self.finder.constants(operator)))
        read = partial(computed, made, operand)
        return Weight(layer, made.variable, made, read, scope=self.scope)

    def started(self, layer: str, variables: Iterable[Kept]) -> list[Weight]:
        """The weights of the layer that holds a subgraph's variables: what they start with."""
        plain, found = whole(VALUE, 0), []
        for each in variables:
            value = Weight(layer, each.name, plain, each.read, scope=self.scope)
            if not each.is_zero:
                start = replace(value, variable=f"{each.name}_start", shared=each.key)
                value = replace(value, shared=start.key)
                found.append(start)
            found.insert(0, value)
        return found

    def read(self, slot: Slot) -> np.ndarray:
        """The array of a slot."""
        return array_of(self.subgraph.model, slot, Values.REAL, self.graph)


def place_of(operator: Operator, operand: Operand) -> int:
    """Which of the operator's inputs an operand is."""
    return operator.inputs.index(operand.tensor)


def computed(made: Rule, operand: Operand) -> np.ndarray:
    """The value of a static operand by a rule. Raises `ModelError` where there is none."""
    value = operand.static
    if value is None:
        raise ModelError(f"tensor {operand.tensor}: the file does not hold its value")
    return gather(made, lambda _: value)
