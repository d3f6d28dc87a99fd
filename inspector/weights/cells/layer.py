"""A recurrent layer as it stands in a graph: what goes in, what comes out, what it stands for."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.read.schema import TensorType
from inspector.weights.cells.algebra import RESHAPES, Algebra
from inspector.weights.cells.forms import Cell
from inspector.weights.cells.linear import Part

REAL = frozenset({TensorType.FLOAT32, TensorType.FLOAT16, TensorType.BFLOAT16})


class Role(enum.Enum):
    """What a layer gives: [batch, time, units], [time, batch, units], [batch, units] twice."""

    SEQUENCES = "sequences"
    TIME_MAJOR = "time-major sequences"
    LAST = "last output"
    CELL = "last cell"


@dataclass(frozen=True, slots=True)
class Layer:
    """A recurrent layer of a subgraph, whose `steps` stand in the subgraph `part`.

    It runs over the tensor `sequence` [batch, time, inputs], or [time, batch, inputs] where that is
    `time_major`, from its end where it goes `backwards`, from the states in the tensors `initial`
    on (none: from zeros). `outputs` are the tensors that others read. `operators` are those that
    it stands for, in order; its value is known when `place`, one of them, has run.
    """

    subgraph: int
    part: int
    steps: tuple[Cell, ...]
    sequence: int
    time_major: bool
    backwards: bool
    initial: tuple[int, ...]
    outputs: tuple[tuple[int, Role], ...]
    operators: tuple[int, ...]
    place: int
    name: str = ""

    @property
    def cell(self) -> Cell:
        """One step, as all of them are."""
        return self.steps[0]

    def operands_in(self, part: Subgraph) -> set[tuple[int, int]]:
        """The (operator, operand) pairs of `part` that are the layer's constants.

        Those of the steps, and of what a first step was simplified to.
        """
        steps = [each for step in self.steps for each in step.parts]
        constants = {each.tensor for each in steps}
        own = self.operators if self.part == self.subgraph else ()
        others = ((o, part.operators[o].inputs) for o in own)
        found = {(o, k) for o, inputs in others for k, t in enumerate(inputs) if t in constants}
        return found | {(each.operator, each.operand) for each in steps}

    def is_worked_in(self, part: Part) -> bool:
        """Whether a constant is also in what a first step from zeros was simplified to.

        Its product with the state is gone, and its bias is a constant of its own.
        """
        biases = (each for gate in self.cell.gates for each in gate.recurrent_biases)
        return not self.initial and part.tensor in {bias.tensor for bias in biases}

    def tensors(self, role: Role) -> list[int]:
        """The outputs of one kind."""
        return [tensor for tensor, kind in self.outputs if kind is role]


@dataclass(frozen=True, slots=True)
class Start:
    """Where the sequences come from, traced back."""

    tensor: int
    time_major: bool
    backwards: bool = False


def is_swap(algebra: Algebra, operator: Operator) -> bool:
    """Whether an operator exchanges the first two of three axes.

    So does a RESHAPE where one of the two is 1, as the converter writes a single sequence's.
    """
    before, after = operator.inputs[0], operator.outputs[0]
    if len(algebra.shape(before)) != 3:
        return False
    if operator.name == "TRANSPOSE" and len(operator.inputs) > 1:
        axes = algebra.numbers(operator.inputs[1])
        return axes is not None and axes.tolist() == [1, 0, 2]
    if operator.name != "RESHAPE":
        return False
    tensors = algebra.subgraph.tensors
    shapes = [tensors[t].shape_signature or tensors[t].shape for t in (before, after)]
    one, other = shapes
    is_known = len(other) == 3 and -1 not in one + other
    return is_known and (one[1], one[0], one[2]) == other and 1 in one[:2]


def traced(algebra: Algebra, tensor: int, time_major: bool) -> Start:
    """The sequences that come, transposed or reversed, in `tensor`: [batch, time, ...] if possible.

    Where they never have the batch first, they are taken as they come.
    """
    here = best = Start(tensor, time_major)
    while operator := algebra.producer(here.tensor):
        if is_swap(algebra, operator):
            here = Start(operator.inputs[0], not here.time_major, here.backwards)
        elif is_reversed(algebra, operator, int(not here.time_major)):
            here = Start(operator.inputs[0], here.time_major, not here.backwards)
        else:
            break
        if here.time_major <= best.time_major:
            best = here
    return best


def is_reversed(algebra: Algebra, operator: Operator, axis: int) -> bool:
    """Whether an operator turns round one axis alone."""
    if operator.name != "REVERSE_V2":
        return False
    axes = algebra.numbers(operator.inputs[1])
    return axes is not None and axes.tolist() in ([axis], [axis - 3])


def sequences(algebra: Algebra, tensor: int) -> tuple[list[tuple[int, Role]], set[int]]:
    """What others read of time-major sequences, and the operators that lead there.

    That is the transposed tensor where it is transposed once and not read otherwise.
    """
    users = algebra.graph.consumers[tensor]
    if len(users) == 1 and tensor not in algebra.outputs:
        operator = algebra.subgraph.operators[users[0]]
        if operator.outputs and is_swap(algebra, operator):
            return [(operator.outputs[0], Role.SEQUENCES)], {operator.index}
    return ([(tensor, Role.TIME_MAJOR)] if is_read(algebra, tensor) else []), set()


def only_last(algebra: Algebra, tensor: int) -> tuple[list[tuple[int, Role]], set[int]] | None:
    """The same of the last output in the shape [1, batch, units]; None where it is read so."""
    if tensor in algebra.outputs:
        return None
    found: list[tuple[int, Role]] = []
    users = algebra.graph.consumers[tensor]
    for operator in map(algebra.subgraph.operators.__getitem__, users):
        after = operator.outputs[0] if operator.outputs else -1
        takes = operator.name in {*RESHAPES, "STRIDED_SLICE"} and operator.inputs[0] == tensor
        if not takes or algebra.shape(after) != algebra.shape(tensor)[1:]:
            return None
        found.append((after, Role.LAST))
    return found, set(users)


def is_read(algebra: Algebra, tensor: int) -> bool:
    """Whether anybody reads a tensor."""
    return bool(algebra.graph.consumers[tensor]) or tensor in algebra.outputs


def absorbed(algebra: Algebra, operators: Iterable[int], kept: Iterable[int]) -> tuple[int, ...]:
    """Operators, and those before them that work for them alone; none that computes one of `kept`.

    Such are a transposition in front of a loop, and what fills the array that it writes into.
    """
    found, kept = set(operators), set(kept)
    waiting = list(found)
    while waiting:
        for tensor in algebra.subgraph.operators[waiting.pop()].inputs:
            before = algebra.producer(tensor)
            if before is None or before.index in found or not kept.isdisjoint(before.outputs):
                continue
            if works_for(algebra, before, found):
                found.add(before.index)
                waiting += [before.index, *found]
    return tuple(sorted(found))


def works_for(algebra: Algebra, operator: Operator, others: set[int]) -> bool:
    """Whether only some other operators read what an operator computes."""
    return all(
        tensor not in algebra.outputs and others.issuperset(algebra.graph.consumers[tensor])
        for tensor in operator.outputs
        if tensor >= 0
    )


def are_floats(algebra: Algebra, tensors: Iterable[int]) -> bool:
    """Whether tensors hold real numbers of 32 bits, not quantised."""
    return all(algebra.subgraph.tensors[t].dtype is TensorType.FLOAT32 for t in tensors)


def has_real_weights(algebra: Algebra, cell: Cell) -> bool:
    """Whether the constants of a cell are stored as real numbers.

    Kernels that multiply by integers round while they run: they compute no layer's step.
    """
    return all(algebra.stored(part.tensor).dtype in REAL for part in cell.parts)
