"""Faults planted in copies of models, by LiteRT's schema classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema

DTYPES = {
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.FLOAT16: np.float16,
    schema.TensorType.INT32: np.int32,
    schema.TensorType.INT8: np.int8,
}
Change = Callable[[np.ndarray], None]


def reverse(values: np.ndarray) -> None:
    values[:] = values[::-1].copy()


def drop(values: np.ndarray) -> None:
    values[:] = 0


def halve(values: np.ndarray) -> None:
    values[: values.size // 2] = 0


CHANGES: dict[str, Change] = {"reverse": reverse, "drop": drop, "halve": halve}


@dataclass(frozen=True)
class Spot:
    """A constant that one operator alone reads, directly or through a DEQUANTIZE."""

    operator: int
    operand: int
    buffer: int
    dtype: int


def spots(path: Path) -> Iterator[Spot]:
    """The kernels and biases of a model's convolutions and dense layers."""
    model = schema.Model.GetRootAs(bytearray(path.read_bytes()), 0)
    graph = model.Subgraphs(0)
    unpacked = {}
    for i in range(graph.OperatorsLength()):
        operator = graph.Operators(i)
        entry = model.OperatorCodes(operator.OpcodeIndex())
        code = max(entry.BuiltinCode(), entry.DeprecatedBuiltinCode())
        if code == schema.BuiltinOperator.DEQUANTIZE:
            unpacked[operator.Outputs(0)] = operator.Inputs(0)
        elif operator.InputsLength() == 3 and code in WEIGHTED:
            for operand in (1, 2):
                index = operator.Inputs(operand)
                tensor = graph.Tensors(unpacked.get(index, index))
                yield Spot(i, operand, tensor.Buffer(), tensor.Type())


WEIGHTED = {
    schema.BuiltinOperator.CONV_2D,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D,
    schema.BuiltinOperator.FULLY_CONNECTED,
}


def planted(path: Path, spot: Spot, change: Change) -> bytes:
    """The file with one constant changed; refuses a change that changes nothing."""
    data = bytearray(path.read_bytes())
    raw = schema.Model.GetRootAs(data, 0).Buffers(spot.buffer).DataAsNumpy()
    before = raw.copy()
    change(raw.view(DTYPES[spot.dtype]))
    assert not np.array_equal(before, raw)
    return bytes(data)
