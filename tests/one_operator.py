"""Models of one operator, written with LiteRT's own schema classes, and run by its interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

DTYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "int16": schema.TensorType.INT16,
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "uint16": schema.TensorType.UINT16,
    "uint32": schema.TensorType.UINT32,
    "uint64": schema.TensorType.UINT64,
    "float64": schema.TensorType.FLOAT64,
    "complex64": schema.TensorType.COMPLEX64,
    "object": schema.TensorType.STRING,
    "bool": schema.TensorType.BOOL,
}


WORDS = [b"one", b"two words", b"three", b"", "ünf".encode(), b"a b c d e"]
"""What strings are drawn from."""


@dataclass
class Input:
    """An input of the model: its shape, its type, and the range that its values are drawn from."""

    shape: tuple[int, ...]
    dtype: str = "float32"
    low: float = -2
    high: float = 2

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        if self.dtype == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        if self.dtype.startswith(("int", "uint")):
            return rng.integers(int(self.low), int(self.high), self.shape).astype(self.dtype)
        if self.dtype == "object":
            return np.array(rng.choice(WORDS, self.shape), object)
        if self.dtype.startswith("complex"):
            parts = rng.uniform(self.low, self.high, (2, *self.shape))
            return (parts[0] + 1j * parts[1]).astype(self.dtype)
        return rng.uniform(self.low, self.high, self.shape).astype(self.dtype)


@dataclass
class Variable:
    """A state that lives in the model from one run to the next; zero at first."""

    shape: tuple[int, ...]
    dtype: str = "float32"


@dataclass
class Sparse:
    """A constant matrix, stored as the elements of each row that are not 0 (CSR)."""

    values: np.ndarray

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.values.dtype


@dataclass
class Case:
    """An operator, its operands (an `Input`, a constant array or None), and its options."""

    operator: str
    operands: Sequence[Input | Variable | Sparse | np.ndarray | None]
    options: dict[str, Any] = field(default_factory=dict)
    outputs: int = 1
    output_dtype: str = ""
    output_dtypes: Sequence[str] = ()
    version: int = 1
    custom: bytes | None = None
    bodies: Sequence[str] = ()  # further subgraphs, each of one operator on two scalars, or of none
    unused: Sequence[Input] = ()  # further inputs, which nothing reads
    shapes: Sequence[tuple[int, ...]] = ()  # of the outputs, where the kernel goes by the file's

    @property
    def inputs(self) -> list[Input]:
        return [o for o in (*self.operands, *self.unused) if isinstance(o, Input)]


def write(case: Case, path: Path) -> Path:
    """Write the model; its output shapes are those that the interpreter finds."""
    path.write_bytes(packed(case, case.shapes or [()] * case.outputs))
    found = runs(path, draw(case, 0))[0]
    path.write_bytes(packed(case, [array.shape for array in found]))
    return path


def packed(case: Case, shapes: Sequence[tuple[int, ...]]) -> bytes:
    model, graph, operator = schema.ModelT(), schema.SubGraphT(), schema.OperatorT()
    model.version, model.buffers, graph.tensors = 3, [schema.BufferT()], []
    model.buffers[0].data = None
    operator.inputs = [add_operand(model, graph, operand) for operand in case.operands]
    first = next(o for o in case.operands if o is not None)
    dtypes = case.output_dtypes or [case.output_dtype or str(first.dtype)] * case.outputs
    operator.outputs = [add_tensor(graph, s, d, 0) for s, d in zip(shapes, dtypes, strict=True)]
    graph.inputs = [
        i for i, o in zip(operator.inputs, case.operands, strict=True) if isinstance(o, Input)
    ]
    graph.inputs += [add_operand(model, graph, operand) for operand in case.unused]
    graph.outputs, graph.operators, graph.name = operator.outputs, [operator], b"main"
    code = schema.OperatorCodeT()
    is_custom = case.custom is not None
    code.builtinCode = getattr(schema.BuiltinOperator, "CUSTOM" if is_custom else case.operator)
    code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), case.version
    if is_custom:
        code.customCode, operator.customOptions = case.operator.encode(), list(case.custom)
    else:
        set_options(operator, case)
    model.operatorCodes, model.subgraphs = [code], [graph]
    for name in case.bodies:
        add_body(model, name, dtypes[0])
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def add_body(model: Any, name: str, dtype: str) -> None:
    """Add a subgraph of two scalars and of one operator on them; "" gives the second back."""
    graph = schema.SubGraphT()
    graph.tensors, graph.operators, graph.name = [], [], b"body"
    graph.inputs = [add_tensor(graph, (), dtype, 0) for _ in range(2)]
    graph.outputs = [graph.inputs[1]]
    if name:
        code, operator = schema.OperatorCodeT(), schema.OperatorT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), 1
        operator.opcodeIndex, operator.inputs = len(model.operatorCodes), graph.inputs
        operator.outputs = graph.outputs = [add_tensor(graph, (), dtype, 0)]
        graph.operators = [operator]
        model.operatorCodes.append(code)
    model.subgraphs.append(graph)


def add_operand(model: Any, graph: Any, operand: Input | Variable | np.ndarray | None) -> int:
    if operand is None:
        return -1
    if isinstance(operand, (Input, Variable)):
        place = add_tensor(graph, operand.shape, operand.dtype, 0)
        graph.tensors[place].isVariable = isinstance(operand, Variable)
        return place
    if isinstance(operand, Sparse):
        return add_sparse(model, graph, operand.values)
    buffer = schema.BufferT()
    data = packed_strings(operand) if operand.dtype == object else operand.tobytes()
    buffer.data = np.frombuffer(data, np.uint8)
    model.buffers.append(buffer)
    return add_tensor(graph, operand.shape, str(operand.dtype), len(model.buffers) - 1)


def add_sparse(model: Any, graph: Any, values: np.ndarray) -> int:
    """Add a constant by its elements that are not 0, row by row."""
    rows, columns = np.nonzero(values)
    place = add_operand(model, graph, values[rows, columns])
    tensor, sparsity = graph.tensors[place], schema.SparsityParametersT()
    tensor.shape, sparsity.traversalOrder = list(values.shape), [0, 1]
    dense, sparse = schema.DimensionMetadataT(), schema.DimensionMetadataT()
    dense.format, dense.denseSize = schema.DimensionType.DENSE, len(values)
    sparse.format = schema.DimensionType.SPARSE_CSR
    sparse.arraySegmentsType = sparse.arrayIndicesType = schema.SparseIndexVector.Int32Vector
    sparse.arraySegments, sparse.arrayIndices = schema.Int32VectorT(), schema.Int32VectorT()
    sparse.arraySegments.values = np.searchsorted(rows, range(len(values) + 1)).tolist()
    sparse.arrayIndices.values = columns.tolist()
    sparsity.dimMetadata, tensor.sparsity = [dense, sparse], sparsity
    return place


def packed_strings(strings: np.ndarray) -> bytes:
    """A string tensor's buffer: their number, where each begins, where the last ends, the bytes."""
    lengths = [len(text) for text in strings.flat]
    starts = 4 * (len(lengths) + 2) + np.cumsum([0, *lengths])
    return np.array([len(lengths), *starts], "<i4").tobytes() + b"".join(strings.flat)


def add_tensor(graph: Any, shape: tuple[int, ...], dtype: str, buffer: int) -> int:
    tensor = schema.TensorT()
    tensor.shape, tensor.type, tensor.buffer = list(shape), DTYPES[dtype], buffer
    tensor.name, tensor.hasRank = f"t{len(graph.tensors)}".encode(), True
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


OPTIONS = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "TRANSPOSE_CONV": "TransposeConvOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "LOCAL_RESPONSE_NORMALIZATION": "LocalResponseNormalizationOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "RESIZE_BILINEAR": "ResizeBilinearOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "CONCATENATION": "ConcatenationOptions",
    "SPACE_TO_DEPTH": "SpaceToDepthOptions",
    "DEPTH_TO_SPACE": "DepthToSpaceOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "MIRROR_PAD": "MirrorPadOptions",
    "ONE_HOT": "OneHotOptions",
    "ARG_MAX": "ArgMaxOptions",
    "ARG_MIN": "ArgMinOptions",
    "CONV_3D": "Conv3DOptions",
    "SPLIT_V": "SplitVOptions",
    "CONV_3D_TRANSPOSE": "Conv3DOptions",
    "RFFT2D": "Rfft2dOptions",
    "RANDOM_STANDARD_NORMAL": "RandomOptions",
    "RANDOM_UNIFORM": "RandomOptions",
    "MULTINOMIAL": "RandomOptions",
    "LSH_PROJECTION": "LSHProjectionOptions",
    "SKIP_GRAM": "SkipGramOptions",
    "LSTM": "LSTMOptions",
    "RNN": "RNNOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
    "UNIDIRECTIONAL_SEQUENCE_RNN": "SequenceRNNOptions",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "BidirectionalSequenceLSTMOptions",
    "BIDIRECTIONAL_SEQUENCE_RNN": "BidirectionalSequenceRNNOptions",
} | dict.fromkeys(("MEAN", "SUM"), "ReducerOptions")
OPTIONS |= {f"REDUCE_{kind}": "ReducerOptions" for kind in ("MAX", "MIN", "PROD", "ANY", "ALL")}


def set_options(operator: Any, case: Case) -> None:
    """Fill the operator's option table, by the camel-case names of LiteRT's classes."""
    name = OPTIONS.get(case.operator, case.operator.title().replace("_", "") + "Options")
    if not hasattr(schema, name + "T"):
        return
    table = getattr(schema, name + "T")()
    for key, value in case.options.items():
        if not hasattr(table, key):
            raise AttributeError(f"{name} has no {key}")
        setattr(table, key, value)
    newer = "2" if hasattr(schema.BuiltinOptions2, name) else ""
    setattr(operator, f"builtinOptions{newer}", table)
    kind = getattr(getattr(schema, f"BuiltinOptions{newer}"), name)
    setattr(operator, f"builtinOptions{newer}Type", kind)


def draw(case: Case, seed: int) -> list[np.ndarray]:
    """Random values for each input."""
    rng = np.random.default_rng(seed)
    return [operand.draw(rng) for operand in case.inputs]


KERNELS = (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF)


def runs(path: Path, arrays: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
    """What each kernel set computes; XNNPACK's alone where no other has the operator."""
    found = [outputs for kernels in KERNELS if (outputs := run(path, arrays, kernels))]
    return found or [run(path, arrays, OpResolverType.BUILTIN)]


def run(path: Path, arrays: Sequence[np.ndarray], resolver: OpResolverType) -> list[np.ndarray]:
    """What the interpreter computes; nothing where its kernel set lacks the operator."""
    try:
        interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=resolver)
    except ValueError as error:
        if resolver == OpResolverType.BUILTIN_REF and "Didn't find op" in str(error):
            return []
        raise
    try:
        interpreter.allocate_tensors()
    except RuntimeError as error:
        if resolver in KERNELS and "unresolved custom op" in str(error):
            return []
        raise
    for detail, array in zip(interpreter.get_input_details(), arrays, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]).copy() for d in interpreter.get_output_details()]
