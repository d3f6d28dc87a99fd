"""Recurrent layers that are unrolled: a copy of the step for each place in the sequences.

A converter may have computed the first step's products with states of zeros already. Then that step
is no step by its form; it is taken on trust, and whoever puts a layer in the place runs both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from inspector.weights.cells.forms import Cell, cells
from inspector.weights.cells.layer import (
    Layer,
    Role,
    absorbed,
    are_floats,
    has_real_weights,
    sequences,
    traced,
)
from inspector.weights.cells.linear import Sums
from inspector.weights.cells.moments import moment


class Course(NamedTuple):
    """How a chain goes through the sequences in `tensor`, whose times are along `axis`.

    `hidden` are the outputs of all steps, `initial` the states before the first.
    """

    tensor: int
    axis: int
    backwards: bool
    hidden: tuple[int, ...]
    initial: tuple[int, ...]


def chains(algebra: Sums) -> Iterator[Layer]:
    """The recurrent layers that are unrolled in a subgraph."""
    if not has_repeated_weights(algebra):
        return
    for steps in linked(every_cell(algebra)):
        course = course_of(algebra, steps) if has_real_weights(algebra, steps[0]) else None
        if course and (layer := layer_of(algebra, steps, course)):
            yield layer


def has_repeated_weights(algebra: Sums) -> bool:
    """Whether several operators multiply by the same matrix, as the copies of a step do."""
    counts = Counter(
        operator.inputs[1]
        for operator in algebra.subgraph.operators
        if operator.name == "FULLY_CONNECTED" and len(operator.inputs) > 1
    )
    return max(counts.values(), default=0) > 1


def every_cell(algebra: Sums) -> list[Cell]:
    """The steps that there may be in a subgraph, in execution order."""
    return [
        cell
        for operator in algebra.subgraph.operators
        for tensor in operator.outputs
        if tensor >= 0 and len(algebra.shape(tensor)) == 2 and algebra.source(tensor) == tensor
        for cell in cells(algebra, tensor)
    ]


def linked(found: list[Cell]) -> Iterator[tuple[Cell, ...]]:
    """Steps of one form, each of which begins with the states that the one before it leaves."""
    by_state: dict[object, list[Cell]] = {}
    for cell in found:
        by_state.setdefault((cell.states, cell.form), []).append(cell)
    following = {id(cell): by_state.get((cell.after, cell.form), []) for cell in found}
    led_to = {id(after) for others in following.values() for after in others}
    for cell in found:
        steps = [cell]
        while len(others := following[id(steps[-1])]) == 1:
            steps += others
        if id(cell) not in led_to and len(steps) > 1 and not following[id(steps[-1])]:
            yield tuple(steps)


def course_of(algebra: Sums, steps: tuple[Cell, ...]) -> Course | None:
    """How a chain goes through the sequences; None where it leaves out more than the first step."""
    moments = [moment(algebra, step.x) for step in steps]
    sources = {(each.tensor, each.axis, each.length) for each in moments if each}
    if None in moments or len(sources) > 1:
        return None
    ((tensor, axis, length),) = sources
    order = [each.place for each in moments if each]
    hidden = tuple(step.after[0] for step in steps)
    there = list(range(length))
    for backwards, whole in ((False, there), (True, there[::-1])):
        if order == whole:
            return Course(tensor, axis, backwards, hidden, steps[0].states)
        if order == whole[1:]:
            return Course(tensor, axis, backwards, (steps[0].states[0], *hidden), ())
    return None


def layer_of(algebra: Sums, steps: tuple[Cell, ...], course: Course) -> Layer | None:
    """The layer; None where something is read of its inside."""
    core = computing(algebra, steps[-1].after, {course.tensor, *course.initial})
    if core is not None:
        core -= set(algebra.graph.consumers[course.tensor])  # others may take the steps, too
    packing = packed(algebra, course, core)
    if core is None or packing is None:
        return None
    outputs, after = packing
    core |= after
    last = dict(zip(steps[-1].after, (Role.LAST, Role.CELL), strict=False))
    for tensor in {t for o in core for t in algebra.subgraph.operators[o].outputs}:
        users = core.issuperset(algebra.graph.consumers[tensor])
        if tensor in dict(outputs) or (users and tensor not in algebra.outputs):
            continue
        if tensor not in last:
            return None
        outputs.append((tensor, last[tensor]))
    start = traced(algebra, course.tensor, time_major=course.axis == 0)
    if not outputs or not are_floats(algebra, (start.tensor, *course.initial)):
        return None
    index = algebra.subgraph.index
    return Layer(
        index,
        index,
        steps,
        start.tensor,
        start.time_major,
        start.backwards != course.backwards,
        course.initial,
        tuple(sorted(outputs, key=lambda output: output[0])),
        absorbed(algebra, core, (start.tensor, *course.initial)),
        min(algebra.graph.producer[tensor] for tensor in steps[-1].after if tensor >= 0),
    )


def computing(algebra: Sums, tensors: tuple[int, ...], known: set[int]) -> set[int] | None:
    """The operators that compute tensors from known ones; None where they take others as well."""
    found: set[int] = set()
    waiting = list(tensors)
    while waiting:
        tensor = waiting.pop()
        if tensor < 0 or tensor in known or algebra.is_constant(tensor):
            continue
        operator = algebra.producer(tensor)
        if operator is None:
            return None
        if operator.index not in found:
            found.add(operator.index)
            waiting += operator.inputs
    return found


def packed(
    algebra: Sums, course: Course, core: set[int] | None
) -> tuple[list[tuple[int, Role]], set[int]] | None:
    """The sequences that the outputs of all steps are put together to, and by which operators.

    None where they are put together otherwise than one after the other.
    """
    users = {user for tensor in course.hidden[:-1] for user in algebra.graph.consumers[tensor]}
    outside = users - (core or set())
    if not outside:
        return [], set()
    operator = algebra.subgraph.operators[outside.pop()]
    if outside or operator.name != "PACK" or operator.inputs != course.hidden:
        return None
    axis, tensor = operator.options.get("axis", 0) % 3, operator.outputs[0]
    if axis == 1:
        return [(tensor, Role.SEQUENCES)], {operator.index}
    if axis == 2:
        return None
    found, after = sequences(algebra, tensor)
    return found, {operator.index, *after}
