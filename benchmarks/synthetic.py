"""Models of any size, written with LiteRT's generated classes and the `flatbuffers` builder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

CHANNELS = 16
BEHIND = 1 << 26
"""Where the weights of a large file begin; its graph ends before."""
PAGE = 4096


def made(kind: type, **fields: Any) -> Any:
    """An object of a generated class with these fields."""
    found = kind()
    vars(found).update(fields)
    return found


def many_operators(path: Path, operators: int) -> Path:
    """A chain of so many int8 convolutions, and twice as many tensors, each kernel its own."""
    content = CHANNELS * CHANNELS
    buffers = [made(schema.BufferT, data=kernel_bytes(i, content)) for i in range(operators)]
    return write(path, network(buffers, 1))


def many_bytes(path: Path, operators: int, weights: int) -> Path:
    """The same with `weights` bytes of kernels behind the graph, of which the disk holds few.

    Each kernel begins with a page of its own bytes; the rest of it is a hole in the file.
    """
    side = round((weights / operators) ** 0.5 / CHANNELS)
    size = side * side * CHANNELS**2
    step = -(-size // PAGE) * PAGE
    buffers = [made(schema.BufferT, offset=BEHIND + i * step, size=size) for i in range(operators)]
    write(path, network(buffers, side))
    with path.open("r+b") as file:
        for i, buffer in enumerate(buffers):
            file.seek(buffer.offset)
            file.write(kernel_bytes(i, PAGE))
        file.truncate(BEHIND + operators * step)
    return path


def kernel_bytes(seed: int, count: int) -> bytes:
    """Bytes that differ from one kernel to the next."""
    return bytes((seed >> 8 * (i % 3) & 255) ^ (i & 255) for i in range(count))


def network(buffers: list[Any], side: int) -> Any:
    """The chain, of kernels of `side` × `side` in these buffers."""
    tensors, operators = [activation(0)], []
    for i in range(len(buffers)):
        tensors += [kernel(i, side), activation(i + 1)]
        operators.append(convolution(2 * i, 2 * i + 1, 2 * i + 2))
    last = len(tensors) - 1
    ends = {"inputs": [0], "outputs": [last]}
    graph = made(schema.SubGraphT, name="main", tensors=tensors, operators=operators, **ends)
    code = made(schema.OperatorCodeT, builtinCode=3, deprecatedBuiltinCode=3, version=3)
    return made(
        schema.ModelT,
        version=3,
        operatorCodes=[code],
        subgraphs=[graph],
        buffers=[schema.BufferT(), *buffers],
    )


def convolution(*operands: int) -> Any:
    """CONV_2D of (input, kernel), into output."""
    return made(
        schema.OperatorT,
        inputs=list(operands[:2]),
        outputs=[operands[2]],
        builtinOptions=made(schema.Conv2DOptionsT, strideW=1, strideH=1),
        builtinOptionsType=schema.BuiltinOptions.Conv2DOptions,
    )


def activation(index: int) -> Any:
    """What flows between the convolutions, with a scale of its own."""
    name, shape = f"model/block_{index}/conv2d/Relu6", [1, 8, 8, CHANNELS]
    return tensor(name, shape, 0, [0.05 + index * 1e-6])


def kernel(index: int, side: int) -> Any:
    """A kernel with a scale for each output channel."""
    scales = [0.01 + 1e-4 * channel for channel in range(CHANNELS)]
    shape = [CHANNELS, side, side, CHANNELS]
    return tensor(f"model/block_{index}/conv2d/kernel", shape, index + 1, scales)


def tensor(name: str, shape: list[int], buffer: int, scales: list[float]) -> Any:
    """An int8 tensor."""
    quantization = made(schema.QuantizationParametersT, scale=scales, zeroPoint=[0] * len(scales))
    return made(
        schema.TensorT,
        name=name,
        shape=shape,
        type=schema.TensorType.INT8,
        buffer=buffer,
        quantization=quantization,
    )


def write(path: Path, model: Any) -> Path:
    """Pack a model into a file."""
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path
