"""Forms of operators, many of each: types, ranks, shapes that broadcast, axes, steps, activations.

A module a family, with `VARIANTS`: the cases of each operator. All of an operator are written into
one model, so that a thousand forms cost what a hundred models do.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

from tests.one_operator import Case, Input, add_operand, add_tensor, set_options


def collected() -> dict[str, list[Case]]:
    """The cases of all modules, by operator."""
    found: dict[str, list[Case]] = {}
    for module in iter_modules(__path__):
        for operator, cases in import_module(f"{__name__}.{module.name}").VARIANTS.items():
            found.setdefault(operator, []).extend(cases)
    return found


def packed(cases: Sequence[Case], shapes: Sequence[tuple[int, ...]]) -> bytes:
    """A model of all cases of one operator, side by side; `shapes` are those of the outputs."""
    model, graph, code = schema.ModelT(), schema.SubGraphT(), schema.OperatorCodeT()
    model.version, model.buffers, graph.tensors = 3, [schema.BufferT()], []
    graph.inputs, graph.outputs, graph.operators, graph.name = [], [], [], b"main"
    code.builtinCode = getattr(schema.BuiltinOperator, cases[0].operator)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = max(case.version for case in cases)
    left = iter(shapes)
    for case in cases:
        operator = schema.OperatorT()
        operator.inputs = [add_operand(model, graph, operand) for operand in case.operands]
        pairs = zip(operator.inputs, case.operands, strict=True)
        graph.inputs += [tensor for tensor, operand in pairs if isinstance(operand, Input)]
        operator.outputs = [add_tensor(graph, next(left), kind, 0) for kind in kinds(case)]
        graph.outputs += operator.outputs
        set_options(operator, case)
        graph.operators.append(operator)
    if not graph.inputs:
        raise ValueError(f"no case of {cases[0].operator} has an input")
    model.operatorCodes, model.subgraphs = [code], [graph]
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def kinds(case: Case) -> Sequence[str]:
    """The types of a case's outputs."""
    first: Any = next(operand for operand in case.operands if operand is not None)
    return case.output_dtypes or [case.output_dtype or str(first.dtype)] * case.outputs
