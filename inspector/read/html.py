"""Records as HTML tables, for notebooks. Every text goes through `cell`, which escapes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from inspector.errors import ModelError
from inspector.read.display import brief, scales, sizes, sound
from inspector.read.records import Operator, Tensor
from inspector.read.sequence import Records

if TYPE_CHECKING:
    from inspector.read.model import Model, Subgraph

MOST = 50
"""Rows of a table."""

LONGEST = 160
"""Characters of a cell."""

OPERATORS = ("#", "operator", "inputs", "outputs", "options")
TENSORS = ("#", "name", "type", "shape", "buffer", "quantisation")


def cell(value: object) -> str:
    """A value as the text of a cell: cut, its invisible characters spelled, its markup escaped."""
    text = str(value)
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return escape(text)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """An HTML table; nothing in it is taken for markup."""
    head = "".join(f"<th>{cell(heading)}</th>" for heading in headings)
    body = "".join(
        f"<tr>{''.join(f'<td>{cell(value)}</td>' for value in row)}</tr>" for row in rows
    )
    title = f"<caption>{cell(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def model_html(model: Model) -> str:
    """The model in a line, its subgraphs and its signatures."""
    found = [records_html(model.subgraphs, "subgraph")]
    try:
        signatures = [repr(signature) for signature in model.signatures[:MOST]]
    except ModelError as error:
        signatures = [f"<damaged: {error}>"]
    if signatures:
        found.append(table(("signature",), [[line] for line in signatures]))
    return f"<p>{cell(repr(model))}</p>" + "".join(found)


def subgraph_html(graph: Subgraph) -> str:
    """The subgraph in a line, and its first operators."""
    return f"<p>{cell(repr(graph))}</p>{records_html(graph.operators, 'operator')}"


def records_html(records: Records[Any], what: str) -> str:
    """The first records as a table; those that are no tensors or operators a line each."""
    shown = list(sound(records, MOST))
    left = len(records) - len(shown)
    caption = f"the first {len(shown)} of {len(records)}" if left else ""
    if what.endswith("operator"):
        return table(OPERATORS, map(operator_row, shown), caption)
    if what.endswith("tensor"):
        return table(TENSORS, map(tensor_row, shown), caption)
    return table((what,), [[item if isinstance(item, str) else repr(item)] for item in shown])


def operator_row(found: Operator | str) -> list[object]:
    """The cells of an operator; of a damaged one what is wrong with it."""
    if isinstance(found, str):
        return ["", found]
    graph = found.model.subgraphs[found.subgraph]
    ins, outs = (
        ", ".join(brief(graph, index) for index in side) for side in (found.inputs, found.outputs)
    )
    return [found.index, found.name, ins, outs, options_text(found)]


def options_text(operator: Operator) -> str:
    """The options as `name=value`."""
    try:
        options = operator.options
    except ModelError as error:
        return f"<damaged: {error}>"
    return ", ".join(f"{name}={value}" for name, value in options.items())


def tensor_row(found: Tensor | str) -> list[object]:
    """The cells of a tensor; of a damaged one what is wrong with it."""
    if isinstance(found, str):
        return ["", found]
    quantization = scales(found.quantization) if found.quantization else ""
    buffer = found.external_buffer or found.buffer or ""
    return [found.index, found.name, found.dtype, sizes(found), buffer, quantization]


def tensor_html(tensor: Tensor) -> str:
    """One tensor."""
    return table(TENSORS, [tensor_row(tensor)])


def operator_html(operator: Operator) -> str:
    """One operator."""
    return table(OPERATORS, [operator_row(operator)])
