"""What a model keeps from call to call, as Core ML's states: a pass at the start of its conversion.

Core ML's states are float16 and begin with zeros (iOS 18). A variable that begins with something
else is kept as its difference to that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813
from coremltools.converters.mil.mil import types
from coremltools.converters.mil.mil.passes.graph_pass import AbstractGraphPass
from coremltools.converters.mil.mil.passes.pass_registry import register_pass

from rebuild.coreml.trace import Variable

PASS = "tfli::keep_state"


@register_pass(namespace="tfli")
class keep_state(AbstractGraphPass):  # type: ignore[misc]  # noqa: N801  (as all passes)
    """Turns the inputs and outputs that stand for `variables` into states."""

    variables: tuple[Variable, ...] = ()

    def apply(self, prog: Any) -> None:
        """Go through the variables; each is read once and written once."""
        function = prog.functions["main"]
        names = {each.given for each in self.variables}
        with function:
            for variable in self.variables:
                hold(function, variable)
        function.set_input_types(tuple(t for t in function.input_types if t.name not in names))
        kept = {var.name for var in function.outputs}
        function.set_output_types([t for t in function.output_types if t.name in kept])


def hold(function: Any, variable: Variable) -> None:
    """Let a state stand for the input and the output of a variable."""
    before = function.inputs[variable.given]
    shape = variable.start.shape or (1,)
    placeholder = mb.state_tensor_placeholder(shape, dtype=types.fp16)
    replace_input(function, variable, placeholder)
    state = placeholder.outputs[0]
    first = next(iter(function.operations), None)
    value = mb.read_state(input=state, before_op=first)
    value = mb.cast(x=value, dtype="fp32", before_op=first)
    if np.any(variable.start):
        value = mb.add(x=value, y=variable.start.reshape(shape), before_op=first)
    if before.dtype != types.fp32:
        value = mb.cast(x=value, dtype=types.builtin_to_string(before.dtype), before_op=first)
    function.replace_uses_of_var_after_op(anchor_op=value.op, old_var=before, new_var=value)
    after = next(var for var in function.outputs if var.name == variable.taken)
    function.set_outputs([var for var in function.outputs if var is not after])
    if np.any(variable.start):
        after = mb.sub(x=mb.reshape(x=after, shape=shape), y=variable.start.reshape(shape))
    written = mb.cast(x=mb.reshape(x=after, shape=shape), dtype="fp16")
    mb.coreml_update_state(state=state, value=written)


def replace_input(function: Any, variable: Variable, placeholder: Any) -> None:
    """Put a state in the place of an input; coremltools has no public way to do so."""
    renamed = {variable.given: variable.name}
    placeholder.set_name(variable.name)
    function.placeholder_inputs[variable.given] = placeholder
    function._input_dict[variable.given] = placeholder.outputs[0]
    for held in (function.placeholder_inputs, function._input_dict):
        items = [(renamed.get(name, name), value) for name, value in held.items()]
        held.clear()
        held.update(items)
