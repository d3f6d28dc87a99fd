"""How quantised tensors are read: as the real numbers they stand for, or as their integers hold.

Both share the translation of every operator, which is written for real numbers. The float reading
leaves it as it is. The exact one puts each result on the grid of its tensor, as the kernel does by
rounding, and the input of a hybrid kernel on the grid that the kernel makes at run time.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.weights.values import Values
from rebuild.translate.context import number
from rebuild.translate.expression import Call, Operand, helpers, replace
from rebuild.translate.hybrid import at_run_time
from rebuild.translate.program import Program, Statement
from rebuild.translate.registry import TranslationError

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


QUANTIZERS = frozenset({"Dequantize", "Quantize", "QuantizeRows", "Requantize"})
"""Layers that go with operators; Keras numbers them."""

STORED = ("int8", "uint8", "int16", "int32")
"""The types of computed tensors that kernels quantise."""


class Grid(NamedTuple):
    """The numbers that a quantised tensor can hold: scale * (i - zero_point)."""

    scale: float
    zero_point: int
    stored: str

    @property
    def limits(self) -> tuple[float, int, int]:
        """What grids of the same numbers have in common."""
        info = np.iinfo(self.stored)
        return self.scale, info.min - self.zero_point, info.max - self.zero_point


def grid_of(tensor: Tensor) -> Grid:
    """The grid of a computed tensor. Raises `TranslationError` where it has several scales."""
    found = tensor.quantization
    if found is None or len(found.scale) != 1 or len(found.zero_point) > 1:
        count = len(found.scale) if found else 0
        raise TranslationError(
            f"tensor {tensor.index}, which is computed, has {count} scales; one is wanted"
        )
    if str(tensor.dtype) not in STORED:
        raise TranslationError(f"tensor {tensor.index} is computed as quantised {tensor.dtype}")
    if not 0 < found.scale[0] < float("inf"):
        raise TranslationError(f"the scale of tensor {tensor.index} is {found.scale[0]}")
    zero_point = found.zero_point[0] if found.zero_point else 0
    return Grid(float(number(np.float32(found.scale[0]))), int(zero_point), str(tensor.dtype))


class Reading(Protocol):
    """What becomes of quantised tensors."""

    @property
    def values(self) -> Values:
        """What quantised weights are stored as."""

    def result(
        self, subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
    ) -> Any:
        """What an operator gives, from the expression of its real numbers."""

    def finish(self, program: Program, subgraph: Subgraph) -> None:
        """Say what the model takes and gives, once all operators are translated."""


class Float:
    """Quantised tensors are real numbers, and weights are dequantised."""

    values = Values.REAL

    def result(self, _: Subgraph, __: Operator, ___: tuple[int, ...], value: Any) -> Any:
        """The value as it is."""
        return value

    def finish(self, _: Program, __: Subgraph) -> None:
        """The model takes and gives real numbers."""


class Exact:
    """Integers are kept, and each result is rounded as the kernel rounds."""

    values = Values.STORED

    def result(
        self, subgraph: Subgraph, operator: Operator, targets: tuple[int, ...], value: Any
    ) -> Any:
        """The value on the grid of its tensor; floats of a hybrid kernel from rounded inputs."""
        tensors = [subgraph.tensors[t] for t in targets if t < len(subgraph.tensors)]
        if not any(tensor.is_quantized for tensor in tensors):
            return at_run_time(subgraph, operator, value)
        if operator.name in MOVES and moves(operator):
            return handed_on(subgraph, tensors, value)
        if len(targets) > 1:
            raise TranslationError("its quantised outputs would be rounded one by one")
        return rounded(subgraph, grid_of(tensors[0]), value)

    def finish(self, program: Program, subgraph: Subgraph) -> None:
        """The model takes and gives integers, as the original does."""
        program.inputs = tuple(taken(program, subgraph))
        program.outputs = tuple(given(program, subgraph))


FLOAT, EXACT = Float(), Exact()
READINGS: dict[str, Reading] = {"float": FLOAT, "exact": EXACT}
"""Both, by the name that `tfli rebuild --quantized` gives them."""


def moves(operator: Operator) -> bool:
    """Whether nothing is computed behind what an operator hands on."""
    return bool(operator.options.get("fused_activation_function", "NONE") == "NONE")


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


def rounded(subgraph: Subgraph, grid: Grid, value: Any) -> Any:
    """The value on a grid, unless it is a tensor that is on it already."""
    if isinstance(value, Operand):
        tensor = record(subgraph, value)
        if tensor is not None and grid_of(tensor).limits == grid.limits:
            return value
    return helpers.Requantize(*shortest(grid))(value)


def record(subgraph: Subgraph, leaf: Operand) -> Tensor | None:
    """The quantised tensor behind an operand, if it is one."""
    tensor = subgraph.tensors[leaf.tensor] if leaf.tensor < len(subgraph.tensors) else None
    return tensor if tensor is not None and tensor.is_quantized else None


def quantize(grid: Grid, value: Any) -> Call:
    """The integers of real numbers."""
    return helpers.Quantize(*shortest(grid))(value)


def dequantize(grid: Grid, value: Any) -> Call:
    """The real numbers of integers."""
    return helpers.Dequantize(*((grid.scale, grid.zero_point) if grid.zero_point else grid[:1]))(
        value
    )


def shortest(grid: Grid) -> tuple[Any, ...]:
    """The arguments of a layer, without those at the end that it takes by itself."""
    if grid.stored != "int8":
        return grid
    return grid[:2] if grid.zero_point else grid[:1]


def taken(program: Program, subgraph: Subgraph) -> list[int]:
    """The model's inputs: integers of their own in place of quantised ones, brought to real."""
    found: dict[int, int] = {}
    for tensor, name in zip(program.inputs, program.input_names, strict=True):
        found.setdefault(tensor, tensor)
        if subgraph.tensors[tensor].is_quantized and found[tensor] == tensor:
            grid = grid_of(subgraph.tensors[tensor])
            integers = stored(program, tensor, grid)
            value = dequantize(grid, integers)
            program.statements.insert(0, Statement(-1, (tensor,), value, (integers.tensor,)))
            program.labels[tensor] = f"{name}_real"
            found[tensor] = integers.tensor
    return [found[tensor] for tensor in program.inputs]


def given(program: Program, subgraph: Subgraph) -> list[int]:
    """The model's outputs: the integers of quantised ones."""
    found: dict[int, int] = {}
    for tensor in program.outputs:
        found.setdefault(tensor, tensor)
        if subgraph.tensors[tensor].is_quantized and found[tensor] == tensor:
            grid = grid_of(subgraph.tensors[tensor])
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
