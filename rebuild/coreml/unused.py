"""Inputs that no output depends on: coremltools leaves them out, and the original has them.

A pass at the start of the conversion puts them back; the last ones see to it that Core ML takes
inputs which nothing reads.
"""

from __future__ import annotations

from typing import Any

from coremltools.converters.mil import Builder as mb  # noqa: N813
from coremltools.converters.mil.input_types import TensorType
from coremltools.converters.mil.mil import types
from coremltools.converters.mil.mil.passes.graph_pass import AbstractGraphPass
from coremltools.converters.mil.mil.passes.pass_registry import register_pass

PASS = "tfli::keep_inputs"


@register_pass(namespace="tfli")
class keep_inputs(AbstractGraphPass):  # type: ignore[misc]  # noqa: N801  (as all passes)
    """Gives a program the inputs that it lacks; `inputs` are TensorFlow's placeholders of all."""

    inputs: tuple[Any, ...] = ()

    def apply(self, prog: Any) -> None:
        """Add those that are missing, and put all in order."""
        function = prog.functions["main"]
        told = {each.name: each for each in function.input_types}
        for placeholder in self.inputs:
            name, shape = placeholder.op.name, tuple(placeholder.shape)
            if name not in function.inputs:
                dtype = types.fp32 if placeholder.dtype.is_floating else types.int32
                made = mb.placeholder(shape, dtype=dtype)
                made.set_name(name)
                function.placeholder_inputs[name] = made
                function._input_dict[name] = made.outputs[0]
                told[name] = TensorType(name=name, shape=shape, dtype=dtype)
        for held in (function.placeholder_inputs, function._input_dict):
            for placeholder in self.inputs:
                held[placeholder.op.name] = held.pop(placeholder.op.name)
        function.set_input_types(tuple(told[name] for name in function.inputs))
