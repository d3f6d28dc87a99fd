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
from inspector.report.records import Object, tensor_objects
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
from inspector.stats import Part, part_without_options

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
    Column("name", style="bold", least=8),
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
        chosen = [(part, tensor_objects(part, wanted, faults)) for part in parts]
        if as_json:
            found = [found for _, objects in chosen for found in objects]
            emit({"tensors": found, "warnings": faults})
        elif as_csv:
            write_csv((*PLAIN, *QUANTIZED), (csv_row(o) for _, objects in chosen for o in objects))
        else:
            show(Table(COLUMNS, [row(part, o) for part, objects in chosen for o in objects]))
        return exit_code(opened, faults)


def row(part: Part, found: Object) -> list[str]:
    """The cells of one tensor."""
    tensor = part.tensors[found["index"]]
    producer = found["producer"]
    return [
        address_text(part.subgraph, tensor.index),
        found["kind"],
        type_text(tensor),
        shape_of(tensor),
        bytes_text(found["bytes"]),
        "" if producer is None else str(producer),
        ", ".join(map(str, found["consumers"])),
        quantization_text(found["quantization"]) or range_text(found["range"]),
        tensor.name,
    ]


def csv_row(found: Object) -> list[object]:
    """The plain fields, then those of the quantisation, empty where there is none."""
    quantization = found["quantization"] or {}
    return [found[name] for name in PLAIN] + [quantization.get(name) for name in QUANTIZED]
