"""A subgraph read as algebra: sums, products, activations, rows of matrix products.

A converter may add in any order, share matrices between gates or split them, and reshape in
between. What is asked here is the same in all these forms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from inspector.graph import Graph, graph_of
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.weights.decode import constant
from inspector.weights.trace import way_back

RESHAPES = frozenset({"RESHAPE", "SQUEEZE", "EXPAND_DIMS"})
FUSING = frozenset({"ADD", "SUB", "MUL", "FULLY_CONNECTED"})
ACTIVATIONS = {"TANH": "tanh", "LOGISTIC": "sigmoid", "RELU": "relu", "RELU6": "relu6"}
ACTIVATIONS |= {"ELU": "elu"}
"""Operators, and fused activations, by Keras' names."""
DEEPEST = 8
"""Sums inside sums; a step of a recurrent layer has three."""
FEW = 64
"""Elements of a constant that is looked at while a form is read: an index, a factor."""


class Value(NamedTuple):
    """What a tensor holds; `bare` is what its operator has before its fused activation."""

    tensor: int
    bare: bool = False


class Algebra:
    """The operators of one subgraph by what they compute."""

    def __init__(self, subgraph: Subgraph, graph: Graph | None = None) -> None:
        self.subgraph, self.graph = subgraph, graph or graph_of(subgraph)

    @cached_property
    def outputs(self) -> frozenset[int]:
        """The tensors that the subgraph gives."""
        return frozenset(self.subgraph.outputs)

    def source(self, tensor: int) -> int:
        """The tensor that one only gives another shape: its rows are the same."""
        while (operator := self.producer(tensor)) and operator.name in RESHAPES:
            before = operator.inputs[0]
            if before < 0 or not self.same_rows(before, tensor):
                break
            tensor = before
        return tensor

    def producer(self, tensor: int) -> Operator | None:
        """The operator that computes a tensor; None as well where it lacks inputs."""
        found = self.graph.producer[tensor] if tensor >= 0 else -1
        operator = self.subgraph.operators[found] if found >= 0 else None
        if operator is None or len(operator.inputs) < INPUTS.get(operator.name, 1):
            return None
        return operator

    def operator(self, value: Value) -> Operator | None:
        """The operator that computes a value, whatever shape it is then given."""
        return self.producer(self.source(value.tensor))

    def same_rows(self, one: int, other: int) -> bool:
        """Whether two tensors have as many elements, and rows of one length."""
        first, second = self.shape(one), self.shape(other)
        lasts = first[-1:] == second[-1:] != ()
        return lasts and math.prod(first) == math.prod(second)

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape of a tensor, 1 where the file leaves a size open."""
        return self.subgraph.tensors[tensor].shape if tensor >= 0 else ()

    def stored(self, tensor: int) -> Tensor:
        """The tensor in which the file may store another's value, behind DEQUANTIZE."""
        return self.subgraph.tensors[way_back(self.subgraph, tensor, self.graph)[-1]]

    def is_constant(self, tensor: int) -> bool:
        """Whether the file stores a tensor's value."""
        return tensor >= 0 and self.subgraph.model.is_constant(self.stored(tensor))

    def numbers(self, tensor: int) -> np.ndarray | None:
        """The elements of a small constant, finite numbers in one row; None for all else."""
        if not self.is_constant(tensor) or not 0 < math.prod(self.shape(tensor)) <= FEW:
            return None
        found = constant(self.subgraph.model, self.subgraph, tensor, self.graph)
        if found is None or found.dtype.kind not in "iuf" or not np.isfinite(found).all():
            return None
        return np.ravel(found)

    def is_number(self, tensor: int, number: float) -> bool:
        """Whether a tensor is a constant, one number, equal to this one as a float32."""
        found = self.numbers(tensor)
        return found is not None and found.size == 1 and bool(found[0] == np.float32(number))

    def pair(self, value: Value, name: str) -> tuple[Value, Value] | None:
        """The two sides of a sum, difference or product: operator `name`, nothing fused into it."""
        operator = self.operator(value)
        if operator is None or operator.name != name or len(operator.inputs) != 2:
            return None
        if not value.bare and fused(operator) != "NONE":
            return None
        return Value(operator.inputs[0]), Value(operator.inputs[1])

    def orders(self, value: Value, name: str) -> Iterator[tuple[Value, Value]]:
        """The two sides of an operator that may be exchanged, in both orders."""
        if sides := self.pair(value, name):
            yield sides
            yield sides[1], sides[0]

    def activation(self, value: Value) -> tuple[str, Value] | None:
        """The activation that a value is the result of, and what it was applied to."""
        operator = self.operator(value)
        if operator is None or value.bare:
            return None
        if operator.name in ACTIVATIONS:
            return ACTIVATIONS[operator.name], Value(operator.inputs[0])
        if operator.name in FUSING and fused(operator) in ACTIVATIONS:
            return ACTIVATIONS[fused(operator)], Value(self.source(value.tensor), bare=True)
        return self.hard_sigmoid(value)

    def hard_sigmoid(self, value: Value) -> tuple[str, Value] | None:
        """relu6(x + 3) / 6, as Keras has it and the converter writes it."""
        for side, sixth in self.orders(value, "MUL"):
            operator = self.operator(side)
            if operator is None or operator.name != "ADD" or fused(operator) != "RELU6":
                continue
            inner = Value(self.source(side.tensor), bare=True)
            for x, three in self.orders(inner, "ADD"):
                if self.is_number(sixth.tensor, 1 / 6) and self.is_number(three.tensor, 3):
                    return "hard_sigmoid", x
        return None

    def one_minus(self, value: Value) -> int | None:
        """The tensor that a value is one less, in 1 - z."""
        sides = self.pair(value, "SUB")
        if sides is None or not self.is_number(sides[0].tensor, 1):
            return None
        return self.source(sides[1].tensor)

    def narrowed(self, tensor: int) -> tuple[int, tuple[int, int]] | None:
        """The tensor of which one is a part of the last axis, and from where to where."""
        operator = self.producer(tensor)
        if operator is None or operator.name not in PARTS:
            return None
        source = operator.inputs[PARTS[operator.name]]
        whole, part = self.shape(source), self.shape(tensor)
        if len(whole) != len(part) or not whole or whole[:-1] != part[:-1]:
            return None
        start = self.start(operator, tensor, len(whole) - 1)
        if start is None or not 0 <= start <= whole[-1] - part[-1]:
            return None
        return source, (start, start + part[-1])

    def start(self, operator: Operator, tensor: int, last: int) -> int | None:
        """Where in the last axis of its input an output of SPLIT, SLICE, ... begins."""
        if operator.name in ("SPLIT", "SPLIT_V"):
            axis = self.numbers(operator.inputs[0 if operator.name == "SPLIT" else 2])
            if axis is None or int(axis[0]) not in (last, -1):
                return None
            before = operator.outputs[: operator.outputs.index(tensor)]
            return sum((self.shape(each) or (0,))[-1] for each in before)
        begin = self.numbers(operator.inputs[1])
        if begin is None or begin.size != last + 1:
            return None
        if operator.name == "SLICE":
            return None if any(begin[:-1]) else int(begin[-1])
        strides, options = self.numbers(operator.inputs[3]), operator.options
        other = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
        if strides is None or set(strides.tolist()) != {1} or any(map(options.get, other)):
            return None
        if options.get("begin_mask", 0) >> last & 1:
            return 0
        size = self.shape(operator.inputs[0])[-1]
        return int(begin[-1]) + (size if begin[-1] < 0 else 0)


INPUTS = {"FULLY_CONNECTED": 2, "GATHER": 2, "REVERSE_V2": 2, "SLICE": 3, "SPLIT": 2}
INPUTS |= {"SPLIT_V": 3, "STRIDED_SLICE": 4, "TRANSPOSE": 2}
"""How many inputs operators have that are asked for more than the first."""
PARTS = {"SPLIT": 1, "SPLIT_V": 0, "STRIDED_SLICE": 0, "SLICE": 0}
"""Operators that give a part of an input, and which input that is."""


def fused(operator: Operator) -> str:
    """The activation that is fused into an operator, by the schema's name."""
    return str(operator.options.get("fused_activation_function", "NONE"))
