"""What the values of constants are like, in lines for the details.

It reads values, which takes a while, and imports NumPy: it is imported and called in a worker.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.errors import InspectorError, ModelError
from inspector.read.records import Tensor
from inspector.report.bars import bar_rows, short_number, sparkline
from inspector.report.statistics import facts, not_finite, percent, row
from inspector.report.text import counted
from inspector.tui.details import Line
from inspector.tui.places import Kind, Place, subgraph_at, tensor_at
from inspector.tui.session import Session
from inspector.tui.survey import Survey
from inspector.weights.channels import output_axis
from inspector.weights.decode import decode, real, scales_behind
from inspector.weights.layouts import Layout
from inspector.weights.measure import measure
from inspector.weights.operands import operand_name
from inspector.weights.slots import Slot, slots
from inspector.weights.statistics import Statistics, statistics

MOST = 1 << 24
"""Elements of a constant that is measured without being asked for: 64 MB as float32."""

SPARKLINE = 16
UNORDERED = "OSUc"


def measured_lines(session: Session, place: Place, width: int) -> list[Line]:
    """The statistics of a constant with its histogram, or a line for each of an operator's."""
    survey = session.surveyed(place.subgraph)
    if survey is None or place.kind not in (Kind.OPERATOR, Kind.TENSOR):
        return []
    tell = tensor_lines if place.kind is Kind.TENSOR else operator_lines
    return list(tell(session, survey, place, width))


def tensor_lines(session: Session, survey: Survey, place: Place, width: int) -> Iterator[Line]:
    """The page of one constant; nothing for a tensor that operators compute."""
    if place.index not in survey.part.constants:
        return
    tensor = survey.part.tensors[place.index]
    yield Line("", "values", style="heading")
    found = measurement(session, survey, tensor)
    if isinstance(found, str):
        yield Line("", found, style="dim")
        return
    for name, text in facts(tensor.shape, found):
        yield Line(name, text)
    if found.histogram:
        for drawn in bar_rows(found.histogram, width - 1, blocks=True):
            yield Line("", drawn, style="bar")


def operator_lines(session: Session, survey: Survey, place: Place, width: int) -> Iterator[Line]:
    """A line for each weight that an operator reads."""
    del width
    operator, headed = session.operator(place), False
    weights = {tensor.index for tensor in survey.weights.by_operator.get(place.index, ())}
    weights |= {*operator.inputs} & survey.weights.unpacked
    for number, index in enumerate(operator.inputs):
        tensor = survey.part.tensors.get(index)
        if index not in weights or tensor is None:
            continue
        if not headed:
            yield Line("", "values of the weights", style="heading")
            headed = True
        found = measurement(session, survey, tensor)
        text = found if isinstance(found, str) else summary(found)
        role = operand_name(operator, number)
        yield Line(role, text, tensor_at(place.subgraph, index))


def measurement(session: Session, survey: Survey, tensor: Tensor) -> Statistics | str:
    """What is measured of a constant, or why nothing is."""
    if abs(tensor.elements) > MOST:
        return f"{counted(tensor.elements, 'element')}: too many to be measured at a glance"
    model, graph = session.model, survey.part.subgraph
    try:
        values = real(model, graph, tensor.index, survey.graph)
        if values is None or values.dtype.kind in UNORDERED:
            return "its elements are no numbers that have an order"
        scales = scales_behind(model, graph, tensor.index, survey.graph)
        stored = decode(model, tensor) if scales and model.is_constant(tensor) else None
        axis = channels_axis(survey, tensor)
        return statistics(values, stored, scales if stored is not None else None, axis=axis)
    except InspectorError as error:
        return str(error)


def measured_weights(session: Session) -> Iterator[tuple[Place, list[str]]]:
    """Each weight of the model with the cells of `tfli weights --stats`, in execution order.

    What cannot be measured has the reason as its first cell.
    """
    for index in range(len(session.model.subgraphs)):
        survey = session.survey(index)
        if survey is None:
            continue
        try:
            found = slots(survey.part.subgraph, Layout.TFLITE, survey.graph)
        except ModelError as error:
            yield subgraph_at(index), [str(error), *[""] * 11]
            continue
        for slot in found:
            if isinstance(slot, Slot) and slot.tensor.index in survey.part.constants:
                yield tensor_at(index, slot.tensor.index), weight_cells(session, survey, slot)


def weight_cells(session: Session, survey: Survey, slot: Slot) -> list[str]:
    """The cells of one weight."""
    if abs(slot.tensor.elements) > MOST:
        return [f"{slot.key}: too large to be measured here", *[""] * 11]
    try:
        found = measure(session.model, slot, survey.graph)
    except InspectorError as error:
        return [f"{slot.key}: {error}", *[""] * 11]
    return row((slot.key, slot.tensor.shape, found), blocks=True)


def channels_axis(survey: Survey, tensor: Tensor) -> int | None:
    """The axis that counts outputs, as the first operator that reads the constant has it."""
    readers = survey.graph.consumers[tensor.index]
    reader = survey.operators.get(readers[0]) if readers else None
    if reader is None or len(tensor.shape) < 2:
        return None
    return output_axis(reader, reader.inputs.index(tensor.index), len(tensor.shape))


def summary(found: Statistics) -> str:
    """Ends, mean, deviation, zeros and a small histogram."""
    moments = found.moments
    words = [f"{short_number(moments.minimum, 3)} … {short_number(moments.maximum, 3)}"]
    words.append(f"mean {short_number(moments.mean, 2)}")
    words.append(f"std {short_number(moments.std, 2)}")
    if moments.zeros:
        words.append(f"{percent(moments.zeros, found.elements)} zeros")
    bars = sparkline(found.histogram, SPARKLINE, blocks=True) if found.histogram else ""
    return "  ".join([*words, bars]) + not_finite(found)
