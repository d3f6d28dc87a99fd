"""Operators on what outlives a call: variables and tables (kernels/assign_variable.cc, …)."""

from __future__ import annotations

from rebuild.translate.context import Context, Nothing
from rebuild.translate.expression import Operand
from rebuild.translate.passing import begin
from rebuild.translate.registry import TranslationError, op
from rebuild.translate.resources import Key


@op("CALL_ONCE")
def call_once(cx: Context, *, init_subgraph_index: int = 0) -> Nothing:
    """Another subgraph, run before the first call: it says what variables start with."""
    if init_subgraph_index not in cx.around.parts.resources.initializers:
        raise TranslationError(f"it calls subgraph {init_subgraph_index}, which is none of its own")
    cx.around.memory.starters.append(cx.operator.index)
    return Nothing(f"what subgraph {init_subgraph_index} sets is loaded with the weights")


@op("VAR_HANDLE")
def var_handle(cx: Context) -> Nothing:
    """The name of a variable."""
    return Nothing("it names a variable")


@op("READ_VARIABLE")
def read_variable(cx: Context, handle: Operand) -> Operand | Nothing:
    """What a variable holds: what was assigned in this call, or what the last one left."""
    key, memory = key_of(cx, handle), cx.around.memory
    if memory.now(key) is None:
        check_assigned(cx, key)
        begin(cx.around, key, cx.output)
    found = memory.now(key)
    assert found is not None
    if (found.shape, found.dtype) != (cx.output.shape, cx.output.dtype):
        raise TranslationError(
            f"it reads {cx.output.dtype}{list(cx.output.shape)} from a variable that holds "
            f"{found.dtype}{list(found.shape)}"
        )
    if found.tensor != cx.output.tensor:
        return found
    if found is not memory.kept[key].start:
        return Nothing("its value comes with what an operator before it gives")
    memory.kept[key].readers.append(cx.operator.index)
    return found


@op("ASSIGN_VARIABLE")
def assign_variable(cx: Context, handle: Operand, value: Operand) -> Nothing:
    """Put a value into a variable."""
    cx.around.memory.assign(key_of(cx, handle), value, cx.operator.index)
    return Nothing("its value goes into a variable")


def key_of(cx: Context, handle: Operand) -> Key:
    """The variable that a handle names."""
    key = cx.around.handles.get(handle.tensor)
    if key is None:
        raise TranslationError(
            f"its handle (tensor {handle.tensor}) comes from elsewhere than VAR_HANDLE"
        )
    return key


def check_assigned(cx: Context, key: Key) -> None:
    """Refuse a variable that nobody assigns before it is read; the interpreter does so, too."""
    if key not in cx.around.parts.resources.assigned:
        raise TranslationError(f"variable {key[1]!r} is read before anything is assigned to it")
