"""Which constant goes where: a slot for each array of a weights file, before a value is read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from inspector.errors import InspectorError
from inspector.graph import Graph
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import INTEGERS, TensorType
from inspector.weights.cells.find import layers_with
from inspector.weights.cells.layer import Layer
from inspector.weights.layouts import Layout, gathered, key, rules
from inspector.weights.names import identifier, layer_names
from inspector.weights.operands import DATA, VALUE
from inspector.weights.rules import Piece, Rule, whole
from inspector.weights.shuffled import as_read
from inspector.weights.trace import TRANSPARENT, way_back

REPEATED_BYTES = 64 << 20
"""What constants in several layouts may add to a file, besides 4 times the size of the model."""

WORKED_IN = (
    "the file has sums of these biases in constants of its own, for the first step, which would "
    "not change with them; convert the network anew"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A stored constant that an array takes values from.

    `tensor` is the constant as its operator's kernel reads it; `found` the index of the tensor in
    which the operator finds it, another one behind DEQUANTIZE or DENSIFY. `fixed` says why other
    values in its place would not be all that has to change, if so.
    """

    operand: int
    tensor: Tensor
    found: int
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """An operator that takes an array, and the operands that are in it.

    `key` is the array's name as a weight of that operator's layer.
    """

    operator: Operator
    operands: tuple[int, ...]
    key: str


@dataclass(slots=True)
class Slot:
    """One array of a weights file.

    `sources` has one entry for each operand of the rule, in the order of `rule.operands`; they are
    those of the first use. All `uses` take the same values in the same layout, in execution order;
    there is none for a constant that nothing uses.
    """

    key: str
    rule: Rule
    sources: tuple[Source, ...]
    uses: list[Use] = field(default_factory=list)

    @property
    def tensor(self) -> Tensor:
        """The stored constant that the array begins with."""
        return self.sources[0].tensor

    @property
    def operator(self) -> Operator | None:
        """The first operator that uses it."""
        return self.uses[0].operator if self.uses else None

    @property
    def operand(self) -> int:
        """The first operand of that operator which is in the array."""
        return self.sources[0].operand


@dataclass(frozen=True, slots=True)
class Skipped:
    """A constant that is not in the file, and why."""

    subgraph: int
    tensor: int
    reason: str

    def __str__(self) -> str:
        """The reason behind the tensor's address, which it may begin with by itself."""
        address = f"subgraph {self.subgraph}, tensor {self.tensor}"
        return self.reason if self.reason.startswith(address) else f"{address}: {self.reason}"


Identity: TypeAlias = tuple[object, ...]


def slots(part: Subgraph, layout: Layout, graph: Graph) -> list[Slot | Skipped]:
    """The slots of all constants of a subgraph, in execution order; unused ones are last.

    A constant that several operators take in one layout has one slot, named after the first and
    with all of them among its `uses`; one that they take in different layouts has one for each.
    """
    return Finder(part, layout, graph).slots()


class Finder:
    """Finds the slots of one subgraph's constants."""

    def __init__(
        self,
        subgraph: Subgraph,
        layout: Layout,
        graph: Graph,
        layers: Sequence[Layer] | None = None,
    ) -> None:
        self.subgraph, self.layout, self.graph = subgraph, layout, graph
        self.names = layer_names(subgraph)
        self.layers = layers_with(subgraph, self.names, graph) if layers is None else layers
        self.claimed: set[tuple[int, int]] = set()  # operands that a recurrent layer has taken
        self.taken = frozenset(self.names)
        self.found: dict[Identity, Slot] = {}
        self.skipped: dict[tuple[int, str], Skipped] = {}
        self.stored: dict[int, Tensor | None] = {}
        self.told: set[int] = set()  # tensors that are in a slot, or skipped
        self.repeats_left = REPEATED_BYTES + 4 * subgraph.model.size

    def slots(self) -> list[Slot | Skipped]:
        """All slots, and what has none."""
        for layer in self.layers:
            self.look_at_layer(layer)
        for operator in self.subgraph.operators:
            if operator.name not in TRANSPARENT:
                self.look_at(operator)
        rest = [tensor for tensor in self.subgraph.tensors if tensor.index not in self.told]
        scales = self.scales()
        left = [self.left(t, scales) for t in rest if self.subgraph.model.is_constant(t)]
        return [*self.found.values(), *self.skipped.values(), *left]

    def look_at(self, operator: Operator) -> None:
        """Note the arrays that an operator takes."""
        every = self.constants(operator)
        constants = {k: t for k, t in every.items() if (operator.index, k) not in self.claimed}
        places = tuple(every)
        for found in rules(self.subgraph.model, operator, constants, self.layout):
            if not isinstance(found, Rule):
                self.skip(constants[found[0]], str(found[1]))
                continue
            try:
                self.note(operator, found, constants, places)
            except InspectorError as error:
                for operand in found.operands:
                    self.skip(constants[operand], str(error))

    def look_at_layer(self, layer: Layer) -> None:
        """Note the arrays of a recurrent layer that was written out in several operators.

        The operands of their rules are the constants of each array, numbered.
        """
        if layer.part != self.subgraph.index:
            return
        for rule, parts in gathered(self.subgraph, layer.cell, self.layout):
            stored = [(part, self.constant(part.tensor)) for part in parts]
            sources = tuple(
                Source(k, tensor, part.tensor, WORKED_IN if layer.is_worked_in(part) else "")
                for k, (part, tensor) in enumerate(stored)
                if tensor
            )
            own = key(layer.name, rule, self.layout)
            self.has_room(sources)
            slot = self.found.setdefault(self.identity(rule, sources), Slot(own, rule, sources))
            operator = self.subgraph.operators[parts[0].operator]
            slot.uses.append(Use(operator, rule.operands, own))
            self.claimed |= layer.operands_in(self.subgraph)

    def constants(self, operator: Operator) -> dict[int, Tensor]:
        """The stored constants among an operator's operands, by place."""
        found = {k: self.constant(index) for k, index in enumerate(operator.inputs) if index >= 0}
        return {operand: tensor for operand, tensor in found.items() if tensor is not None}

    def constant(self, index: int) -> Tensor | None:
        """The stored constant behind tensor `index`, if there is one."""
        if index not in self.stored:
            tensor = self.subgraph.tensors[way_back(self.subgraph, index, self.graph)[-1]]
            self.stored[index] = tensor if self.subgraph.model.is_constant(tensor) else None
        return self.stored[index]

    def note(
        self,
        operator: Operator,
        rule: Rule,
        constants: Mapping[int, Tensor],
        places: Sequence[int],
    ) -> None:
        """Note that `operator` takes an array: one that there is already, or a new one."""
        sources = tuple(
            Source(k, as_read(operator, k, constants[k]), operator.inputs[k]) for k in rule.operands
        )
        layer = self.layer(operator, rule, places)
        use = Use(operator, rule.operands, self.prefixed(key(layer, rule, self.layout)))
        same = self.identity(rule, sources)
        if same not in self.found:
            if not self.has_room(sources):
                reason = f"{use.key} is in the file in other layouts, and is too large to repeat"
                self.skip(sources[0].tensor, reason)
                return
            self.found[same] = Slot(use.key, rule, sources)
        self.found[same].uses.append(use)

    def layer(self, operator: Operator, rule: Rule, constants: Sequence[int]) -> str:
        """The name of the layer that an array of an operator is a weight of.

        That is the operator's own, except for a constant that stands where others have computed
        values (`DATA`): a layer `<name>_constant`, those after the first with a number.
        `constants` are the places of the operator's constants, in order.
        """
        name = self.names[operator.index]
        if rule.variable not in DATA:
            return name
        number = bisect_left(constants, rule.operands[0])
        return self.free(f"{name}_constant" + (f"_{number}" if number else ""))

    def identity(self, rule: Rule, sources: tuple[Source, ...]) -> Identity:
        """What two arrays have in common that hold the same values in the same layout."""
        of = {source.operand: source for source in sources}
        pieces = [(of[piece.operand], piece) for piece in rule.pieces]
        return (
            rule.zeros,
            rule.axis if len(pieces) > 1 else 0,
            rule.shape,
            *((self.stored_as(source), steps(piece)) for source, piece in pieces),
        )

    def stored_as(self, source: Source) -> Identity:
        """A constant and the type that its reader finds: float16 differs behind DEQUANTIZE."""
        found = self.subgraph.tensors[source.found]
        real = source.tensor.dtype in INTEGERS and source.tensor.quantization is not None
        dtype = TensorType.FLOAT32 if real else found.dtype
        return source.tensor.index, source.tensor.dtype, dtype

    def has_room(self, sources: tuple[Source, ...]) -> bool:
        """Whether another array of these fits, unless copies of them get out of hand."""
        repeated = [source.tensor for source in sources if source.tensor.index in self.told]
        self.told.update(source.tensor.index for source in sources)
        self.repeats_left -= sum(max(tensor.nbytes, 4 * tensor.elements) for tensor in repeated)
        return not repeated or self.repeats_left >= 0

    def skip(self, tensor: Tensor, reason: str) -> None:
        """Note once that a constant cannot be had, and why."""
        self.told.add(tensor.index)
        self.skipped.setdefault(
            (tensor.index, reason), Skipped(tensor.subgraph, tensor.index, reason)
        )

    def scales(self) -> Mapping[int, str]:
        """What the tensors that hold scales or zero points of others are called."""
        pairs = [tensor.quantization for tensor in self.subgraph.tensors if tensor.quantization]
        zeros = {each.zero_points: "zero_points" for each in pairs}
        return zeros | {each.scales: "scales" for each in pairs}

    def left(self, tensor: Tensor, scales: Mapping[int, str]) -> Slot:
        """The slot of a constant that no operator takes."""
        rule = whole(VALUE, 0)
        layer = f"{scales.get(tensor.index, 'unused')}_{tensor.index}"
        name = key(self.free(layer), rule, self.layout)
        return Slot(self.prefixed(name), rule, (Source(0, tensor, tensor.index),))

    def free(self, name: str) -> str:
        """The name, longer where an operator's layer is called so."""
        while name in self.taken:
            name += f"_{VALUE}"
        return name

    def prefixed(self, name: str) -> str:
        """The name of an array, behind that of its subgraph where it is not the first."""
        if not self.subgraph.index:
            return name
        joint = key("", whole("", 0), self.layout)
        return f"{scope(self.subgraph)}{joint}{name}"


def scope(part: Subgraph) -> str:
    """What keys of a subgraph's arrays begin with: its name and index; nothing for the first."""
    return f"{identifier(part.name) or 'subgraph'}_{part.index}" if part.index else ""


def steps(piece: Piece) -> Identity:
    """What a piece does with its operand, whichever operand that is."""
    return piece.view, piece.region, piece.permutation, piece.shape
