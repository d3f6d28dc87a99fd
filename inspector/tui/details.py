"""What the details say of an operator, a tensor, a group or a subgraph: lines of text.

No line has been made printable, and none is markup: whoever shows one does the first and must not
parse it. A line with a `target` leads there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from inspector.calls import calls_of
from inspector.errors import ModelError
from inspector.graph import NOBODY
from inspector.read.records import Operator, Tensor
from inspector.report.records import quantization_object
from inspector.report.text import bytes_text, cells, count_text, counted, cut_name, printable
from inspector.report.words import option_pairs, quantization_text, shape_of, type_text
from inspector.tui.places import Kind, Place, operator_at, subgraph_at, tensor_at
from inspector.tui.session import Session
from inspector.tui.survey import Cost, Survey
from inspector.weights.operands import OPERANDS, operand_name

NAME = 60
"""Columns of a name among other things; a tensor's own details have it whole."""

MANY = 30
"""Neighbours, or arguments of a graph, that are listed; of more, it is said how many are left."""


class Line(NamedTuple):
    """A label and a text, of which one may be empty; `style` is "", heading, dim or warning."""

    label: str
    text: str = ""
    target: Place | None = None
    style: str = ""


def details_of(session: Session, place: Place) -> list[Line]:
    """What there is to say of a place; what cannot be read of it is said to be so."""
    tell: dict[Kind, Callable[[Session, Place], Iterator[Line]]] = {
        Kind.OPERATOR: of_operator,
        Kind.TENSOR: of_tensor,
        Kind.GROUP: of_group,
        Kind.SUBGRAPH: of_subgraph,
    }
    if not session.model.subgraphs:
        return [Line("", "the model has no subgraph", style="warning")]
    lines: list[Line] = []
    try:
        lines.extend(tell[place.kind](session, place))
    except ModelError as error:
        lines.append(Line("", f"cannot be read: {error}", style="warning"))
    return lines


def label(session: Session, place: Place, width: int) -> str:
    """An operator or tensor in a line: `#17  CONV_2D  block_5_expand`, `t5  name  int8 1×8`.

    Names are cut so that it takes `width` columns; it is printable.
    """
    survey = session.surveyed(place.subgraph)
    prefix = f"{place.subgraph}:" if len(session.model.subgraphs) > 1 else ""
    try:
        if place.kind is Kind.TENSOR:
            tensor = session.tensor(place)
            before, name = f"{prefix}t{tensor.index}  ", tensor.name
            behind = f"  {type_text(tensor)} {shape_of(tensor)}"
        else:
            operator = session.operator(place)
            before, behind = f"{prefix}#{operator.index}  {printable(operator.name)}  ", ""
            name = survey.names.get(place.index, "") if survey else ""
    except ModelError:
        return f"{place.address} is damaged"
    return before + cut_name(printable(name), max(1, width - cells(before + behind))) + behind


def of_operator(session: Session, place: Place) -> Iterator[Line]:
    """An operator: what it is, whom it is joined with, what it is set to, what it reads and gives.

    Raises `ModelError`.
    """
    if session.count(place.subgraph, Kind.OPERATOR) == 0:
        yield from of_subgraph(session, subgraph_at(place.subgraph))
        return
    operator, survey = session.operator(place), session.surveyed(place.subgraph)
    yield heading(f"#{operator.index} {operator.name}")
    if survey and place.index in survey.names:
        yield Line("layer", survey.names[place.index])
    if survey:
        yield from cost_lines(survey.costs.get(place.index, Cost()), survey.total)
        yield from edge_lines(survey, operator)
    yield from call_lines(session, operator)
    yield from attribute_lines(operator)
    yield from operand_lines(session, operator, operator.inputs, "inputs")
    yield from operand_lines(session, operator, operator.outputs, "outputs")
    if operator.intermediates:
        yield from operand_lines(session, operator, operator.intermediates, "intermediates")


def heading(text: str) -> Line:
    """The title of a section."""
    return Line("", text, style="heading")


def cost_lines(cost: Cost, total: Cost) -> Iterator[Line]:
    """Parameters and multiply-accumulates, and their shares of the subgraph's."""
    pairs = (("params", cost.parameters, total.parameters), ("MACs", cost.macs, total.macs))
    for label, part, whole in pairs:
        if part:
            yield Line(label, f"{count_text(part)}  {100 * part / whole:.3g} %")


def edge_lines(survey: Survey, operator: Operator) -> Iterator[Line]:
    """The operators that make what this one reads, and those that read what it gives."""
    graph = survey.graph
    before = dict.fromkeys(graph.producer[i] for i in operator.inputs if i >= 0)
    before.pop(NOBODY, None)
    after = dict.fromkeys(k for i in operator.outputs if i >= 0 for k in graph.consumers[i])
    subgraph = survey.part.subgraph
    ends = (
        ("from", before, operator.inputs, subgraph.inputs, "an input of the subgraph"),
        ("to", after, operator.outputs, subgraph.outputs, "an output of the subgraph"),
    )
    for side, indices, own, of_graph, text in ends:
        yield from neighbour_lines(survey, side, list(indices))
        at_ends = {*of_graph} - {-1}
        for index in [i for i in dict.fromkeys(own) if i in at_ends][:MANY]:
            target = tensor_at(operator.subgraph, index)
            yield Line(side, f"{text}, {tensor_name(survey, index)}", target)


def neighbour_lines(survey: Survey, label: str, indices: list[int]) -> Iterator[Line]:
    """A line for each of some operators that an edge leads to."""
    subgraph = survey.part.subgraph.index
    for index in indices[:MANY]:
        operator = survey.operators.get(index)
        kind = operator.name if operator else "damaged"
        text = f"#{index} {kind}  {survey.names.get(index, '')}"
        yield Line(label, text, operator_at(subgraph, index))
    if len(indices) > MANY:
        yield Line(label, f"… {len(indices) - MANY:,} more", style="dim")


def tensor_name(survey: Survey, index: int) -> str:
    """The name of a tensor, or that it is damaged."""
    tensor = survey.part.tensors.get(index)
    return (tensor.name or "(no name)") if tensor else "a damaged tensor"


def call_lines(session: Session, operator: Operator) -> Iterator[Line]:
    """The subgraphs that an operator runs."""
    for call in calls_of(operator, len(session.model.subgraphs)):
        graph = session.subgraph(call.subgraph)
        text = f"subgraph {call.subgraph} {graph.name if graph else ''}"
        yield Line(call.role, text, subgraph_at(call.subgraph))


def attribute_lines(operator: Operator) -> Iterator[Line]:
    """The options that shape the computation, each on a line."""
    pairs = option_pairs(operator.options)
    if pairs or operator.version > 1 or operator.custom:
        yield heading("attributes")
    for name, text in pairs:
        yield Line(name, text)
    if operator.custom:
        yield Line("custom", "yes")
    if operator.version > 1:
        yield Line("version", str(operator.version))


def operand_lines(
    session: Session, operator: Operator, indices: Iterable[int], what: str
) -> Iterator[Line]:
    """A line for each operand: its role, shape, type and quantisation; it leads to the tensor."""
    yield heading(what)
    tensors = session.model.subgraphs[operator.subgraph].tensors
    for number, index in enumerate(indices):
        role = role_of(operator, number) if what == "inputs" else str(number)
        if index < 0:
            yield Line(role, "left out", style="dim")
            continue
        target = tensor_at(operator.subgraph, index)
        try:
            yield Line(role, operand_text(session, tensors[index]), target)
        except ModelError as error:
            yield Line(role, f"cannot be read: {error}", target, "warning")


def role_of(operator: Operator, number: int) -> str:
    """What an operator's input is called: `input` where it is the only one."""
    alone = len(operator.inputs) == 1 and operator.name not in OPERANDS
    return "input" if alone else operand_name(operator, number)


def operand_text(session: Session, tensor: Tensor) -> str:
    """`1×8×8×16 int8  0.05 × q  t17 name`."""
    words = [f"{shape_of(tensor)} {type_text(tensor)}"]
    words += [quantization_text(quantization_object(tensor.quantization))]
    words += [f"buffer {tensor.buffer}" if session.model.is_constant(tensor) else ""]
    words += [f"t{tensor.index} {cut_name(tensor.name, NAME)}"]
    return "  ".join(filter(None, words))


def of_tensor(session: Session, place: Place) -> Iterator[Line]:
    """A tensor: its type, shape, place and quantisation, who makes and who reads it.

    Raises `ModelError`.
    """
    tensor, survey = session.tensor(place), session.surveyed(place.subgraph)
    yield heading(f"tensor {tensor.index}")
    yield Line("name", tensor.name or "(none)")
    yield Line("type", type_text(tensor))
    yield Line("shape", f"{shape_of(tensor)}  {counted(abs(tensor.elements), 'element')}")
    if tensor.is_variable:
        yield Line("variable", "keeps its value from run to run")
    if survey:
        producer = survey.graph.producer[tensor.index]
        yield from neighbour_lines(survey, "made by", [producer] if producer != NOBODY else [])
        yield from neighbour_lines(survey, "read by", list(survey.graph.consumers[tensor.index]))
        graph = survey.part.subgraph
        for ends, what in ((graph.inputs, "an input"), (graph.outputs, "an output")):
            if tensor.index in ends:
                yield Line("also", f"{what} of the subgraph")
    yield from storage_lines(session, tensor)
    yield from quantization_lines(tensor)


def storage_lines(session: Session, tensor: Tensor) -> Iterator[Line]:
    """Where a constant's values lie, or how much memory the tensor takes."""
    if tensor.external_buffer:
        found = session.model.external_buffer(tensor)
        yield Line("values", f"{bytes_text(found.length)} in {found.group}, byte {found.offset:,}")
    elif session.model.is_constant(tensor):
        offset, length = session.model.buffer_extent(tensor.buffer)
        yield Line("values", f"{bytes_text(length)} in buffer {tensor.buffer}, byte {offset:,}")
    else:
        yield Line("memory", bytes_text(abs(tensor.nbytes)))


def quantization_lines(tensor: Tensor) -> Iterator[Line]:
    """How its integers stand for real numbers."""
    if tensor.quantization is None:
        return
    yield Line("quantisation", quantization_text(quantization_object(tensor.quantization)))
    scales = tensor.quantization.scale
    if len(scales) > 1:
        yield Line("scales", f"{min(scales):.4g} … {max(scales):.4g}")
        zeros = set(tensor.quantization.zero_point)
        yield Line("zero points", ", ".join(map(str, sorted(zeros)[:8])) or "none")


def of_group(session: Session, place: Place) -> Iterator[Line]:
    """A group of the outline: how many operators of which kinds, and what they cost."""
    survey, outline = session.surveyed(place.subgraph), session.outline(place.subgraph)
    if survey is None or place.index >= len(outline.groups):
        return
    group = outline.groups[place.index]
    yield heading(group.label)
    yield Line("operators", f"{group.operators:,}")
    yield from cost_lines(group.cost, survey.total)
    inside = {*outline.operators_in(group)}
    kinds: dict[str, int] = {}
    for index in inside & survey.operators.keys():
        name = survey.operators[index].name
        kinds[name] = kinds.get(name, 0) + 1
    yield heading("holds")
    for name, count in sorted(kinds.items(), key=lambda pair: -pair[1]):
        yield Line(f"{count:,}", name)
    yield from group_edges(survey, inside)


def group_edges(survey: Survey, inside: set[int]) -> Iterator[Line]:
    """The operators outside of a group that edges lead to."""
    graph = survey.graph
    before: dict[int, None] = {}
    after: dict[int, None] = {}
    for index in sorted(inside & survey.operators.keys()):
        operator = survey.operators[index]
        before.update(dict.fromkeys(graph.producer[i] for i in operator.inputs if i >= 0))
        for i in operator.outputs:
            after.update(dict.fromkeys(graph.consumers[i] if i >= 0 else ()))
    outside = ([k for k in found if k not in inside and k != NOBODY] for found in (before, after))
    yield heading("joined with")
    for label, indices in zip(("from", "to"), outside, strict=True):
        yield from neighbour_lines(survey, label, indices)


def of_subgraph(session: Session, place: Place) -> Iterator[Line]:
    """A subgraph: its size, its inputs and outputs. Raises `ModelError`."""
    graph = session.model.subgraphs[place.subgraph]
    yield heading(f"subgraph {graph.index}")
    yield Line("name", graph.name or "(none)")
    yield Line("operators", f"{len(graph.operators):,}")
    yield Line("tensors", f"{len(graph.tensors):,}")
    survey = session.surveyed(place.subgraph)
    if survey:
        yield from cost_lines(survey.total, survey.total)
    for call in session.callers(place.subgraph):
        text = f"{call.role} of #{call.operator.index} {call.operator.name}"
        yield Line("run by", text, operator_at(call.operator.subgraph, call.operator.index))
    if len(graph.operators):
        yield Line("begins with", f"#0 {graph.operators[0].name}", operator_at(graph.index, 0))
    for what, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        yield heading(what)
        for number, index in enumerate(indices[:MANY]):
            text = operand_text(session, graph.tensors[index])
            yield Line(str(number), text, tensor_at(graph.index, index))
        if len(indices) > MANY:
            yield Line("", f"… {len(indices) - MANY:,} more", style="dim")
