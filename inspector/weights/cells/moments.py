"""One time of sequences, taken out of them: which, and of what tensor."""

from __future__ import annotations

from typing import NamedTuple

from inspector.read.records import Operator
from inspector.weights.cells.algebra import Algebra

TIME_AXES = (0, 1)
"""Of three axes, those along which time may run; the last are the features."""


class Moment(NamedTuple):
    """Number `place` of `length` along an axis of a tensor."""

    tensor: int
    axis: int
    place: int
    length: int


class Taking(NamedTuple):
    """An operator whose output `tensor` may be one time along an axis of its input."""

    algebra: Algebra
    operator: Operator
    tensor: int
    axis: int

    @property
    def output(self) -> int:
        """Which of the operator's outputs it is."""
        return self.operator.outputs.index(self.tensor)

    def is_along(self) -> bool:
        """Whether the operator's own option names the axis."""
        named: int = self.operator.options.get("axis", 0)
        return named % 3 == self.axis


def moment(algebra: Algebra, tensor: int) -> Moment | None:
    """Which moment of which sequences a tensor is, [batch, inputs] or with an axis of 1."""
    operator = algebra.producer(tensor)
    if operator is None or operator.name not in TAKING:
        return None
    source = operator.inputs[1 if operator.name == "SPLIT" else 0]
    shape = algebra.shape(source)
    if len(shape) != 3:
        return None
    for axis in TIME_AXES:
        before, after = shape[:axis], shape[axis + 1 :]
        if algebra.shape(tensor) not in ((*before, *after), (*before, 1, *after)):
            continue
        place = TAKING[operator.name](Taking(algebra, operator, tensor, axis))
        if place is not None and 0 <= place < shape[axis]:
            return Moment(source, axis, place, shape[axis])
    return None


def unpacked(taking: Taking) -> int | None:
    """UNPACK: the number among its outputs."""
    return taking.output if taking.is_along() else None


def split(taking: Taking) -> int | None:
    """SPLIT into single times: the number among its outputs."""
    along = taking.algebra.numbers(taking.operator.inputs[0])
    is_along = along is not None and int(along[0]) % 3 == taking.axis
    return taking.output if is_along else None


def gathered(taking: Taking) -> int | None:
    """GATHER of one index."""
    place = taking.algebra.numbers(taking.operator.inputs[1])
    is_plain = taking.is_along() and not taking.operator.options.get("batch_dims")
    return int(place[0]) if is_plain and place is not None and place.size == 1 else None


def sliced(taking: Taking) -> int | None:
    """SLICE or STRIDED_SLICE that keeps all along the other axes, as the shapes say."""
    algebra, operator, _, axis = taking
    begin = algebra.numbers(operator.inputs[1])
    if begin is None or begin.size != 3:
        return None
    if operator.name == "SLICE":
        return int(begin[axis])
    strides, options = algebra.numbers(operator.inputs[3]), operator.options
    shrunk, masks = options.get("shrink_axis_mask", 0), ("ellipsis_mask", "new_axis_mask")
    if strides is None or strides.min() < 1 or any(map(options.get, masks)):
        return None
    if shrunk not in (0, 1 << axis):
        return None
    if options.get("begin_mask", 0) >> axis & 1 and not shrunk:
        return 0
    size = algebra.shape(operator.inputs[0])[axis]
    return int(begin[axis]) + (size if begin[axis] < 0 else 0)


TAKING = {
    "GATHER": gathered,
    "SLICE": sliced,
    "SPLIT": split,
    "STRIDED_SLICE": sliced,
    "UNPACK": unpacked,
}
"""Operators that take single times out of sequences."""
