"""`tfli ops`: the operators of a model, in execution order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from inspector.cli.common import (
    AsCsv,
    AsJson,
    ModelPath,
    OnlySubgraph,
    chosen_subgraphs,
    matcher,
    one_format,
    open_model,
)
from inspector.macs import macs
from inspector.read.records import Operator, Tensor
from inspector.report.records import operator_object
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show, write_csv
from inspector.report.text import count_text
from inspector.report.words import address_text, options_text, shape_of
from inspector.stats import Part, parameters, part_of, weights_of

Chosen = list[tuple[Part, list[Operator]]]
Filter = Annotated[
    str | None,
    typer.Option("--filter", metavar="GLOB", help="Only this operator, or outputs of this name."),
]
COLUMNS = (
    Column("#", "right", "dim"),
    Column("operator", style="bold"),
    Column("inputs → outputs", least=22),
    Column("options", least=8),
    Column("MACs", "right"),
    Column("params", "right"),
    Column("output name", style="dim", least=6),
)
HEADINGS = ("subgraph", "index", "op", "version", "custom", "inputs", "outputs", "options", "macs")


def command(
    model: ModelPath,
    pattern: Filter = None,
    subgraph: OnlySubgraph = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> None:
    """List the operators: shapes, options, multiply-accumulates (MACs), parameters.

    Constants are left out of the shapes; --json gives all operands, as tensor indices.

    Examples:

        tfli ops mobilenet.tflite
        tfli ops mobilenet.tflite --filter 'CONV*'
        tfli ops mobilenet.tflite --json | jq '.ops[].op'
    """
    one_format(as_csv=as_csv, as_json=as_json)
    with open_model(model) as opened:
        parts = [part_of(graph) for graph in chosen_subgraphs(opened, subgraph)]
        wanted = matcher(pattern)
        chosen = [(part, [op for op in part.operators if fits(op, part, wanted)]) for part in parts]
        if not as_csv and not as_json:
            show(
                Table(COLUMNS, [row for part, operators in chosen for row in rows(part, operators)])
            )
            return
        found = [operator_object(op, part) for part, operators in chosen for op in operators]
        if as_json:
            emit({"ops": found})
        else:
            write_csv(HEADINGS, ([found[heading] for heading in HEADINGS] for found in found))


def fits(operator: Operator, part: Part, wanted: Callable[[str], object]) -> bool:
    """Whether the operator's name, or that of one of its outputs, is wanted."""
    return any(wanted(name) for name in (operator.name, *(t.name for t in outputs(operator, part))))


def rows(part: Part, operators: list[Operator]) -> Iterator[list[str]]:
    """The cells of each operator."""
    weights = weights_of(part)
    for operator in operators:
        cost = macs(operator, part.tensors)
        weighed = parameters(weights.by_operator.get(operator.index, ()))
        yield [
            address_text(part.subgraph, operator.index),
            operator.name,
            shapes(operator, part, weights.unpacked),
            options_text(operator.options),
            "" if cost is None else count_text(cost),
            count_text(weighed) if weighed else "",
            ", ".join(tensor.name for tensor in outputs(operator, part)),
        ]


def shapes(operator: Operator, part: Part, unpacked: frozenset[int]) -> str:
    """`1×128×128×3 → 1×64×64×8`: what flows in and out."""
    is_constant = part.subgraph.model.is_constant
    read = [part.tensors[i] for i in operator.inputs if i >= 0 and i not in unpacked]
    flowing = ", ".join(shape_of(tensor) for tensor in read if not is_constant(tensor))
    made = ", ".join(shape_of(tensor) for tensor in outputs(operator, part))
    return f"{flowing} → {made}".strip()


def outputs(operator: Operator, part: Part) -> list[Tensor]:
    """The tensors that the operator writes."""
    return [part.tensors[index] for index in operator.outputs if index >= 0]
