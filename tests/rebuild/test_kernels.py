"""The list of the interpreter's kernels is the interpreter's own."""

from __future__ import annotations

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from rebuild.translate.kernels import BUILTIN

BEYOND = 24
"""Newer than the newest version of any operator."""

NO_OPERATORS = {"CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES"}
NAMES = sorted({name for name in vars(schema.BuiltinOperator) if name.isupper()} - NO_OPERATORS)


def test_there_are_as_many_as_litert_registers() -> None:
    assert len(BUILTIN) == 172


@pytest.mark.parametrize("names", [NAMES[part::4] for part in range(4)])
def test_each_version_has_a_kernel_where_the_list_says_so(names: list[str]) -> None:
    found = {name: [v for v in range(1, BEYOND) if has_kernel(name, v)] for name in names}
    assert found == {name: list(BUILTIN.get(name, ())) for name in names}


def has_kernel(name: str, version: int) -> bool:
    """Whether the interpreter takes a model that names the operator, and does not use it."""
    model, code, graph = schema.ModelT(), schema.OperatorCodeT(), schema.SubGraphT()
    code.builtinCode, code.version = getattr(schema.BuiltinOperator, name), version
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    graph.tensors, graph.inputs, graph.outputs, graph.operators = [], [], [], []
    model.version, model.buffers = 3, [schema.BufferT()]
    model.operatorCodes, model.subgraphs = [code], [graph]
    builder = flatbuffers.Builder(256)
    builder.Finish(model.Pack(builder), b"TFL3")
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    try:
        Interpreter(model_content=bytes(builder.Output()), experimental_op_resolver_type=kernels)
    except ValueError as error:
        assert "Didn't find op" in str(error)
        return False
    return True
