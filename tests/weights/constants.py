"""Models of one operator that unpacks a constant, to see what LiteRT makes of stored bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.written import code, made, model, operator, subgraph, tensor, write

TYPES: dict[str, int] = {
    name.lower(): value for name, value in vars(schema.TensorType).items() if name.isupper()
}


def quantization(scale: Sequence[float], zero_point: Sequence[int], axis: int = 0) -> Any:
    """Scales and zero points along an axis."""
    fields = {"scale": list(scale), "zeroPoint": list(zero_point), "quantizedDimension": axis}
    return made(schema.QuantizationParametersT, **fields)


def unpacking(
    path: Path, name: str, dtype: str, shape: Sequence[int], stored: bytes, **fields: Any
) -> Path:
    """A model of one DEQUANTIZE or DENSIFY, from a constant (tensor 0) to the output (tensor 1)."""
    target = dtype if name == "DENSIFY" else "float32"
    tensors = [
        tensor("stored", shape, type=TYPES[dtype], buffer=1, **fields),
        tensor("result", shape, type=TYPES[target]),
    ]
    graph = subgraph(tensors, [operator([0], [1])], inputs=[], outputs=[1])
    codes = [code(getattr(schema.BuiltinOperator, name))]
    return write(path, model([graph], [stored], operatorCodes=codes))


def litert_values(path: Path) -> dict[int, np.ndarray]:
    """What the interpreter, with reference kernels, holds in each tensor after a run, by index."""
    interpreter = Interpreter(
        model_path=str(path),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    interpreter.invoke()
    indices = [detail["index"] for detail in interpreter.get_tensor_details()]
    return {index: interpreter.get_tensor(index) for index in indices}
