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
    chosen_parts,
    exit_code,
    matcher,
    one_format,
    open_model,
)
from inspector.macs import macs
from inspector.read.records import Operator, Tensor
from inspector.report.records import Object, operator_object
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show, write_csv
from inspector.report.text import count_text
from inspector.report.words import address_text, options_text, shape_of
from inspector.stats import Part, noting, parameters, sound_part, weights_of

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
    Column("output name", style="dim", least=12, spare=True, names=True),
)
HEADINGS = ("subgraph", "index", "op", "version", "custom", "inputs", "outputs", "options", "macs")


def command(
    model: ModelPath,
    pattern: Filter = None,
    subgraph: OnlySubgraph = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> int:
    """List the operators: shapes, options, multiply-accumulates (MACs), parameters.

    Constants are left out of the shapes; --json gives all operands, as tensor indices. `body→2`
    among the options is a subgraph that the operator runs. What is damaged is told on stderr, the
    rest is listed, and the exit code is 2.

    Examples:

        tfli ops mobilenet.tflite
        tfli ops mobilenet.tflite --filter 'CONV*'
        tfli ops mobilenet.tflite --json | jq '.ops[].op'
    """
    one_format(as_csv=as_csv, as_json=as_json)
    with open_model(model) as opened:
        parts, faults = chosen_parts(opened, subgraph, sound_part)
        wanted = matcher(pattern)
        chosen = [(part, [op for op in part.operators if fits(op, part, wanted)]) for part in parts]
        if as_json:
            emit({"ops": objects(chosen, faults), "warnings": faults})
        elif as_csv:
            listed = objects(chosen, faults)
            write_csv(HEADINGS, ([found[heading] for heading in HEADINGS] for found in listed))
        else:
            cells = [row for part, operators in chosen for row in rows(part, operators)]
            show(Table(COLUMNS, cells))
        return exit_code(opened, faults)


def objects(chosen: Chosen, faults: list[str]) -> list[Object]:
    """The operators as objects; one that turns out to be damaged is added to the `faults`."""
    found: list[Object] = []
    for part, operators in chosen:
        for operator in operators:
            with noting(faults):
                found.append(operator_object(operator, part))
    return found


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
            options_text(part.options[operator.index]),
            "" if cost is None else count_text(cost),
            count_text(weighed) if weighed else "",
            ", ".join(tensor.name for tensor in outputs(operator, part)),
        ]


def shapes(operator: Operator, part: Part, unpacked: frozenset[int]) -> str:
    """`1×128×128×3 → 1×64×64×8`: what flows in and out."""
    known = [i for i in operator.inputs if i in part.tensors and i not in unpacked]
    read = [part.tensors[i] for i in known if i not in part.constants]
    flowing = ", ".join(map(shape_of, read))
    made = ", ".join(shape_of(tensor) for tensor in outputs(operator, part))
    return f"{flowing} → {made}".strip()


def outputs(operator: Operator, part: Part) -> list[Tensor]:
    """The tensors that the operator writes, and that can be read."""
    return [part.tensors[index] for index in operator.outputs if index in part.tensors]
