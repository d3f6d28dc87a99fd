"""Any constant as an array: as it is stored, as a kernel sees it, as real numbers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from inspector.errors import InspectorError, ModelError, UnsupportedError
from inspector.graph import Graph, graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import BITS, INTEGERS, TensorType
from inspector.weights.operands import operand_name
from inspector.weights.packed import strings, unpack
from inspector.weights.quantized import Scales, affine, listed, shaped
from inspector.weights.sparse import densify
from inspector.weights.trace import way_back


def decode(model: Model, tensor: Tensor) -> np.ndarray:
    """The stored values of a constant, in its shape and type: unpacked and dense, not dequantised.

    bfloat16, float8, int4, uint4 and int2 come as `ml_dtypes`' types, strings as an object array of
    `bytes`. A plain constant is a read-only view of the file. Raises `ModelError` when the tensor
    has no stored values or they do not fit its shape, `UnsupportedError` for a form that this
    version does not read.
    """
    try:
        if min(tensor.shape, default=0) < 0:
            raise ModelError(f"it has values, and its shape {list(tensor.shape)} is not fixed")
        return unfold(tensor, model.data(tensor))
    except InspectorError as error:
        raise located(tensor, error) from None


def unfold(tensor: Tensor, stored: np.ndarray) -> np.ndarray:
    """What `Model.data` gives for a tensor, in the tensor's shape and type."""
    if tensor.dtype is TensorType.STRING:
        return strings(stored, tensor.elements).reshape(tensor.shape)
    dtype, bits = numpy_dtype(tensor.dtype), BITS[tensor.dtype]
    if tensor.sparsity is None:
        if bits >= 8:
            return stored
        return unpack(stored, bits, tensor.elements).view(dtype).reshape(tensor.shape)
    if bits < 8:
        raise UnsupportedError(f"LiteRT has no sparse tensors of type {tensor.dtype}")
    if stored.size % dtype.itemsize:
        raise ModelError(f"{stored.size} stored bytes are no whole number of {tensor.dtype} values")
    return densify(tensor.sparsity, tensor.shape, stored.view(dtype))


def dequantize(model: Model, tensor: Tensor, stored: np.ndarray) -> np.ndarray:
    """The real values, float32, of `stored`, integers in the quantisation of `tensor`.

    They have the shape that the tensor takes, which the file may leave open. Raises `ModelError`
    when the tensor has no scales, or they do not fit that shape.
    """
    return affine(stored, dequantizing(model, tensor._replace(shape=stored.shape)))


def dequantizing(model: Model, tensor: Tensor) -> Scales:
    """The scales of a tensor that is to be dequantised. Raises as `dequantize` does."""
    try:
        if tensor.quantization is None:
            raise ModelError("it has no scale, and its values are to be dequantised")
        return scales(model, tensor, tensor.quantization)
    except InspectorError as error:
        raise located(tensor, error) from None


def scales(model: Model, tensor: Tensor, quantization: Quantization) -> Scales:
    """The scales and zero points of a tensor, listed with it or stored as tensors of their own."""
    if quantization.scale:
        return listed(quantization, tensor.shape)
    tensors = model.subgraphs[tensor.subgraph].tensors
    places = [quantization.scales, quantization.zero_points]
    if not 0 <= places[0] < len(tensors) or not -1 <= places[1] < len(tensors):
        raise ModelError(f"its scales are tensors {places}, and the subgraph has {len(tensors)}")
    scale, zero_point = (decode(model, tensors[i]) if i >= 0 else np.zeros(1) for i in places)
    return shaped(quantization, tensor.shape, scale.astype(np.float32), zero_point.astype(np.int64))


def constant(
    model: Model, subgraph: Subgraph, index: int, graph: Graph | None = None
) -> np.ndarray | None:
    """The value that a kernel finds in tensor `index`, or None when it is not known before the run.

    DEQUANTIZE and DENSIFY, one or a chain of them, are followed back to the stored constant and
    computed as their kernels do: a float16 constant behind DEQUANTIZE is float32. Whoever asks for
    many tensors gives the subgraph's `graph`, or it is made each time that it is needed. Raises as
    `decode` and `dequantize` do.
    """
    if model.is_constant(subgraph.tensors[index]):
        return decode(model, subgraph.tensors[index])
    graph = graph or graph_of(subgraph)
    way = way_back(subgraph, index, graph)
    if not model.is_constant(subgraph.tensors[way[-1]]):
        return None
    values = decode(model, subgraph.tensors[way[-1]])
    for made, source in reversed(list(pairwise(way))):
        if subgraph.operators[graph.producer[made]].name == "DEQUANTIZE":
            values = as_float(model, subgraph.tensors[source], values)
    return values


def as_float(model: Model, tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """What DEQUANTIZE makes of the values of `tensor`: real numbers, float32."""
    if tensor.dtype in INTEGERS:
        return dequantize(model, tensor, values)
    return values.astype(np.float32)


def real(
    model: Model, subgraph: Subgraph, index: int, graph: Graph | None = None
) -> np.ndarray | None:
    """As `constant`, and quantised integers as the real numbers, float32, that they stand for.

    A bias without a scale of its own has input scale × kernel scale, as its kernel takes it to
    have (`kernel_util.cc`). Integers that nothing quantises (shapes, axes) stay integers.
    """
    values, tensor = constant(model, subgraph, index, graph), subgraph.tensors[index]
    if values is None or tensor.dtype not in INTEGERS or values.dtype == np.float32:
        return values
    quantization = tensor.quantization or bias_quantization(subgraph, tensor, graph)
    if quantization is None:
        return values
    return dequantize(model, tensor._replace(quantization=quantization), values)


def scales_behind(
    model: Model, subgraph: Subgraph, index: int, graph: Graph | None = None
) -> Scales | None:
    """The scales by which `real` makes real numbers of stored integers; None where it does not."""
    tensor, graph = subgraph.tensors[index], graph or graph_of(subgraph)
    way = (index,) if model.is_constant(tensor) else way_back(subgraph, index, graph)
    for made, source in reversed(list(pairwise(way))):
        stored = subgraph.tensors[source]
        if subgraph.operators[graph.producer[made]].name == "DEQUANTIZE":
            return dequantizing(model, stored) if stored.dtype in INTEGERS else None
    if tensor.dtype not in INTEGERS:
        return None
    quantization = tensor.quantization or bias_quantization(subgraph, tensor, graph)
    if quantization is None:
        return None
    return dequantizing(model, tensor._replace(quantization=quantization))


def bias_quantization(
    subgraph: Subgraph, tensor: Tensor, graph: Graph | None
) -> Quantization | None:
    """The scales of a bias that lists none, from the quantised operator that adds it, if any."""
    if tensor.dtype not in (TensorType.INT32, TensorType.INT64):
        return None
    for reader in (graph or graph_of(subgraph)).consumers[tensor.index]:
        operator = subgraph.operators[reader]
        operands = {operand_name(operator, k): i for k, i in enumerate(operator.inputs) if i >= 0}
        if operands.get("bias") != tensor.index or not {"input", "kernel"} <= operands.keys():
            continue
        image, kernel = (subgraph.tensors[operands[name]] for name in ("input", "kernel"))
        if image.quantization and kernel.quantization and len(image.quantization.scale) == 1:
            scale = tuple(image.quantization.scale[0] * k for k in kernel.quantization.scale)
            return Quantization(scale, (), len(tensor.shape) - 1) if scale else None
    return None


def located(tensor: Tensor, error: InspectorError) -> InspectorError:
    """The error, with the tensor's address before its words, of which the index may be one."""
    address = f"tensor {tensor.index}: "
    words = str(error).removeprefix(address)
    return type(error)(f"subgraph {tensor.subgraph}, {address}{words}")
