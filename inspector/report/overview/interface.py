"""The inputs and outputs of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from inspector.read.model import Subgraph
from inspector.report.overview.section import Look, Section, shortened
from inspector.report.records import Object, interface_object
from inspector.report.tables import Column, Table
from inspector.report.words import quantization_text, shape_text

COLUMNS = (
    Column(""),
    Column("name", style="bold", least=12, names=True),
    Column("type"),
    Column("shape", least=8),
    Column("quantisation", least=14),
)


def fields(look: Look) -> Object:
    """Both sides of the primary subgraph."""
    return {
        "inputs": side(look, lambda graph: graph.inputs),
        "outputs": side(look, lambda graph: graph.outputs),
    }


def side(look: Look, indices: Callable[[Subgraph], tuple[int, ...]]) -> list[Object]:
    """The tensors at one side of the primary subgraph, which is the first."""
    primary = [part for part in look.parts if part.subgraph.index == 0]
    return [
        interface_object(tensor)
        for part in primary
        for tensor in map(part.tensors.get, indices(part.subgraph))
        if tensor
    ]


def tables(found: Object) -> Iterator[Table]:
    """One table of both."""
    ins, outs = rows(found["inputs"], "in"), rows(found["outputs"], "out")
    yield Table(COLUMNS, shortened(ins) + shortened(outs))


def rows(tensors: list[Object], label: str) -> list[list[str]]:
    """A row for each input or output."""
    return [
        [
            label,
            tensor["name"],
            tensor["dtype"],
            shape_text(tensor["shape_signature"] or tensor["shape"]),
            quantization_text(tensor["quantization"]),
        ]
        for tensor in tensors
    ]


SECTION = Section(fields, tables=tables)
