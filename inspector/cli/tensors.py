"""`tfli tensors`: the tensors of a model, as the file numbers them."""

from __future__ import annotations

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
from inspector.graph import NOBODY
from inspector.read.records import Tensor
from inspector.report.records import (
    Context,
    Object,
    kind,
    of_tensors,
    quantization_object,
    range_object,
    size,
    tensor_object,
)
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show, write_csv
from inspector.report.text import bytes_text
from inspector.report.words import (
    address_text,
    quantization_text,
    range_text,
    shape_of,
    type_text,
)
from inspector.stats import part_without_options

Filter = Annotated[
    str | None, typer.Option("--filter", metavar="GLOB", help="Only tensors of this name.")
]
COLUMNS = (
    Column("#", "right", "dim"),
    Column("kind"),
    Column("type"),
    Column("shape", least=8),
    Column("bytes", "right"),
    Column("from", "right"),
    Column("to", least=4),
    Column("quantisation", least=8),
    Column("name", style="bold", least=8, names=True),
)
ADDRESS = ("subgraph", "index", "name", "dtype", "shape", "shape_signature", "kind")
PLAIN = (*ADDRESS, "buffer", "bytes", "producer", "consumers")
QUANTIZED = ("scale", "zero_point", "dimension", "block_size")


def command(
    model: ModelPath,
    pattern: Filter = None,
    subgraph: OnlySubgraph = None,
    as_csv: AsCsv = False,
    as_json: AsJson = False,
) -> int:
    """List the tensors: kind, type, shape, size, who makes and reads each, quantisation.

    `from` is the operator that makes a tensor, `to` are those that read it. The bytes are those in
    the file for a constant, and those in memory for any other. What is damaged is told on stderr,
    the rest is listed, and the exit code is 2.

    Examples:

        tfli tensors mobilenet.tflite
        tfli tensors mobilenet.tflite --filter '*weights*'
        tfli tensors mobilenet.tflite --csv > tensors.csv
    """
    one_format(as_csv=as_csv, as_json=as_json)
    with open_model(model) as opened:
        parts, faults = chosen_parts(opened, subgraph, part_without_options)
        wanted = matcher(pattern)
        if as_json or as_csv:
            found = [o for part in parts for o in of_tensors(tensor_object, part, wanted, faults)]
        if as_json:
            emit({"tensors": found, "warnings": faults})
        elif as_csv:
            write_csv((*PLAIN, *QUANTIZED), map(csv_row, found))
        else:
            cells = [row for part in parts for row in of_tensors(tensor_row, part, wanted, faults)]
            show(Table(COLUMNS, cells))
        return exit_code(opened, faults)


def tensor_row(tensor: Tensor, context: Context) -> list[str]:
    """The cells of one tensor. Raises `ModelError`."""
    graph, index = context.part.subgraph, tensor.index
    producer = context.graph.producer[index]
    scales = quantization_text(quantization_object(tensor.quantization))
    return [
        address_text(graph, index),
        kind(tensor, context),
        type_text(tensor),
        shape_of(tensor),
        bytes_text(size(tensor, context.part)),
        "" if producer == NOBODY else str(producer),
        ", ".join(map(str, context.graph.consumers[index])),
        scales or range_text(range_object(graph.model.value_range(tensor))),
        tensor.name,
    ]


def csv_row(found: Object) -> list[object]:
    """The plain fields, then those of the quantisation, empty where there is none."""
    quantization = found["quantization"] or {}
    return [found[name] for name in PLAIN] + [quantization.get(name) for name in QUANTIZED]
