"""Runs a MIL program in NumPy, operation by operation, where there is no Core ML to run it.

Each operation computes in float32 what its inputs of float16 or float32 give, and is then rounded
to the type that the program states for it: what a device does that rounds once an operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from inspector.errors import InspectorError, RunError, UnsupportedError
from rebuild.coreml.registry import evaluation, evaluations

CONTROL = ("cond", "while_loop", "read_state", "coreml_update_state")
MOST_TURNS = 1_000_000
FAILURES = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)

Var = Any
Operation = Any


class Evaluator:
    """A MIL program that runs: as a whole, or from some of its values to others.

    `states` holds what the states are after the last run; a new evaluator begins with zeros. Of a
    classifier, whose outputs are a label and a dictionary, the probabilities are the output.
    """

    def __init__(self, program: Any, function: str = "main") -> None:
        self.function = program.functions[function]
        self.inputs: dict[str, Var] = dict(self.function.inputs)
        operations: list[Operation] = list(self.function.operations)
        classifying = [each for each in operations if each.op_type == "classify"]
        scores = {var: each.probabilities for each in classifying for var in each.outputs}
        self.operations = [each for each in operations if each not in classifying]
        outputs = [scores.get(var, var) for var in self.function.outputs]
        self.outputs: list[Var] = list(dict.fromkeys(outputs))
        self.states: dict[str, np.ndarray] = {}
        self._constants: dict[Var, Any] = {}

    @property
    def unsupported(self) -> dict[str, list[int]]:
        """The kinds of operations that nothing here evaluates, and where they stand."""
        found: dict[str, list[int]] = {}
        for index, operation in enumerate(self.operations):
            for kind in kinds(operation):
                if kind != "const" and kind not in CONTROL and kind not in evaluations():
                    found.setdefault(kind, []).append(index)
        return found

    def reset(self) -> None:
        """Put the states back to zeros."""
        self.states.clear()

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[Var, Any]:
        """All values, for inputs by name. Raises `RunError` where an operation fails."""
        given = {}
        for name, var in self.inputs.items():
            if not is_state(var):
                if name not in inputs:
                    raise RunError(f"the program's input {name!r} is not given")
                given[var] = inputs[name]
        return self.part(None, given)

    def part(self, wanted: Sequence[Var] | None, given: Mapping[Var, np.ndarray]) -> dict[Var, Any]:
        """Values from other values: those `wanted` (all without) and what they are made of.

        What is `given` is taken as it is, in the program's type, and not computed.
        """
        values: dict[Var, Any] = {
            var: rounded(var, np.asarray(array)) for var, array in given.items()
        }
        operations = self.operations if wanted is None else self._needed(wanted, values)
        with np.errstate(all="ignore"):  # infinities and NaN are values here
            for operation in operations:
                self._execute(operation, values)
        return values

    def _needed(self, wanted: Sequence[Var], given: Mapping[Var, Any]) -> list[Operation]:
        """The operations that lead from what is given to what is wanted, in order."""
        waiting = [var for var in wanted if var not in given]
        needed: set[Operation] = set()
        while waiting:
            operation = waiting.pop().op
            if operation is None or operation in needed:
                continue
            needed.add(operation)
            waiting += [var for var in read_by(operation) if var not in given]
        return [operation for operation in self.operations if operation in needed]

    def _execute(self, operation: Operation, values: dict[Var, Any]) -> None:
        """Compute the outputs of one operation, unless they are given."""
        if all(var in values for var in operation.outputs):
            return
        if is_constant(operation):
            found = self._constant(operation)
        else:
            try:
                found = self._outcome(operation, values)
            except InspectorError:
                raise
            except FAILURES as error:
                where = f"operation {operation.op_type} {operation.name!r}"
                raise RunError(f"{where} of the program fails: {error}") from None
        for var, value in zip(operation.outputs, found, strict=True):
            values.setdefault(var, value)

    def _constant(self, operation: Operation) -> list[Any]:
        """The value of a constant, made once."""
        for var in operation.outputs:
            if var not in self._constants:
                self._constants[var] = rounded(var, operation.val.val)
        return [self._constants[var] for var in operation.outputs]

    def _outcome(self, operation: Operation, values: dict[Var, Any]) -> list[Any]:
        """The values of an operation's outputs."""
        if operation.op_type == "cond":
            return self._branch(operation, values)
        if operation.op_type == "while_loop":
            return self._loop(operation, values)
        if operation.op_type == "read_state":
            return [self._state(operation.input)]
        if operation.op_type == "coreml_update_state":
            self.states[operation.state.name] = widened(values[operation.value])
            return [values[operation.value]]
        given = {name: self._input(var, values) for name, var in operation.inputs.items()}
        found = evaluation(operation.op_type)(given)
        several = found if isinstance(found, tuple) else (found,)
        return [rounded(var, value) for var, value in zip(operation.outputs, several, strict=True)]

    def _input(self, var: Any, values: Mapping[Var, Any]) -> Any:
        """What an operation reads: a value, several, or nothing."""
        if var is None:
            return None
        if isinstance(var, (list, tuple)):
            return [self._input(each, values) for each in var]
        return widened(value_of(var, values))

    def _state(self, var: Var) -> np.ndarray:
        """What a state holds: zeros, before it is written."""
        shape = var.sym_type.wrapped_type().get_shape()
        return self.states.setdefault(var.name, np.zeros([int(n) for n in shape], np.float32))

    def _branch(self, operation: Operation, values: dict[Var, Any]) -> list[Any]:
        """The outputs of the block that a predicate chooses."""
        block = operation.blocks[0 if bool(self._input(operation.pred, values)) else 1]
        return self._block(block, values)

    def _loop(self, operation: Operation, values: dict[Var, Any]) -> list[Any]:
        """The loop's variables, after its body ran for as long as its condition held."""
        condition, body = operation.blocks
        state = [value_of(var, values) for var in operation.loop_vars]
        for _ in range(MOST_TURNS):
            if not bool(self._block(condition, values, state)[0]):
                return state
            state = self._block(body, values, state)
        raise RunError(f"loop {operation.name!r} of the program does not end")

    def _block(self, block: Any, outer: Mapping[Var, Any], given: Sequence[Any] = ()) -> list[Any]:
        """The outputs of a nested block, which sees the values around it."""
        values = dict(outer) | dict(zip(block.inputs, given, strict=True))
        for operation in block.operations:
            self._execute(operation, values)
        return [value_of(var, values) for var in block.outputs]


def value_of(var: Var, values: Mapping[Var, Any]) -> Any:
    """What was computed, or what the program holds as a constant of an outer function."""
    return values[var] if var in values else rounded(var, var.val)


def nested(operation: Operation) -> Iterable[Operation]:
    """An operation, and all in its blocks."""
    yield operation
    for block in operation.blocks:
        for inner in block.operations:
            yield from nested(inner)


def kinds(operation: Operation) -> Iterable[str]:
    """The kind of an operation, and of those in its blocks."""
    return (each.op_type for each in nested(operation))


def read_by(operation: Operation) -> list[Var]:
    """The values that an operation reads, those of its blocks included."""
    found: list[Var] = []
    for var in operation.inputs.values():
        found += var if isinstance(var, (list, tuple)) else [] if var is None else [var]
    for block in operation.blocks:
        found += [var for inner in block.operations for var in read_by(inner)]
        found += block.outputs
    return found


def is_constant(operation: Operation) -> bool:
    """Whether an operation is a plain constant."""
    return bool(operation.op_type == "const")


def is_state(var: Var) -> bool:
    """Whether an input of the program is a state."""
    return hasattr(var.sym_type, "wrapped_type")


def widened(value: Any) -> Any:
    """float16 as float32; all else as it is."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.float16:
        return value.astype(np.float32)
    return value


def rounded(var: Var, value: Any) -> Any:
    """A value in the type that the program states for it; strings and lists as they are."""
    kind = numpy_type(var)
    if kind is None or isinstance(value, str):
        return value
    return np.asarray(value).astype(kind, copy=False)


def numpy_type(var: Var) -> Any:
    """NumPy's type of a tensor or scalar of the program; None for anything else."""
    from coremltools.converters.mil.mil import types

    if not (types.is_tensor(var.sym_type) or types.is_scalar(var.sym_type)):
        return None
    kind = types.nptype_from_builtin(var.dtype)
    return None if kind is str else kind


def needs(program: Any) -> None:
    """Raise `UnsupportedError` where an operation of the program has no evaluation here."""
    missing = Evaluator(program).unsupported
    if missing:
        kind, places = next(iter(missing.items()))
        raise UnsupportedError(
            f"operation {places[0]} of the program, {kind}, cannot be evaluated here"
        )
