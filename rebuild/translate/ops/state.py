"""Operators on what outlives a call: variables and tables (kernels/assign_variable.cc, …)."""

from __future__ import annotations

from functools import partial

from rebuild.translate.context import Context, Nothing
from rebuild.translate.expression import Operand
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
def read_variable(cx: Context, handle: Operand) -> Operand:
    """What a variable holds: what was assigned in this call, or what the last one left."""
    key = key_of(cx, handle)
    memory, resources = cx.around.memory, cx.around.parts.resources
    found = memory.now(key)
    if found is not None:
        return found
    if key not in resources.assigned:
        raise TranslationError(f"variable {key[1]!r} is read before anything is assigned to it")
    given = resources.assigned[key]
    read, stored = partial(resources.value, given), resources.key(given)
    kept = memory.begin(key, key[1], cx.output, read, stored)
    start = kept.read()
    if start.shape != cx.output.shape or str(start.dtype) != cx.output.dtype:
        raise TranslationError(
            f"it reads {cx.output.dtype}{list(cx.output.shape)} from a variable that starts as "
            f"{start.dtype}{list(start.shape)}"
        )
    kept.readers.append(cx.operator.index)
    return cx.output


@op("ASSIGN_VARIABLE")
def assign_variable(cx: Context, handle: Operand, value: Operand) -> Nothing:
    """Put a value into a variable."""
    cx.around.memory.assign(key_of(cx, handle), value, cx.operator.index)
    return Nothing("its value goes into a variable")


def key_of(cx: Context, handle: Operand) -> Key:
    """The variable that a handle names; it must be of this subgraph alone."""
    key = cx.around.handles.get(handle.tensor)
    if key is None:
        raise TranslationError(
            f"its handle (tensor {handle.tensor}) comes from elsewhere than VAR_HANDLE"
        )
    users = cx.around.parts.resources.users.get(key, set())
    if len(users) > 1:
        raise TranslationError(
            f"variable {key[1]!r} is used in subgraphs {sorted(users)}, and a Keras model keeps "
            "its own"
        )
    return key
