"""Which array of `weights.npz` fills which variable of the script: as `inspector.weights` says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from inspector.errors import ModelError, UnsupportedError
from inspector.graph import Graph
from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.read.schema import TensorType
from inspector.weights.cells.layer import Layer
from inspector.weights.gather import gather
from inspector.weights.layouts import Layout, gathered, rule
from inspector.weights.operands import VALUE
from inspector.weights.parameters import ZERO_POINT, parameters
from inspector.weights.recurrent import RECURRENT
from inspector.weights.rules import Rule, whole
from inspector.weights.slots import Finder, Slot, scope
from inspector.weights.values import Dtype, Values, array_of
from rebuild.translate.expression import Call, Operand
from rebuild.translate.hybrid import HYBRID
from rebuild.translate.memory import Kept
from rebuild.translate.program import Weight
from rebuild.translate.steps import Factors, Steps

NARROW = {TensorType.INT4: (-8, 7), TensorType.INT2: (-2, 1), TensorType.UINT4: (0, 15)}
"""The ends of integers of less than 8 bits, for which NumPy has no type."""


@dataclass(frozen=True, eq=False)
class Filled(Operand):
    """The weight of a layer that stands for several operators."""

    weight: Weight | None = None

    @classmethod
    def of(cls, weight: Weight) -> Filled:
        """A leaf that only says which weight it is."""
        return cls(-1, (), "float32", weight.read, weight=weight)


class Weights:
    """The weights of one subgraph's layers; `names` are those of its operators' layers.

    `values` says whether quantised ones are real numbers, or integers with scales beside them;
    `dtype` whether those that the file has as float16 stay so. `layers` are recurrent layers that
    stand for several operators.
    """

    def __init__(
        self,
        subgraph: Subgraph,
        graph: Graph,
        values: Values = Values.REAL,
        dtype: Dtype = Dtype.FLOAT32,
        layers: Sequence[Layer] = (),
    ) -> None:
        self.subgraph, self.graph, self.values, self.dtype = subgraph, graph, values, dtype
        self.finder = Finder(subgraph, Layout.KERAS, graph, layers)
        self.names, self.scope = self.finder.names, scope(subgraph)
        self.slots: dict[tuple[int, int], list[tuple[Slot, tuple[str, str]]]] = {}
        self.arrays: dict[str, Slot] = {}  # by the key that each of its users has for it
        for slot in self.finder.slots():
            if isinstance(slot, Slot):
                self.note(slot)

    def note(self, slot: Slot) -> None:
        """Note an array with each operand that is in it."""
        for use in slot.uses:
            self.arrays.setdefault(use.key, slot)
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
        if layer.function == "Rescale":
            return [self.scale(operator, layer.weights[0])]
        if filled := [leaf.weight for leaf in layer.weights if isinstance(leaf, Filled)]:
            return [weight for weight in filled if weight is not None]
        if made := [leaf for leaf in layer.weights if isinstance(leaf, Factors)]:
            return [self.factors(operator, leaf) for leaf in made]
        found = [
            weight
            for operand in layer.weights
            for place in places_of(operator, operand)
            for weight in self.weights(operator, operand, place)
        ]
        if layer.function in HYBRID:
            found.append(self.step(layer.weights[0], found[0]))
        return list({weight.name: weight for weight in found}.values())

    def of_recurrent(self, layer: Layer) -> list[Weight]:
        """The weights of a recurrent layer of the first subgraph whose constants are in this one,
        in the order of Keras' variables.
        """
        found = []
        for made, _ in gathered(self.subgraph, layer.cell, Layout.KERAS):
            slot = self.arrays[f"{layer.name}/{made.variable}"]
            found.append(replace(self.weight(slot, layer.name, made.variable), scope=""))
        return found

    def constant(self, operator: Operator, leaf: Operand) -> Weight:
        """The weight of a layer that only holds a constant, in the shape of the operand."""
        found = self.weights(operator, leaf, places_of(operator, leaf)[0])
        if len(found) == 1 and found[0].rule.is_plain:
            return found[0]
        made, layer = whole(VALUE, 0), f"{self.names[operator.index]}_constant"
        return Weight(layer, VALUE, made, partial(computed, made, leaf), scope=self.scope)

    def weights(self, operator: Operator, operand: Operand, place: int) -> list[Weight]:
        """The weights that take the operand at a place; one of its own if it is not stored."""
        made = self.steps if isinstance(operand, Steps) else self.weight
        found = [
            made(slot, layer, variable)
            for slot, (layer, variable) in self.slots.get((operator.index, place), ())
        ]
        return found or [self.made(operator, operand, place)]

    def weight(self, slot: Slot, layer: str, variable: str) -> Weight:
        """The weight that takes the array of a slot."""
        read, beside = partial(self.read, slot), partial(self.beside, slot)
        limits = NARROW.get(slot.tensor.dtype)
        return Weight(layer, variable, slot.rule, read, slot.key, self.scope, beside, limits)

    def steps(self, slot: Slot, layer: str, variable: str) -> Weight:
        """The weight that takes the integers of a slot, less their zero points, as they are.

        An array that others take as real numbers, too, is written once more.
        """
        key = slot.key if len(slot.uses) == 1 else f"{slot.key}_steps"
        return Weight(layer, variable, slot.rule, partial(self.integers, slot), key, self.scope)

    def integers(self, slot: Slot) -> np.ndarray:
        """The integers of a slot, less their zero points."""
        found = array_of(self.subgraph.model, slot, Values.STORED, self.graph)
        points = parameters(self.subgraph.model, slot, self.graph).get(slot.key + ZERO_POINT)
        return found if points is None or not points.any() else found - points

    def factors(self, operator: Operator, leaf: Factors) -> Weight:
        """The weight of a layer that belongs to an operator's."""
        layer = f"{self.names[operator.index]}_{leaf.part}"
        read, plain = partial(computed, whole(VALUE, 0), leaf), whole(VALUE, 0)
        return Weight(layer, leaf.variable, plain, read, scope=self.scope)

    def scale(self, operator: Operator, kernel: Operand) -> Weight:
        """The scales of a kernel, one or one a channel, for the layer that scales its sums."""
        scales = self.scales(kernel)
        layer = f"{self.names[operator.index]}_rescale"
        return Weight(layer, "kernel_scale", whole(VALUE, 0), lambda: scales, scope=self.scope)

    def scales(self, kernel: Operand) -> np.ndarray:
        """The scales of a kernel, float32, one or one a channel."""
        quantization = self.subgraph.tensors[kernel.tensor].quantization
        return np.array(quantization.scale if quantization else (1,), np.float32)

    def step(self, kernel: Operand, weight: Weight) -> Weight:
        """The sizes of a kernel's steps, one or one a channel, beside its `weight`."""
        scales = self.scales(kernel)
        key = f"{weight.key}_step"
        return Weight(weight.layer, "kernel_step", whole(VALUE, 0), lambda: scales, key, self.scope)

    def given(self, leaf: Operand, layer: str) -> Weight:
        """The weight of a layer that gives an output which is a constant."""
        plain = whole(VALUE, 0)
        slots = (slot for found in self.slots.values() for slot, _ in found)
        keys = (s.key for s in slots if s.rule.is_plain and s.tensor.index == leaf.tensor)
        read = partial(computed, plain, leaf)
        return Weight(layer, VALUE, plain, read, next(keys, ""), self.scope)

    def made(self, operator: Operator, operand: Operand, place: int) -> Weight:
        """The weight of an operand whose value the file determines and does not store."""
        if operator.name in RECURRENT:
            raise UnsupportedError(
                f"its weights (tensor {operand.tensor}) are computed from other constants"
            )
        made = rule(self.subgraph.model, operator, place, Layout.KERAS, operand.shape)
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
        values = self.values if self.beside(slot) else Values.REAL
        found = array_of(self.subgraph.model, slot, values, self.graph)
        halves = all(source.tensor.dtype is TensorType.FLOAT16 for source in slot.sources)
        return found.astype(np.float16) if halves and self.dtype is Dtype.FLOAT16 else found

    def beside(self, slot: Slot) -> dict[str, np.ndarray]:
        """The scales and zero points of a slot's integers, by key; none beside real numbers."""
        if self.values is Values.REAL:
            return {}
        return parameters(self.subgraph.model, slot, self.graph)


def places_of(operator: Operator, operand: Operand) -> list[int]:
    """Which of the operator's inputs an operand is; two gates of an LSTM may share their bias."""
    return [place for place, tensor in enumerate(operator.inputs) if tensor == operand.tensor]


def computed(made: Rule, operand: Operand) -> np.ndarray:
    """The value of a static operand by a rule. Raises `ModelError` where there is none."""
    value = operand.static
    if value is None:
        raise ModelError(f"tensor {operand.tensor}: the file does not hold its value")
    return gather(made, lambda _: value)
