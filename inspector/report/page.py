"""The object of `tfli info` as a page to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inspector.report.records import Object
from inspector.report.tables import Column, Table, show
from inspector.report.text import bytes_text, count_text
from inspector.report.words import quantization_text, shape_text

MOST = 12
"""Rows of a section, so that the page stays one; `--json` and the listings have all."""

SUMMARY = (Column("", style="dim"), Column(""))
INTERFACE = (
    Column(""),
    Column("name", style="bold", least=12),
    Column("type"),
    Column("shape", least=8),
    Column("quantisation", least=14),
)
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
)
HISTOGRAM = (
    Column("operator", style="bold"),
    Column("count", "right"),
    Column("share", "right"),
    Column("MACs", "right"),
    Column("share", "right"),
)
METADATA = (Column("metadata", style="bold", least=16), Column("bytes", "right"))
WARNINGS = (Column("warnings", style="yellow"),)


def show_overview(found: Object) -> None:
    """Write the page to stdout: what is asked first comes first, empty sections are left out."""
    show(Table(SUMMARY, list(summary(found))))
    for table in sections(found):
        if table.rows:
            print()
            show(table)


def shortened(rows: list[list[str]]) -> list[list[str]]:
    """The rows, or the first of them and how many are left out."""
    left = len(rows) - MOST
    if left <= 1:
        return rows
    return [*rows[:MOST], ["…", f"{left} more", *[""] * (len(rows[0]) - 2)]]


def named(names: Iterable[str]) -> str:
    """A list of names, or the first of them and how many are left out."""
    first, rest = [*names][:MOST], [*names][MOST:]
    return ", ".join(first) + (f" … {len(rest)} more" if rest else "")


def summary(found: Object) -> Iterator[list[str]]:
    """The lines on top."""
    yield ["file", f"{found['file']} ({bytes_text(found['size'])})"]
    if found["description"]:
        yield ["description", found["description"]]
    types = found["weight_bytes_by_type"].items()
    by_type = ", ".join(f"{dtype} {bytes_text(count)}" for dtype, count in types)
    weighs = f" in {bytes_text(found['weight_bytes'])}: {by_type}" if by_type else ""
    yield ["parameters", f"{count_text(found['parameters'])}{weighs}"]
    yield ["MACs", f"{count_text(found['macs'])} multiply-accumulates a run"]
    precision = found["quantization"]
    yield ["precision", f"{precision['kind']} ({precision['told_by']})"]


def sections(found: Object) -> Iterator[Table]:
    """The tables below, in the order in which they are asked for."""
    inputs, outputs = interface(found["inputs"], "in"), interface(found["outputs"], "out")
    yield Table(INTERFACE, shortened(inputs) + shortened(outputs))
    yield Table(SIGNATURES, shortened([signature(item) for item in found["signatures"]]))
    if len(found["subgraphs"]) > 1:
        yield Table(SUBGRAPHS, shortened([subgraph(item) for item in found["subgraphs"]]))
    yield Table(HISTOGRAM, shortened(histogram(found["op_histogram"], found["macs_by_operator"])))
    yield Table(METADATA, [[name, f"{size:,}"] for name, size in found["metadata"].items()])
    yield Table(WARNINGS, [[warning] for warning in found["warnings"]])


def interface(tensors: list[Object], side: str) -> list[list[str]]:
    """A row for each input or output."""
    return [
        [
            side,
            tensor["name"],
            tensor["dtype"],
            shape_text(tensor["shape_signature"] or tensor["shape"]),
            quantization_text(tensor["quantization"]),
        ]
        for tensor in tensors
    ]


def signature(item: Object) -> list[str]:
    """The row of a signature."""
    return [item["key"], str(item["subgraph"]), named(item["inputs"]), named(item["outputs"])]


def subgraph(item: Object) -> list[str]:
    """The row of a subgraph."""
    sides = [str(len(item["inputs"])), str(len(item["outputs"]))]
    return [str(item["index"]), item["name"], str(item["operators"]), str(item["tensors"]), *sides]


def histogram(counts: dict[str, int], macs: dict[str, int]) -> list[list[str]]:
    """The operators by name, the commonest first, with their share of the work."""
    operators, work = sum(counts.values()), sum(macs.values())
    return [
        [
            name,
            str(count),
            share(count, operators),
            count_text(macs[name]) if macs.get(name) else "",
            share(macs[name], work) if macs.get(name) else "",
        ]
        for name, count in counts.items()
    ]


def share(part: int, whole: int) -> str:
    """A part of a whole in per cent: `12 %`, `<1 %`."""
    percent = 100 * part / whole
    return "<1 %" if percent < 0.5 else f"{percent:.0f} %"
