"""A model's subgraphs, operator by operator, to `Program`s."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Sequence
from functools import partial
from typing import Any

from inspector.errors import UnsupportedError
from inspector.graph import Graph, graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.weights.cells.layer import Layer
from inspector.weights.operands import operand_name
from inspector.weights.values import Dtype
from rebuild.lift.recurrent import lift, lifted
from rebuild.translate.context import Context, Nothing, Stepped, array, number, text
from rebuild.translate.dense import densified
from rebuild.translate.ends import NO_VALUES, give, remember, stand_in, take
from rebuild.translate.expression import Call, Operand, replace, walk
from rebuild.translate.grids import QUANTIZERS
from rebuild.translate.literals import numbers
from rebuild.translate.memory import Memory
from rebuild.translate.naming import input_names, leave_names_to_keras
from rebuild.translate.parts import Parts
from rebuild.translate.passing import Passing, receive, take_back
from rebuild.translate.program import Program, Statement, Unsupported, Weight
from rebuild.translate.quantized import FLOAT, Reading
from rebuild.translate.registry import TranslationError, translation_of
from rebuild.translate.static import Shapes, Statics, real_value
from rebuild.translate.surroundings import Surroundings
from rebuild.translate.tying import tie_layers
from rebuild.translate.weights import Weights
from rebuild.variables import unique

HANDLES = (TensorType.RESOURCE, TensorType.VARIANT)


def translate(
    model: Model,
    *,
    dynamic_batch: bool = False,
    reading: Reading = FLOAT,
    dtype: Dtype = Dtype.FLOAT32,
    allow_unsupported: bool = False,
) -> Program:
    """Translate the primary subgraph, those that it calls and those of other signatures.

    What could not be is listed in the program's `all_unsupported`. With `dynamic_batch` the script
    leaves the first dimension of each input open. `reading` says what becomes of quantised tensors,
    `dtype` what weights of float16 are stored as.
    With `allow_unsupported`, layers that raise stand where something could not be translated.
    Raises `ModelError` when the file holds no subgraph, or is damaged where it matters.
    """
    parts = Parts(
        model,
        dynamic_batch=dynamic_batch,
        reading=reading,
        dtype=dtype,
        allow_unsupported=allow_unsupported,
    )
    return parts.whole()


class Translator:
    """The work on one subgraph; `program` grows a statement at a time."""

    def __init__(
        self, subgraph: Subgraph, parts: Parts, shapes: Shapes | None = None, is_entry: bool = True
    ) -> None:
        self.subgraph, self.model = subgraph, subgraph.model
        self.statics = Statics(subgraph, shapes, parts.reading.kernels)
        self.operands = [self._operand(tensor) for tensor in subgraph.tensors]
        self.reading, self.dtype = parts.reading, parts.dtype
        self.lifted = lifted(subgraph, self.statics)
        self.stored = self._weights(subgraph, self.statics.graph)
        self.names = self.stored.names
        self.memory = Memory(self.operands)
        self.around = Surroundings(subgraph, parts, self.memory, is_entry)
        self.program = Program(
            self.model,
            parts.name(subgraph.index),
            subgraph.inputs,
            subgraph.outputs,
            input_names(subgraph, self.names),
            self.operands,
            self.names,
            subgraph.index,
            parts.function(subgraph.index, is_entry),
            is_entry,
            parts.dynamic_batch and not subgraph.index and is_entry,
        )
        self.computed = set(subgraph.inputs)
        receive(self)
        take(self)
        within = self.lifted.within
        own = {name for index, name in enumerate(self.names) if index not in within}
        self.taken = {*own, *self.program.input_names}
        self.used: set[str] = set()
        self.also: dict[int, list[int]] = {}  # operator -> those that are checked with it

    def translate(self) -> Program:
        """All operators, in the file's order, which is the order of execution."""
        within = self.lifted.within
        for operator in self.subgraph.operators:
            if operator.outputs and all(t in self.statics for t in operator.outputs):
                self.program.folded[operator.index] = "its value is known from the file"
                continue
            if layer := within.get(operator.index):
                if operator.index == layer.place:
                    lift(self, layer)
                continue
            try:
                self._translate(operator)
            except UnsupportedError as error:
                self.computed.update(operator.outputs)  # who reads them is not to blame
                self.unsupported(operator.index, operator.name, str(error))
                if self.around.parts.allow_unsupported:
                    stand_in(self, operator, str(error))
        give(self)
        remember(self)
        self.program.rounded = self.reading.rounded.get(self.subgraph.index, frozenset())
        if self.program.is_entry:
            self.reading.finish(self.program, self.subgraph)
        tie_layers(self.program)
        leave_names_to_keras(self.program)
        return self.program

    def unsupported(self, operator: int, name: str, reason: str) -> None:
        """Note that an operator has no translation as it stands."""
        found = Unsupported(operator, name, reason, self.subgraph.index)
        self.program.unsupported.append(found)

    def weights_of(self, layer: Layer) -> list[Weight]:
        """The weights of a recurrent layer that stands for several operators."""
        if layer.part == self.subgraph.index:
            return self.stored.of_recurrent(layer)
        part = self.model.subgraphs[layer.part]
        return self._weights(part, graph_of(part)).of_recurrent(layer)

    def _weights(self, part: Subgraph, graph: Graph) -> Weights:
        """The weights of a subgraph, with those of the layers that stand for several operators."""
        return Weights(part, graph, self.reading.values, self.dtype, self.lifted.layers)

    def _operand(self, tensor: Tensor) -> Operand:
        dtype, read = script_dtype(tensor), None
        if tensor.index in self.statics:
            read = partial(real_value, self.statics, tensor.index)
        is_open = tensor.index in self.statics.unsized
        return Operand(tensor.index, self.statics.shape(tensor.index), dtype, read, is_open)

    def _translate(self, operator: Operator) -> None:
        translation = translation_of(operator.name)
        if translation is None:
            raise TranslationError("no translation exists for this operator")
        operands = [self._input(operator, k) for k in range(len(operator.inputs))]
        outputs = tuple(self.operands[t] for t in operator.outputs)
        context = Context(operator, self.names[operator.index], outputs, self.around)
        options = self.reading.options(self.subgraph, operator, operands)
        found = translation.apply(context, operands, options)
        if isinstance(found, Nothing):
            self.program.folded[operator.index] = found.reason
            self.computed.update(operator.outputs)
            return
        self.computed.update(operator.outputs)
        targets = [tensor for tensor in operator.outputs if tensor not in self.around.handles]
        if isinstance(found, Passing):
            targets += take_back(self, operator, found.states)
            found = found.value
        if not targets:
            raise TranslationError("it has no outputs")
        if isinstance(found, Stepped):
            targets += [self.memory.step(state, operator.index) for state in found.states]
            found = found.value
        if isinstance(found, tuple):
            for target, value in zip(targets, found, strict=True):
                self.state(operator, (target,), value)
        else:
            self.state(operator, tuple(targets), found)

    def _input(self, operator: Operator, place: int) -> Operand | None:
        """The operand at a place of an operator: for a variable what it holds by now."""
        tensor = operator.inputs[place]
        if tensor < 0:
            return None
        operand, record = self.operands[tensor], self.subgraph.tensors[tensor]
        if record.is_variable and tensor not in self.subgraph.inputs:
            return self._variable(operator, place, operand)
        if not operand.is_static and tensor not in self.computed:
            raise TranslationError(f"its input tensor {tensor} is computed by no operator")
        return operand

    def _variable(self, operator: Operator, place: int, operand: Operand) -> Operand:
        """What a variable tensor holds by now.

        With a free batch there is none: what runs over sequences starts each of them anew.
        """
        if not self.program.dynamic_batch:
            label = f"{self.names[operator.index]}_{operand_name(operator, place)}"
            return self.memory.variable(operand, label)
        if "_SEQUENCE_" not in operator.name:
            raise TranslationError(
                f"its state (tensor {operand.tensor}) is of shape {list(operand.shape)}, whatever "
                "the batch: leave out --dynamic-batch"
            )
        return operand

    def state(self, operator: Operator, targets: tuple[int, ...], value: Any) -> None:
        """Add `targets = value`, or note that the value is a tensor that the script has already."""
        self.computed.update(targets)
        held = tuple(self.memory.versions.get(target, target) for target in targets)
        if max(held) < len(self.subgraph.tensors):  # else a subgraph gave it, which has rounded it
            value = self.reading.result(self.subgraph, operator, held, value)
        if isinstance(value, Operand) and not value.is_static:
            if value.tensor != targets[0]:
                self.program.aliases[targets[0]] = value.tensor
            return
        leaves = [node for node in walk(value) if is_input(node)]
        for leaf in leaves:
            if leaf.dtype in NO_VALUES:
                raise TranslationError(f"its input tensor {leaf.tensor} is a {leaf.dtype}")
        inputs = tuple(dict.fromkeys(leaf.tensor for leaf in leaves))
        value = self._finish(operator, value, inputs)
        inputs = inputs or (self.anchor.tensor,)
        also = tuple(self.also.get(operator.index, ()))
        self.program.statements.append(Statement(operator.index, targets, value, inputs, also))

    @property
    def anchor(self) -> Operand:
        """The tensor on which values hang that are computed from no input."""
        return self.operands[self.program.inputs[0]]

    def _finish(self, operator: Operator, value: Any, inputs: Sequence[int]) -> Any:
        """The expression with its constants written out and its layers named."""
        anchor = self.operands[inputs[0]] if inputs else self.anchor
        plain = numbers(value)
        value = replace(value, lambda leaf: self._constant(operator, leaf, anchor, plain))
        value = densified(
            value, self.operands[operator.outputs[0]].dtype if operator.outputs else ""
        )
        named = [e for e in called_layers(value) if e.weights or e.function not in QUANTIZERS]
        for layer in sorted(named, key=lambda layer: not layer.weights):
            layer.keywords["name"] = self._name(operator, layer)
        return value

    def _constant(
        self, operator: Operator, leaf: Operand, anchor: Operand, plain: Container[int]
    ) -> Any:
        """A static operand in an expression: a literal if it is one number, else a weight.

        `plain` are the tensors that will do as numbers there.
        """
        if not leaf.is_static:
            return leaf
        if leaf.dtype == "string":
            return text(leaf)
        if leaf.elements == 1 and leaf.rank <= 1:
            return number(leaf.static) if leaf.tensor in plain else array(leaf)
        variable = self.stored.constant(operator, leaf).variable
        keywords = {} if leaf.dtype == "float32" else {"dtype": leaf.dtype}
        keywords |= {} if variable == "value" else {"variable": variable}
        return Call("Constant", (leaf.shape,), keywords, (leaf,))(anchor)

    def _name(self, operator: Operator, layer: Call) -> str:
        """The layer's name; with weights, the one that `inspector.weights` gives their arrays."""
        weights = self.stored.of(operator, layer)
        base = weights[0].layer if weights else self.names[operator.index]
        free = base == self.names[operator.index] and base not in self.used
        name = base if free else unique(base, self.taken)
        self.used.add(name)
        self.program.weights += [dataclasses.replace(weight, layer=name) for weight in weights]
        return name

    def value(self, operand: Operand, operator: int) -> Any:
        """What an operator assigns, as an expression."""
        if not operand.is_static:
            return operand
        return self._finish(self.subgraph.operators[operator], operand, ())


def called_layers(value: Any) -> list[Call]:
    """The layers that an expression makes and calls; not those that one of them is made of."""
    called = (node.function for node in walk(value) if isinstance(node, Call))
    return [made for made in called if isinstance(made, Call) and made.is_layer]


def is_input(node: Any) -> bool:
    """Whether a node is a tensor whose value comes while the model runs."""
    return isinstance(node, Operand) and not node.is_static


def script_dtype(tensor: Tensor) -> str:
    """The name of the type that a tensor has in the script: float32 where it is quantised."""
    if tensor.is_quantized:
        return "float32"
    if tensor.dtype == TensorType.STRING:
        return "string"
    has_values = tensor.dtype not in HANDLES
    return str(numpy_dtype(tensor.dtype) if has_values else tensor.dtype)
