"""MIL programs of one operation, built by coremltools and run by our evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.quiet import import_coremltools

coremltools = import_coremltools()

from coremltools.converters.mil.mil import Builder as mb  # noqa: E402, N813
from coremltools.converters.mil.mil import Function, Program, types  # noqa: E402

__all__ = ["coremltools", "evaluate", "mb", "program", "samples", "target", "types"]

target = coremltools.target


def program(build: Callable[..., Any], *inputs: np.ndarray, opset: Any = target.iOS17) -> Program:
    """A program that gives what `build` makes of variables of the inputs' shapes and types."""
    kinds = [types.numpy_type_to_builtin_type(each.dtype) for each in inputs]
    named = {
        f"input_{i}": mb.placeholder(each.shape, kind)
        for i, (each, kind) in enumerate(zip(inputs, kinds, strict=True))
    }
    made = Program()
    with Function(named, opset) as function:
        found = build(*function.inputs.values())
        function.set_outputs(list(found) if isinstance(found, (list, tuple)) else [found])
    made.add_function("main", function)
    return made


def evaluate(build: Callable[..., Any], *inputs: np.ndarray, opset: Any = target.iOS17) -> Any:
    """The value (or values, as a tuple) of what `build` makes of the inputs."""
    evaluator = Evaluator(program(build, *inputs, opset=opset))
    values = evaluator.run({f"input_{i}": each for i, each in enumerate(inputs)})
    found = tuple(values[var] for var in evaluator.outputs)
    return found if len(found) > 1 else found[0]


def samples(*shape: int, low: float = -2, high: float = 2, seed: int = 0) -> np.ndarray:
    """Random float32 numbers."""
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)
