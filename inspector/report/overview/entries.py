"""The ways into the model: its signatures and its subgraphs."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.calls import Call, calls_of
from inspector.report.overview.section import Look, Section, named, shortened
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.stats import Part, noting

SIGNATURES = (
    Column("signature", style="bold", least=12),
    Column("subgraph", "right"),
    Column("inputs", least=16),
    Column("outputs", least=16),
)
SUBGRAPHS = (
    Column("subgraph", "right"),
    Column("name", style="bold", least=12),
    Column("operators", "right"),
    Column("tensors", "right"),
    Column("inputs", "right"),
    Column("outputs", "right"),
    Column("run by", least=12),
)


def fields(look: Look) -> Object:
    """All of them."""
    calls = [call for part in look.parts for call in calls_in(part)]
    return {
        "subgraphs": [subgraph_object(part, calls) for part in look.parts],
        "signatures": signatures(look),
    }


def calls_in(part: Part) -> Iterator[Call]:
    """The subgraphs that the operators of one run."""
    for operator in part.operators:
        yield from calls_of(operator, len(part.subgraph.model.subgraphs))


def subgraph_object(part: Part, calls: list[Call]) -> Object:
    """A subgraph: how many operators and tensors, which tensors go in and out, and who runs it."""
    graph = part.subgraph
    return {
        "index": graph.index,
        "name": graph.name,
        "operators": len(graph.operators),
        "tensors": len(graph.tensors),
        "inputs": list(graph.inputs),
        "outputs": list(graph.outputs),
        "called_by": [caller_object(call) for call in calls if call.subgraph == graph.index],
    }


def caller_object(call: Call) -> Object:
    """The operator that runs a subgraph, and what for."""
    operator = call.operator
    return {
        "subgraph": operator.subgraph,
        "operator": operator.index,
        "op": operator.name,
        "role": call.role,
    }


def signatures(look: Look) -> list[Object]:
    """The named entry points; arguments and results by name, as tensor indices of a subgraph."""
    with noting(look.faults):
        return [
            {
                "key": signature.key,
                "subgraph": signature.subgraph,
                "inputs": signature.inputs,
                "outputs": signature.outputs,
            }
            for signature in look.model.signatures
        ]
    return []


def tables(found: Object) -> Iterator[Table]:
    """The signatures; the subgraphs where there are several."""
    yield Table(SIGNATURES, shortened(signature_row(item) for item in found["signatures"]))
    if len(found["subgraphs"]) > 1:
        yield Table(SUBGRAPHS, shortened(subgraph_row(item) for item in found["subgraphs"]))


def signature_row(item: Object) -> list[str]:
    """The cells of a signature."""
    return [item["key"], str(item["subgraph"]), named(item["inputs"]), named(item["outputs"])]


def subgraph_row(item: Object) -> list[str]:
    """The cells of a subgraph."""
    sides = [str(len(item["inputs"])), str(len(item["outputs"]))]
    head = [str(item["index"]), item["name"], str(item["operators"]), str(item["tensors"])]
    return [*head, *sides, named(caller_text(caller) for caller in item["called_by"])]


def caller_text(caller: Object) -> str:
    """`0:5 WHILE body`: the address of an operator, its name and what the subgraph is to it."""
    return f"{caller['subgraph']}:{caller['operator']} {caller['op']} {caller['role']}"


SECTION = Section(fields, tables=tables)
