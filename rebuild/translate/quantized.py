"""How quantised tensors are read: as the real numbers they stand for, or as their integers hold.

All readings share the translation of every operator, which is written for real numbers. The float
reading leaves it as it is. The exact one puts each result on the grid of its tensor, as the kernel
does by rounding, and the input of a hybrid kernel on the grid that the kernel makes at run time.
The integer one, in `integer_reading.py`, counts in steps of the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any, Protocol

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.run.runtime import Kernels
from inspector.weights.recurrent import RECURRENT
from inspector.weights.values import Values
from rebuild.translate.casting import cast_integers, cast_steps
from rebuild.translate.expression import Operand, ops, replace
from rebuild.translate.grids import Grid, dequantize, grid_of, quantize, record
from rebuild.translate.hybrid import at_run_time
from rebuild.translate.hybrid_recurrent import at_each_step, is_hybrid
from rebuild.translate.integers import as_kernel
from rebuild.translate.program import Program, Statement
from rebuild.translate.recurrent import as_integers, is_integer
from rebuild.translate.registry import TranslationError
from rebuild.translate.rounding import on_grid
from rebuild.translate.saturation import FUSED, activation

MOVES = frozenset(
    {
        "BATCH_TO_SPACE_ND",
        "BROADCAST_TO",
        "CONCATENATION",
        "DEPTH_TO_SPACE",
        "DYNAMIC_UPDATE_SLICE",
        "EXPAND_DIMS",
        "FILL",
        "GATHER",
        "GATHER_ND",
        "MAXIMUM",
        "MAX_POOL_2D",
        "MINIMUM",
        "MIRROR_PAD",
        "PACK",
        "PAD",
        "PADV2",
        "REDUCE_MAX",
        "REDUCE_MIN",
        "RESHAPE",
        "RESIZE_NEAREST_NEIGHBOR",
        "REVERSE_SEQUENCE",
        "REVERSE_V2",
        "SELECT",
        "SELECT_V2",
        "SLICE",
        "SPACE_TO_BATCH_ND",
        "SPACE_TO_DEPTH",
        "SPLIT",
        "SPLIT_V",
        "SQUEEZE",
        "STRIDED_SLICE",
        "TILE",
        "TOPK_V2",
        "TRANSPOSE",
        "UNPACK",
    }
)
"""Operators whose kernels hand stored integers on, whatever the scales of their tensors say."""


SUMS = frozenset({"SCATTER_ND"})
"""Operators whose kernels add stored integers, which may overflow, to zeros of their own."""


class Reading(Protocol):
    """What becomes of quantised tensors."""

    @property
    def values(self) -> Values:
        """What quantised weights are stored as."""

    kernels: Kernels = Kernels.BUILTIN
    """Those that compute constants from others."""

    rounded: Mapping[int, Set[int]] = {}
    """By subgraph, the operators that a reading of integers computes from real numbers."""

    def options(
        self, _: Subgraph, operator: Operator, __: Sequence[Operand | None]
    ) -> dict[str, Any]:
        """The options by which an operator is translated: those that the file has."""
        return operator.options

    def result(
        self, subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
    ) -> Any:
        """What an operator gives, from the expression of its real numbers."""

    def finish(self, program: Program, subgraph: Subgraph) -> None:
        """Say what the model takes and gives, once all operators are translated."""


class Float(Reading):
    """Quantised tensors are real numbers, and weights are dequantised."""

    values = Values.REAL

    def options(
        self, subgraph: Subgraph, operator: Operator, operands: Sequence[Operand | None]
    ) -> dict[str, Any]:
        """Those of the file, with an activation for which the ends of the output's grid stood."""
        found = operator.options
        if FUSED not in found or operator.name in RECURRENT:
            return found
        return found | {FUSED: activation(subgraph, operator, operands)}

    def result(
        self, subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
    ) -> Any:
        """The value as it is; what a CAST makes of integers, from the steps that they stand for."""
        if operator.name == "CAST":
            return cast_steps(subgraph, operator, subgraph.tensors[targets[0]], value)
        return value

    def finish(self, program: Program, _: Subgraph) -> None:
        """The model takes and gives real numbers."""
        program.in_real = True


class Exact(Reading):
    """Integers are kept, and each result is rounded as the kernel rounds."""

    values = Values.STORED

    def result(
        self, subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
    ) -> Any:
        """The value on the grid of its tensor; floats of a hybrid kernel from rounded inputs."""
        tensors = [subgraph.tensors[t] for t in targets]
        if operator.name == "CAST":
            return cast_integers(subgraph, operator, tensors[0], value)
        if is_hybrid(subgraph, operator):
            return at_each_step(subgraph, operator, value)
        if not any(tensor.is_quantized for tensor in tensors):
            return at_run_time(subgraph, operator, value)
        if moves(operator, tensors):
            return handed_on(subgraph, tensors, value)
        if operator.name in SUMS:
            return summed(subgraph, tensors[0], value)
        if is_integer(subgraph, operator):
            return as_integers(subgraph, operator, value)
        if len(targets) > 1:
            return value  # of a subgraph, whose own operators have rounded it
        value = as_kernel(subgraph, operator, value)
        return on_grid(subgraph, operator, tensors[0], value)

    def finish(self, program: Program, subgraph: Subgraph) -> None:
        """The model takes and gives integers, as the original does."""
        program.inputs = tuple(taken(program, subgraph))
        program.outputs = tuple(given(program, subgraph))


FLOAT, EXACT = Float(), Exact()


def moves(operator: Operator, outputs: list[Tensor]) -> bool:
    """Whether an operator's kernel hands integers on, and computes nothing with them.

    That of CONCATENATION brings unsigned ones to its output's scale (`ConcatenationWithScaling`).
    """
    if operator.name == "CONCATENATION" and outputs[0].dtype is TensorType.UINT8:
        return False
    activation = operator.options.get("fused_activation_function", "NONE")
    return operator.name in MOVES and bool(activation == "NONE")


def handed_on(subgraph: Subgraph, outputs: list[Tensor], value: Any) -> Any:
    """The value, with inputs on other grids read as if they were on the outputs' grid."""
    grids = {grid_of(tensor) for tensor in outputs if tensor.is_quantized}
    if len(grids) > 1:
        raise TranslationError("its outputs have different scales")
    grid = grids.pop()

    def change(leaf: Operand) -> Any:
        tensor = record(subgraph, leaf)
        if tensor is None or grid_of(tensor) == grid:
            return leaf
        return dequantize(grid, quantize(grid_of(tensor), leaf))

    return replace(value, change)


def summed(subgraph: Subgraph, output: Tensor, value: Any) -> Any:
    """The value of the integers themselves, read as steps of the output."""

    def change(leaf: Operand) -> Any:
        tensor = record(subgraph, leaf)
        return leaf if tensor is None else ops.cast(quantize(grid_of(tensor), leaf), "int32")

    grid = grid_of(output)
    return dequantize(grid, ops.cast(replace(value, change), grid.stored))


def taken(
    program: Program,
    subgraph: Subgraph,
    held: Callable[[Tensor], Grid] = grid_of,
    label: str = "real",
) -> list[int]:
    """The model's inputs: integers of their own in place of quantised ones, brought to real.

    `held` gives the grid on which the script holds a tensor, `label` a word for what it holds.
    """
    found: dict[int, int] = {}
    for tensor, name in zip(program.inputs, program.input_names, strict=True):
        found.setdefault(tensor, tensor)
        if subgraph.tensors[tensor].is_quantized and found[tensor] == tensor:
            grid = held(subgraph.tensors[tensor])
            integers = stored(program, tensor, grid)
            value = dequantize(grid, integers)
            program.statements.insert(0, Statement(-1, (tensor,), value, (integers.tensor,)))
            program.labels[tensor] = f"{name}_{label}"
            found[tensor] = integers.tensor
    return [found[tensor] for tensor in program.inputs]


def given(
    program: Program, subgraph: Subgraph, held: Callable[[Tensor], Grid] = grid_of
) -> list[int]:
    """The model's outputs: the integers of quantised ones, which are held on their grid `held`."""
    found: dict[int, int] = {}
    for tensor in program.outputs:
        found.setdefault(tensor, tensor)
        if subgraph.tensors[tensor].is_quantized and found[tensor] == tensor:
            grid = held(subgraph.tensors[tensor])
            integers = stored(program, tensor, grid)
            value = quantize(grid, program.operands[tensor])
            program.statements.append(Statement(-1, (integers.tensor,), value, (tensor,)))
            program.labels[integers.tensor] = "output"
            found[tensor] = integers.tensor
    return [found[tensor] for tensor in program.outputs]


def stored(program: Program, tensor: int, grid: Grid) -> Operand:
    """A new operand for the integers of a tensor."""
    operand = Operand(len(program.operands), program.operands[tensor].shape, grid.stored)
    program.operands.append(operand)
    return operand
