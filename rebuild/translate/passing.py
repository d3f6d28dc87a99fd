"""Variables on their way into a subgraph that is called, and out of it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rebuild.translate.expression import Operand, ops
from rebuild.translate.memory import Kept
from rebuild.translate.registry import TranslationError
from rebuild.translate.threads import State, is_resource
from rebuild.variables import unique

if TYPE_CHECKING:
    from inspector.read.records import Operator
    from rebuild.translate.surroundings import Surroundings
    from rebuild.translate.translator import Translator


@dataclass(frozen=True, slots=True)
class Passing:
    """What an operator gives that runs a subgraph: its outputs, then what `states` hold now."""

    value: Any
    states: tuple[State, ...]


def hand_over(around: Surroundings, callee: int) -> list[Any]:
    """What the variables of a subgraph hold when it is called, as expressions.

    Its variable tensors start with zeros each time that an operator runs it: the interpreter
    releases their memory behind it (kernels/if.cc, while.cc), and sets them anew
    (`Subgraph::AllocateTensors`). Where users call the subgraph, too, the operator begins with what
    their last call left in them: refused, since no other model knows of that.
    """
    states = around.parts.threads.passed(callee)
    if callee in around.parts.entries and any(state[0] == callee for state in states):
        raise TranslationError(
            f"subgraph {callee}, which has variable tensors, is a signature of its own, too: what "
            "they hold when the operator runs it would depend on the signature's last call"
        )
    named, own = partial(current, around), partial(zeros, around)
    return [named(state) if is_resource(state) else own(state) for state in states]


def current(around: Surroundings, state: State) -> Operand:
    """What a variable with a name holds now."""
    return around.memory.now(state) or begin(around, state).now


def zeros(around: Surroundings, state: State) -> Any:
    """What a variable tensor of a subgraph that is called starts with."""
    start = around.parts.start(state)
    kind = {} if start.dtype == "float32" else {"dtype": str(start.dtype)}
    return ops.zeros(start.shape, **kind)


def begin(around: Surroundings, state: State, start: Operand | None = None) -> Kept:
    """Note a variable that was there before the call; `start` is the tensor that it gives."""
    memory, parts = around.memory, around.parts
    value = parts.start(state)
    if start is None:
        start = Operand(len(memory.operands), value.shape, str(value.dtype))
        memory.operands.append(start)
    stored = parts.resources.key(state) if is_resource(state) else ""
    return memory.begin(local(around, state), str(state[1]), start, lambda: value, stored)


def local(around: Surroundings, state: State) -> Any:
    """How the memory of a subgraph knows a variable: a tensor of its own by its index."""
    return state[1] if state[0] == around.subgraph.index else state


def receive(translator: Translator) -> None:
    """Begin with the variables that a subgraph is handed, or that its model has with others."""
    around, program = translator.around, translator.program
    graph, threads = around.subgraph, around.parts.threads
    if program.is_entry:
        for state in threads.shared(graph.index):
            read = upcoming(around, state)
            begin(around, state, translator.operands[read.outputs[0]] if read else None)
            program.shares_state = True
        return
    held = [(t, n) for t, n in zip(program.inputs, program.input_names, strict=True)]
    held = [(tensor, name) for tensor, name in held if tensor not in around.handles]
    taken = {name for _, name in held} | set(translator.names)
    for state in threads.passed(graph.index):
        own = translator.operands[int(state[1])] if state[0] == graph.index else None
        kept = begin(around, state, own)
        held.append((kept.start.tensor, unique(kept.name, taken)))
        translator.computed.add(kept.start.tensor)
    program.inputs = tuple(tensor for tensor, _ in held)
    program.input_names = tuple(name for _, name in held)


def hand_back(translator: Translator) -> None:
    """Let a subgraph that is called give what its variables hold in the end, behind its outputs.

    A condition that only looks at them gives its answer alone.
    """
    around, program = translator.around, translator.program
    index, threads = around.subgraph.index, around.parts.threads
    program.outputs = tuple(t for t in program.outputs if t not in around.handles)
    if program.is_entry:
        return
    kept = [translator.memory.kept[local(around, state)] for state in threads.passed(index)]
    if threads.is_only_condition(index) and not any(each.writers for each in kept):
        return
    program.outputs += tuple(each.now.tensor for each in kept)
    program.variables_given = len(kept)


def take_back(translator: Translator, operator: Operator, states: tuple[State, ...]) -> list[int]:
    """The tensors for what the variables hold behind an operator that ran a subgraph."""
    return [left(translator, operator, state) for state in states]


def left(translator: Translator, operator: Operator, state: State) -> int:
    """The tensor for what an operator leaves in a variable: that of its next reading, if any."""
    around, memory = translator.around, translator.memory
    if not is_resource(state):
        value = around.parts.start(state)
        fresh = Operand(len(memory.operands), value.shape, str(value.dtype))
    else:
        before = memory.now(state)
        assert before is not None
        fresh = replace(before, tensor=len(memory.operands))
        if (read := upcoming(around, state, operator.index + 1)) is not None:
            fresh = around.memory.operands[read.outputs[0]]
            translator.also.setdefault(operator.index, []).append(read.index)
        memory.assign(state, fresh, operator.index)
    if fresh.tensor == len(memory.operands):
        memory.operands.append(fresh)
    return fresh.tensor


def upcoming(around: Surroundings, state: State, first: int = 0) -> Operator | None:
    """The next operator that uses a variable, from `first` on, if it reads that."""
    runs = around.parts.threads.runs
    for operator in list(around.subgraph.operators)[first:]:
        if operator.inputs and around.handles.get(operator.inputs[0]) == state:
            is_read = operator.name == "READ_VARIABLE" and len(operator.outputs) == 1
            return operator if is_read else None
        place = (around.subgraph.index, operator.index)
        called = (r.callee.index for r in runs if (r.graph.index, r.operator.index) == place)
        if any(state in around.parts.threads.passed(callee) for callee in called):
            return None
    return None
