"""Models of one operator on quantised tensors, written with LiteRT's own schema classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

from tests.one_operator import run, set_options

LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767), "int4": (-8, 7)}


@dataclass
class Q:
    """A tensor: quantised where it has a scale, a constant where it has `values`, else computed.

    Several scales are those of the indices of axis `dimension`. A `variable` lives in the model.
    """

    shape: tuple[int, ...] = ()
    dtype: str = "int8"
    scale: float | Sequence[float] | None = 0.05
    zero_point: int = 0
    values: np.ndarray | None = None
    dimension: int = 0
    low: int | None = None
    high: int | None = None
    variable: bool = False

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Random values over all that the type holds, or from `low` to `high`; floats around 0."""
        if self.dtype == "float32":
            return rng.normal(size=self.shape).astype("float32")
        if self.dtype == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        low, high = LIMITS.get(self.dtype, (0, 9))
        low = low if self.low is None else self.low
        high = high if self.high is None else self.high
        return rng.integers(low, high, self.shape, endpoint=True).astype(self.dtype)


def constant(values: Any, dtype: str = "int32") -> Q:
    """A constant without a scale."""
    array = np.asarray(values, dtype)
    return Q(array.shape, dtype, None, values=array)


@dataclass
class QuantizedCase:
    """An operator, its operands (None for one left out), its outputs and its options."""

    operator: str
    operands: Sequence[Q | None]
    outputs: Sequence[Q]
    options: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    intermediates: Sequence[Q] = ()  # of grids alone, without values

    @property
    def inputs(self) -> list[Q]:
        """The operands that are given when the model runs."""
        return [operand for operand in self.operands if operand and is_given(operand)]


def is_given(operand: Q) -> bool:
    """Whether an operand is an input of the model."""
    return operand.values is None and not operand.variable


def write(case: QuantizedCase, path: Path) -> Path:
    """Write the model; its output shapes are those that the interpreter finds."""
    path.write_bytes(packed(case, [()] * len(case.outputs)))
    found = run(path, draw(case, 0), OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    path.write_bytes(packed(case, [array.shape for array in found]))
    return path


def draw(case: QuantizedCase, seed: int) -> list[np.ndarray]:
    """Random values for each input."""
    rng = np.random.default_rng(seed)
    return [operand.draw(rng) for operand in case.inputs]


def packed(case: QuantizedCase, shapes: Sequence[tuple[int, ...]]) -> bytes:
    """The model as bytes."""
    model, graph, operator = schema.ModelT(), schema.SubGraphT(), schema.OperatorT()
    model.version, model.buffers, graph.tensors = 3, [schema.BufferT()], []
    operator.inputs = [add(model, graph, o, o.shape) if o else -1 for o in case.operands]
    operator.outputs = [
        add(model, graph, output, shape) for output, shape in zip(case.outputs, shapes, strict=True)
    ]
    operator.intermediates = [add(model, graph, each, (0,)) for each in case.intermediates]
    given = zip(operator.inputs, case.operands, strict=True)
    graph.inputs = [i for i, operand in given if operand and is_given(operand)]
    graph.outputs, graph.operators, graph.name = operator.outputs, [operator], b"main"
    code = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, case.operator)
    code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), case.version
    set_options(operator, case)
    model.operatorCodes, model.subgraphs = [code], [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def add(model: Any, graph: Any, of: Q, shape: tuple[int, ...]) -> int:
    """Add a tensor, and its values if it has any."""
    tensor = schema.TensorT()
    tensor.shape, tensor.type = list(shape), getattr(schema.TensorType, of.dtype.upper())
    tensor.name, tensor.hasRank, tensor.buffer = f"t{len(graph.tensors)}".encode(), True, 0
    tensor.isVariable = of.variable
    if of.scale is not None:
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = np.atleast_1d(of.scale).astype("float32").tolist()
        count = len(tensor.quantization.scale)
        tensor.quantization.zeroPoint = [of.zero_point] * count
        tensor.quantization.quantizedDimension = of.dimension
    if of.values is not None:
        tensor.buffer = len(model.buffers)
        model.buffers.append(schema.BufferT())
        model.buffers[-1].data = np.frombuffer(stored(of), np.uint8)
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def stored(of: Q) -> bytes:
    """The bytes of a constant; two values of 4 bits share one, the first in the lower half."""
    assert of.values is not None
    if of.dtype != "int4":
        return of.values.astype(of.dtype).tobytes()
    flat = np.append(of.values.ravel(), [0] * (of.values.size % 2)).astype(np.uint8) & 15
    return (flat[::2] | flat[1::2] << 4).astype(np.uint8).tobytes()
