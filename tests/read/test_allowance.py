"""Small files whose tables share their parts so often that they would unfold to gigabytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

from inspector.errors import ModelError
from inspector.read.model import Model

MANY, LONG = 3000, 30_000
"""So many tables share a vector of that length: 90 million values, of a file of 200 kB."""


def vector(builder: Builder, place: int, count: int) -> int:
    """A vector of tables that are all the same one."""
    builder.StartVector(4, count, 4)
    for _ in range(count):
        builder.PrependUOffsetTRelative(place)
    return int(builder.EndVector())


def numbers(builder: Builder, dtype: type) -> int:
    """A long vector of zeros."""
    return int(builder.CreateNumpyVector(np.zeros(LONG, dtype)))


def tensor(builder: Builder, **fields: int) -> int:
    """A tensor with these fields, each the place of what it points to."""
    schema.TensorStart(builder)
    for name, place in fields.items():
        getattr(schema, f"TensorAdd{name}")(builder, place)
    return int(schema.TensorEnd(builder))


def operator(builder: Builder, **fields: int) -> int:
    """An operator with these fields."""
    schema.OperatorStart(builder)
    for name, place in fields.items():
        getattr(schema, f"OperatorAdd{name}")(builder, place)
    return int(schema.OperatorEnd(builder))


def model(builder: Builder, tensors: int, operators: int = 0, graphs: int = 1) -> bytes:
    """A model of so many times the same subgraph."""
    schema.OperatorCodeStart(builder)
    code = schema.OperatorCodeEnd(builder)
    schema.SubGraphStart(builder)
    schema.SubGraphAddTensors(builder, tensors)
    schema.SubGraphAddOperators(builder, operators)
    subgraphs = vector(builder, schema.SubGraphEnd(builder), graphs)
    codes = vector(builder, code, 1)
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddOperatorCodes(builder, codes)
    schema.ModelAddSubgraphs(builder, subgraphs)
    builder.Finish(schema.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def scales(builder: Builder) -> bytes:
    values = numbers(builder, np.float32)
    schema.QuantizationParametersStart(builder)
    schema.QuantizationParametersAddScale(builder, values)
    shared = schema.QuantizationParametersEnd(builder)
    return model(builder, vector(builder, tensor(builder, Quantization=shared), MANY))


def names(builder: Builder) -> bytes:
    shared = builder.CreateString("x" * LONG)
    return model(builder, vector(builder, tensor(builder, Name=shared), MANY))


def operands(builder: Builder) -> bytes:
    shared = operator(builder, Inputs=numbers(builder, np.int32))
    return model(builder, vector(builder, tensor(builder), 1), vector(builder, shared, MANY))


def subgraphs(builder: Builder) -> bytes:
    tensors = vector(builder, tensor(builder), LONG)
    return model(builder, tensors, graphs=MANY)


def options(builder: Builder) -> bytes:
    shape = numbers(builder, np.int32)
    schema.ReshapeOptionsStart(builder)
    schema.ReshapeOptionsAddNewShape(builder, shape)
    held = schema.ReshapeOptionsEnd(builder)
    kind = schema.BuiltinOptions.ReshapeOptions
    places = [operator(builder, BuiltinOptionsType=kind, BuiltinOptions=held) for _ in range(MANY)]
    builder.StartVector(4, MANY, 4)
    for place in places:
        builder.PrependUOffsetTRelative(place)
    operators = builder.EndVector()
    return model(builder, vector(builder, tensor(builder), 1), operators)


def read(found: Model) -> None:
    """Make and keep every record, and all options."""
    graphs = list(found.subgraphs)
    _ = [[*graph.tensors, *[o.options for o in graph.operators]] for graph in graphs]


@pytest.mark.parametrize("write", [scales, names, operands, subgraphs, options])
def test_what_is_made_of_a_file_does_not_outgrow_it(write: Callable[[Builder], bytes]) -> None:
    data = write(Builder())
    with pytest.raises(ModelError, match="made to exhaust memory"):
        read(Model(data, "model"))


def test_options_may_be_read_as_often_as_wanted(fixtures: Path) -> None:
    found: Any = Model((fixtures / "cnn.tflite").read_bytes(), "model")
    for _ in range(50):
        read(found)
