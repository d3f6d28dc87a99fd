"""A model's primary subgraph, operator by operator, to a `Program`."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import numpy as np

from inspector.errors import ModelError, UnsupportedError
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.weights.decode import dequantize, real
from rebuild.translate.context import Context, number
from rebuild.translate.expression import Call, Operand, replace, walk
from rebuild.translate.naming import input_names, leave_names_to_keras, model_name
from rebuild.translate.program import Program, Statement, Unsupported
from rebuild.translate.registry import TranslationError, registry
from rebuild.translate.static import Statics
from rebuild.translate.tying import tie_layers
from rebuild.translate.weights import Weights
from rebuild.variables import unique


def translate(model: Model, *, dynamic_batch: bool = False) -> Program:
    """Translate the primary subgraph; what could not be is listed in the program's `unsupported`.

    With `dynamic_batch` the script leaves the first dimension of each input open. Raises
    `ModelError` when the file holds no subgraph, or is damaged where it matters.
    """
    if not len(model.subgraphs):
        raise ModelError(
            f"{model.path}: the file holds no subgraph, so there is nothing to rebuild"
        )
    program = Translator(model.subgraphs[0]).translate()
    program.dynamic_batch = dynamic_batch
    return program


class Translator:
    """The work on one subgraph; `program` grows a statement at a time."""

    def __init__(self, subgraph: Subgraph) -> None:
        self.subgraph, self.model = subgraph, subgraph.model
        self.statics = Statics(subgraph)
        self.operands = tuple(self._operand(tensor) for tensor in subgraph.tensors)
        self.stored = Weights(subgraph, self.statics.graph)
        self.names = self.stored.names
        self.program = Program(
            self.model,
            model_name(self.model),
            subgraph.inputs,
            subgraph.outputs,
            input_names(subgraph, self.names),
            self.operands,
            self.names,
        )
        self.computed = set(subgraph.inputs)
        self.taken = {*self.names, *self.program.input_names}
        self.used: set[str] = set()

    def translate(self) -> Program:
        """All operators, in the file's order, which is the order of execution."""
        for operator in self.subgraph.operators:
            if operator.outputs and all(t in self.statics for t in operator.outputs):
                self.program.folded[operator.index] = "its value is known from the file"
                continue
            try:
                self._translate(operator)
            except UnsupportedError as error:
                self.computed.update(operator.outputs)  # who reads them is not to blame
                self.program.unsupported.append(
                    Unsupported(operator.index, operator.name, str(error))
                )
        self._check_outputs()
        tie_layers(self.program)
        leave_names_to_keras(self.program)
        return self.program

    def _check_outputs(self) -> None:
        """Note each output that no statement computes: Keras' models give what they compute."""
        if self.program.unsupported:
            return
        for tensor in set(self.subgraph.outputs) - self.computed:
            reason = f"output tensor {tensor} does not depend on what the model is given"
            producer = self.statics.graph.producer[tensor]
            name = self.subgraph.operators[producer].name if producer >= 0 else "no operator"
            self.program.unsupported.append(Unsupported(producer, name, reason))

    def _operand(self, tensor: Tensor) -> Operand:
        dtype, read = script_dtype(tensor), None
        if tensor.index in self.statics:
            read = partial(self._read, tensor)
        return Operand(tensor.index, self.statics.shape(tensor.index), dtype, read)

    def _read(self, tensor: Tensor) -> np.ndarray:
        if not tensor.is_quantized:
            return self.statics.value(tensor.index)
        value = real(self.model, self.subgraph, tensor.index, self.statics.graph)
        if value is None:
            return dequantize(self.model, tensor, self.statics.value(tensor.index))
        return value

    def _translate(self, operator: Operator) -> None:
        translation = registry().get(operator.name)
        if translation is None:
            raise TranslationError("no translation exists for this operator")
        operands = [self.operands[t] if t >= 0 else None for t in operator.inputs]
        for operand in operands:
            if operand and not operand.is_static and operand.tensor not in self.computed:
                raise TranslationError(
                    f"its input tensor {operand.tensor} is computed by no operator"
                )
        outputs = tuple(self.operands[t] for t in operator.outputs)
        context = Context(operator, self.names[operator.index], outputs)
        found = translation.apply(context, operands, operator.options)
        if isinstance(found, tuple):
            for target, value in zip(operator.outputs, found, strict=True):
                self._state(operator, (target,), value)
        else:
            self._state(operator, operator.outputs, found)

    def _state(self, operator: Operator, targets: tuple[int, ...], value: Any) -> None:
        """Add `targets = value`, or note that the value is a tensor that the script has already."""
        self.computed.update(targets)
        if isinstance(value, Operand) and not value.is_static:
            self.program.aliases[targets[0]] = value.tensor
            return
        inputs = tuple(dict.fromkeys(n.tensor for n in walk(value) if is_input(n)))
        value = self._finish(operator, value, inputs)
        self.program.statements.append(Statement(operator.index, targets, value, inputs))

    def _finish(self, operator: Operator, value: Any, inputs: tuple[int, ...]) -> Any:
        """The expression with its constants written out and its layers named."""
        if not inputs:
            raise TranslationError("it depends on no input of the model")
        anchor = self.operands[inputs[0]]
        value = replace(value, lambda leaf: self._constant(operator, leaf, anchor))
        made = [n for n in walk(value) if isinstance(n, Call) and n.is_layer]
        for layer in sorted(made, key=lambda layer: not layer.weights):
            layer.keywords["name"] = self._name(operator, layer)
        return value

    def _constant(self, operator: Operator, leaf: Operand, anchor: Operand) -> Any:
        """A static operand in an expression: a literal if it is one number, else a weight."""
        if not leaf.is_static:
            return leaf
        if leaf.elements == 1 and leaf.rank <= 1:
            return number(leaf.static)
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


def is_input(node: Any) -> bool:
    """Whether a node is a tensor whose value comes while the model runs."""
    return isinstance(node, Operand) and not node.is_static


def script_dtype(tensor: Tensor) -> str:
    """The NumPy name of the type that a tensor has in the script: float32 where it is quantised."""
    if tensor.is_quantized:
        return "float32"
    has_values = tensor.dtype not in (TensorType.RESOURCE, TensorType.VARIANT)
    return str(numpy_dtype(tensor.dtype) if has_values else tensor.dtype)
