"""What the file determines of each tensor: its shape, and its value where no input changes it.

Stored constants are decoded, through DEQUANTIZE and DENSIFY, by `inspector.weights`. What other
operators compute from constants (and SHAPE of a tensor of known shape), and shapes that the file
leaves open or contradicts, are read off one run of the interpreter, so that no operator is written
twice here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

import numpy as np

from inspector.graph import NOBODY, graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.run.runtime import Kernels
from inspector.weights.decode import constant, dequantize, real
from rebuild.translate.unsized import is_unsized

Shapes: TypeAlias = tuple[tuple[int, ...], ...]

BY_TABLE = {"HASHTABLE_SIZE"}
STORED = {"DEQUANTIZE", "DENSIFY"}
SHAPED_BY = {
    "BROADCAST_TO": (1, 0),
    "CONV_3D_TRANSPOSE": (0, 0),
    "FILL": (0, 0),
    "RESHAPE": (1, 0),
    "RESIZE_BILINEAR": (1, 1),
    "RESIZE_NEAREST_NEIGHBOR": (1, 1),
    "SLICE": (2, 0),
    "TRANSPOSE_CONV": (0, 0),
}
"""The operand that says the shape of an operator's output, and from which axis on."""

NOT_FOLDED = {
    "ASSIGN_VARIABLE",
    "CALL",
    "CALL_ONCE",
    "HASHTABLE",
    "HASHTABLE_FIND",
    "HASHTABLE_IMPORT",
    "IF",
    "MULTINOMIAL",
    "RANDOM_STANDARD_NORMAL",
    "RANDOM_UNIFORM",
    "READ_VARIABLE",
    "STABLEHLO_CASE",
    "STABLEHLO_COMPOSITE",
    "VAR_HANDLE",
    "WHILE",
}
"""Operators whose outputs may differ from run to run, or that hold state."""


class Statics:
    """The static tensors of a subgraph, and the shapes of all.

    `shapes` are those of the inputs that a subgraph is called with, if another one calls it. There
    the shape of a tensor may differ from call to call where the file leaves it open; then none is
    folded into the script. `kernels` compute what the file does not hold.
    """

    def __init__(
        self,
        subgraph: Subgraph,
        shapes: Shapes | None = None,
        kernels: Kernels = Kernels.BUILTIN,
    ) -> None:
        self.subgraph, self.given, self.kernels = subgraph, shapes, kernels
        self.graph = graph_of(subgraph)
        self._stored = {
            tensor.index
            for tensor in subgraph.tensors
            if not tensor.is_variable and subgraph.model.is_constant(tensor)
        }
        self._empty = {t.index for t in subgraph.tensors if self._is_empty(t)}
        self._static = self._stored | self._empty
        self.unsized: set[int] = set()
        for operator in subgraph.operators:
            if is_unsized(operator, self.unsized, self._static) or self._takes_rest(operator):
                self.unsized.update(operator.outputs)
            if self._determined(operator):
                self._static.update(operator.outputs)
                if operator.name in STORED and self._stored.issuperset(operator.inputs):
                    self._stored.update(operator.outputs)

        self._empty |= self._computed_empty()
        self._static |= self._empty

    def __contains__(self, tensor: int) -> bool:
        return tensor in self._static

    def _computed_empty(self) -> set[int]:
        """The computed tensors that have no elements, as a run of the interpreter confirms."""
        tensors = self.subgraph.tensors
        said = {
            t
            for operator in self.subgraph.operators
            if operator.name not in NOT_FOLDED
            for t in operator.outputs
            if t >= 0
            and 0 in tensors[t].shape
            and self._is_closed(t)
            and tensors[t].dtype != TensorType.STRING
        }
        said -= self.unsized | self._static
        if not said or self.given is not None or any(tensors[t].is_variable for t in said):
            return set()
        shapes = self._run[1]
        return {tensor for tensor in said if 0 in shapes[tensor]}

    def _is_empty(self, tensor: Tensor) -> bool:
        """Whether a tensor that nobody computes has no elements: then it needs no stored values."""
        nobodys = self.graph.producer[tensor.index] == NOBODY and not tensor.is_variable
        return nobodys and 0 in tensor.shape and tensor.index not in self.subgraph.inputs

    def _determined(self, operator: Operator) -> bool:
        if operator.custom or operator.name in NOT_FOLDED or not operator.inputs:
            return False
        if operator.name in BY_TABLE:
            return True
        if operator.name == "RANK":  # a value in the script has the same rank in every call
            return True
        if operator.name == "SHAPE":
            is_fixed = not self.subgraph.index or self._is_closed(operator.inputs[0])
            return is_fixed and operator.inputs[0] not in self.unsized
        return all(tensor in self._static for tensor in operator.inputs if tensor >= 0)

    def _takes_rest(self, operator: Operator) -> bool:
        """Whether an operator takes the rest of an axis from a place that is computed."""
        if operator.name != "SLICE" or operator.inputs[1] in self._static:
            return False
        size = operator.inputs[2]
        return size in self._stored and bool((self.value(size) < 0).any())

    def _is_closed(self, tensor: int) -> bool:
        record = self.subgraph.tensors[tensor]
        return record.has_rank and -1 not in record.shape and -1 not in record.shape_signature

    def value(self, tensor: int) -> np.ndarray:
        """The value of static tensor `tensor`, in its own type and shape."""
        if tensor in self._stored:
            stored = constant(self.subgraph.model, self.subgraph, tensor, self.graph)
            if stored is not None:
                return stored
        if tensor in self._empty:
            record = self.subgraph.tensors[tensor]
            return np.zeros(record.shape, numpy_dtype(record.dtype))
        return self._run[0][tensor]

    def shape(self, tensor: int) -> tuple[int, ...]:
        """The shape of `tensor`: the file's, or what a run gives where the file leaves it open."""
        return self._run[1][tensor] if self._open else self.subgraph.tensors[tensor].shape

    @property
    def needs_run(self) -> bool:
        """Whether something is asked for that only a run of the interpreter tells."""
        return self._open or self._static != self._stored | self._empty

    @cached_property
    def _open(self) -> bool:
        """Whether the file leaves the shape of a computed tensor open, as old ones do too."""
        computed = {t for o in self.subgraph.operators for t in o.outputs} - {-1}
        told = tuple(self.subgraph.tensors[t].shape for t in self.subgraph.inputs)
        is_other = self.given not in (None, told)
        closed = all(map(self._is_closed, computed | set(self.subgraph.inputs)))
        return is_other or not closed or any(map(self._contradicts, self.subgraph.operators))

    def _contradicts(self, operator: Operator) -> bool:
        """Whether an operator's operand says another shape than the file does of its output.

        The kernels take the operand's word (kernels/reshape.cc and the others).
        """
        place, first = SHAPED_BY.get(operator.name, (0, 0))
        tensor = operator.inputs[place] if place < len(operator.inputs) else -1
        if operator.name not in SHAPED_BY or tensor not in self._stored or not operator.outputs:
            return False
        said = np.ravel(self.value(tensor)).tolist()
        stated = self.subgraph.tensors[operator.outputs[0]].shape
        stated = stated[first : first + len(said)] if first else stated
        if len(said) != len(stated):
            return operator.name != "RESHAPE" or said != [0]  # which old files say of a scalar
        return any(n not in (-1, size) for n, size in zip(said, stated, strict=True))

    @cached_property
    def _run(self) -> tuple[dict[int, np.ndarray], tuple[tuple[int, ...], ...]]:
        from inspector.run.observe import observe

        wanted = sorted(self._static - self._stored - self._empty)
        return observe(self.subgraph, wanted, self.given, self.kernels)


def real_value(statics: Statics, tensor: int) -> np.ndarray:
    """The value of static tensor `tensor` as real numbers where it is quantised, else as it is."""
    record, model = statics.subgraph.tensors[tensor], statics.subgraph.model
    if not record.is_quantized:
        return statics.value(tensor)
    value = real(model, statics.subgraph, tensor, statics.graph)
    return dequantize(model, record, statics.value(tensor)) if value is None else value
