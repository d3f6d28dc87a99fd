"""Models written by LiteRT's own schema classes and the FlatBuffers builder, never by our code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

ADD, CUSTOM = schema.BuiltinOperator.ADD, schema.BuiltinOperator.CUSTOM


def made(kind: type, **fields: Any) -> Any:
    """An object of a generated class, with the given fields set; a misspelt one is refused."""
    found = kind()
    for name, value in fields.items():
        assert hasattr(found, name), name
        setattr(found, name, value)
    return found


def tensor(name: str = "t", shape: Sequence[int] = (2,), **fields: Any) -> Any:
    """A tensor, float32 unless `type` says otherwise, that is no constant unless `buffer` does."""
    return made(schema.TensorT, name=name, shape=list(shape), **fields)


def operator(inputs: Sequence[int], outputs: Sequence[int], **fields: Any) -> Any:
    """An operator of the first operator code."""
    return made(schema.OperatorT, inputs=list(inputs), outputs=list(outputs), **fields)


def code(builtin: int = ADD, **fields: Any) -> Any:
    """An operator code, in both of its fields."""
    old = min(builtin, 127)
    fields = {"builtinCode": builtin, "deprecatedBuiltinCode": old, "version": 1} | fields
    return made(schema.OperatorCodeT, **fields)


def subgraph(tensors: Sequence[Any], operators: Sequence[Any] = (), **fields: Any) -> Any:
    """A subgraph; all but the last tensor are its inputs, unless `inputs` says otherwise."""
    last = len(tensors) - 1
    fields = {"inputs": list(range(last)), "outputs": [last] if tensors else []} | fields
    return made(schema.SubGraphT, tensors=[*tensors], operators=[*operators], **fields)


def buffer(data: bytes) -> Any:
    """A buffer; one without bytes is that of a tensor without values."""
    return made(schema.BufferT, data=list(data) or None)


def model(subgraphs: Sequence[Any], constants: Sequence[bytes] = (), **fields: Any) -> Any:
    """A model; buffer 0 is the empty one, so the first of the `constants` is buffer 1."""
    held = [buffer(data) for data in (b"", *constants)]
    fields = {"operatorCodes": [code()], "version": 3, "buffers": held} | fields
    return made(schema.ModelT, subgraphs=[*subgraphs], **fields)


def packed(found: Any) -> bytes:
    """The bytes of a model."""
    builder = flatbuffers.Builder()
    builder.Finish(found.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write(path: Path, found: Any) -> Path:
    """Write a model to a file."""
    path.write_bytes(packed(found))
    return path


def add_model(**fields: Any) -> Any:
    """One ADD of two inputs: `left`, `right` and their `sum`, each of two floats."""
    tensors = [tensor("left"), tensor("right"), tensor("sum")]
    return model([subgraph(tensors, [operator([0, 1], [2])])], **fields)
