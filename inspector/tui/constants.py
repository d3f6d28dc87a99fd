"""Which constants there are at a place of the model, and what their axes are called."""

from __future__ import annotations

from typing import NamedTuple

from inspector.errors import ModelError
from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.report.words import shape_of, type_text
from inspector.tui.arrays import Stored
from inspector.tui.places import Kind, Place
from inspector.tui.session import Session
from inspector.tui.survey import Survey
from inspector.weights.channels import stored_axes
from inspector.weights.decode import bias_quantization
from inspector.weights.operands import operand_name
from inspector.weights.trace import uses, way_back


class Constant(NamedTuple):
    """A tensor whose values the file holds: what its reader calls it, a letter for each axis.

    `axes` is empty where no letters are known. The quantisation of `tensor` is that which its
    reader takes it to have, if it lists none itself.
    """

    tensor: Tensor
    role: str
    axes: str

    @property
    def caption(self) -> str:
        """`kernel  t9  16×3×3×8 OHWI  int8`."""
        tensor = self.tensor
        words = [self.role, f"t{tensor.index}", shape_of(tensor)]
        words[-1] += f" {self.axes}" if self.axes else ""
        return "  ".join(filter(None, [*words, type_text(tensor)]))

    def source(self, session: Session, *, real: bool) -> Stored:
        """Its values, as they are stored or as real numbers."""
        return Stored(session.model, self.tensor, real=real)


def constants_at(session: Session, place: Place) -> list[Constant]:
    """The constant at a tensor's place, or those that an operator reads, weights first.

    Those behind DEQUANTIZE and DENSIFY count. None at a place that has no constants, or whose
    subgraph has not been read yet; what is damaged is left out.
    """
    survey = session.surveyed(place.subgraph)
    if survey is None:
        return []
    if place.kind is Kind.TENSOR:
        return [constant(survey, place.index)] if place.index in survey.part.constants else []
    operator = survey.operators.get(place.index) if place.kind is Kind.OPERATOR else None
    if operator is None:
        return []
    found: dict[int, Constant] = {}
    for number, index in enumerate(operator.inputs):
        stored = behind(survey, index)
        if stored in survey.part.constants:
            found.setdefault(stored, read_as(survey, stored, operator, number))
    weights = {tensor.index for tensor in survey.weights.by_operator.get(operator.index, ())}
    return sorted(found.values(), key=lambda each: each.tensor.index not in weights)


def behind(survey: Survey, index: int) -> int:
    """The tensor behind DEQUANTIZE and DENSIFY; the tensor itself where there are none."""
    if index < 0 or index in survey.part.constants:
        return index
    try:
        return way_back(survey.part.subgraph, index, survey.graph)[-1]
    except ModelError:
        return index


def constant(survey: Survey, index: int) -> Constant:
    """A constant as its first reader takes it."""
    try:
        readers = uses(survey.part.subgraph, index, survey.graph)
    except ModelError:
        readers = []
    for operator, operand in readers[:1]:
        if operator in survey.operators:
            return read_as(survey, index, survey.operators[operator], operand)
    return Constant(survey.part.tensors[index], "", "")


def read_as(survey: Survey, index: int, operator: Operator, operand: int) -> Constant:
    """A constant as an operand of an operator."""
    tensor = quantized(survey, survey.part.subgraph, survey.part.tensors[index])
    axes = stored_axes(operator, operand, len(tensor.shape))
    return Constant(tensor, operand_name(operator, operand), axes)


def quantized(survey: Survey, subgraph: Subgraph, tensor: Tensor) -> Tensor:
    """The tensor with the scales that its reader takes it to have, where it lists none."""
    try:
        found = tensor.quantization or bias_quantization(subgraph, tensor, survey.graph)
    except ModelError:
        found = None
    return tensor._replace(quantization=found) if found else tensor
