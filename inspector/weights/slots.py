"""Which constant goes where: a slot for each array of a weights file, before a value is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inspector.errors import InspectorError
from inspector.graph import Graph
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.weights.layouts import Layout, Rule, free, key, weight_address
from inspector.weights.names import identifier, layer_names
from inspector.weights.operands import VALUE
from inspector.weights.trace import uses

REPEATED_BYTES = 64 << 20
"""What copies of shared constants may add to a weights file, besides 4 times the model's size."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One array of a weights file.

    `tensor` is the stored constant, `source` the tensor in which its user finds it (another one
    behind DEQUANTIZE or DENSIFY). `operator` is None for a constant that nothing uses.
    """

    key: str
    tensor: Tensor
    source: int
    operator: Operator | None
    operand: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class Skipped:
    """A constant that is not in the file, and why."""

    subgraph: int
    tensor: int
    reason: str


def slots(part: Subgraph, layout: Layout, graph: Graph) -> list[Slot | Skipped]:
    """The slots of all constants of a subgraph, in execution order; unused ones are last.

    A weight has one for each layer that it is a weight of: each layer takes its own. Integers that
    nothing quantises (shapes, axes) and single numbers have one for all operators that take them
    alike, at the first.
    """
    finder = Finder(part, layout, graph)
    found = [slot for index in range(len(part.tensors)) for slot in finder.slots_or_reason(index)]
    return sorted(found, key=lambda slot: execution_order(slot, len(part.operators)))


def execution_order(slot: Slot | Skipped, operators: int) -> tuple[int, int]:
    """Where among the operators a slot is used."""
    if isinstance(slot, Skipped) or slot.operator is None:
        return operators, 0
    return slot.operator.index, slot.operand


class Finder:
    """Finds the slots of one subgraph's constants."""

    def __init__(self, subgraph: Subgraph, layout: Layout, graph: Graph) -> None:
        self.subgraph, self.layout, self.graph = subgraph, layout, graph
        self.names = layer_names(subgraph)
        self.prefix = ""
        if subgraph.index:
            self.prefix = f"{identifier(subgraph.name) or 'subgraph'}_{subgraph.index}/"
        self.repeats_left = REPEATED_BYTES + 4 * subgraph.model.size

    def slots_or_reason(self, index: int) -> Iterator[Slot | Skipped]:
        """The slots of tensor `index`, or why it has none although it is a constant."""
        try:
            yield from self.slots_of(index)
        except InspectorError as error:
            yield Skipped(self.subgraph.index, index, str(error))

    def slots_of(self, index: int) -> Iterator[Slot | Skipped]:
        """The slots of tensor `index`, none when it is no constant."""
        tensor = self.subgraph.tensors[index]
        if not self.subgraph.model.is_constant(tensor):
            return
        users = uses(self.subgraph, index, self.graph)
        if not users:
            layer = free(f"unused_{index}", self.names)
            yield Slot(self.prefix + key(layer, Rule(VALUE)), tensor, index, None, 0, Rule(VALUE))
        seen: dict[Rule, str] = {}
        for place, operand in users:
            slot = self.slot_of_use(tensor, self.subgraph.operators[place], operand)
            if isinstance(slot, Skipped) or slot.rule not in seen:
                yield slot
            elif not is_argument(tensor, slot.rule):
                yield self.repeated(slot, seen[slot.rule])
            if isinstance(slot, Slot):
                seen.setdefault(slot.rule, slot.key)

    def slot_of_use(self, tensor: Tensor, operator: Operator, operand: int) -> Slot | Skipped:
        """The slot of the operand that `tensor` is the stored constant of."""
        try:
            layer, rule = weight_address(
                self.subgraph, self.names, operator, operand, self.layout, self.graph
            )
        except InspectorError as error:
            return Skipped(tensor.subgraph, tensor.index, str(error))
        source = operator.inputs[operand]
        return Slot(self.prefix + key(layer, rule), tensor, source, operator, operand, rule)

    def repeated(self, slot: Slot, first: str) -> Slot | Skipped:
        """The slot, unless the copies of shared constants get out of hand."""
        self.repeats_left -= max(slot.tensor.nbytes, 4 * slot.tensor.elements)
        if self.repeats_left >= 0:
            return slot
        reason = f"{slot.key} is the same as {first}, and too many copies would be written"
        return Skipped(slot.tensor.subgraph, slot.tensor.index, reason)


def is_argument(tensor: Tensor, rule: Rule) -> bool:
    """Whether a constant is what an operator is told (a shape, an axis, a factor), not a weight."""
    real = tensor.quantization is not None or "float" in str(tensor.dtype)
    return not real or (tensor.elements == 1 and rule.variable == VALUE)
