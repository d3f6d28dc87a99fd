"""The constants of a MIL program that are weights: what each is, and what is stored of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rebuild.coreml.evaluate import Evaluator, is_constant, nested
from rebuild.coreml.registry import evaluation

COMPRESSED = "constexpr_"
LEAST_INTEGERS = 10
"""Integers are told from an operation's settings (strides, axes) by their number: coremltools, too,
stores arrays of fewer elements with the operations, and not among the weights."""


@dataclass(frozen=True, slots=True)
class Constant:
    """An array of a program. `parts` are what is stored: itself, or what it is computed from.

    `kind` is the operation that gives it: `const`, or one of `constexpr_...`.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parts: dict[str, np.ndarray]

    @property
    def elements(self) -> int:
        """How many numbers it has."""
        return int(np.prod(self.shape, dtype=np.int64))

    def bits(self, part: np.ndarray) -> int:
        """How many bits the program keeps for a part of it."""
        width = part.dtype.itemsize * 8
        if part.dtype.metadata and "true_dtype" in part.dtype.metadata:
            width = part.dtype.metadata["true_dtype"].get_bitwidth()
        return part.size * width

    def values(self) -> np.ndarray:
        """The numbers that it stands for."""
        if self.kind == "const":
            return self.parts["val"]
        parts = {
            name: part.astype(np.float32) if part.dtype == np.float16 else part
            for name, part in self.parts.items()
        }
        return np.asarray(evaluation(self.kind)(parts))


def constants(evaluator: Evaluator) -> Iterator[Constant]:
    """The weights of a program: arrays of floats, longer ones of integers, compressed ones whole.

    What only a compressed constant is made of is told as a part of that.
    """
    for operation in (inner for each in evaluator.operations for inner in nested(each)):
        var = operation.outputs[0]
        if operation.op_type.startswith(COMPRESSED):
            given = {k: v for k, v in operation.inputs.items() if v is not None}
            parts = {k: np.asarray(v.val) for k, v in given.items() if not isinstance(v.val, str)}
            yield Constant(name_of(operation), operation.op_type, tuple(var.shape), parts)
        elif is_constant(operation) and is_weight(operation):
            value = np.asarray(operation.val.val)
            yield Constant(name_of(operation), operation.op_type, value.shape, {"val": value})


def name_of(operation: Any) -> str:
    """What a constant is called: as which input of which operation, where it is that of one only.

    The program's own names say by which conversions it went (`transpose_0_to_fp16`).
    """
    var = operation.outputs[0]
    uses = [(op.name, name) for op in var.child_ops for name, v in op.inputs.items() if v is var]
    return "/".join(uses[0]) if len(uses) == 1 else str(operation.name)


def is_weight(operation: Any) -> bool:
    """Whether a plain constant is an array of weights."""
    value = operation.val.val
    if not isinstance(value, np.ndarray) or value.ndim == 0 or value.dtype.kind not in "fiub":
        return False
    readers = operation.outputs[0].child_ops
    if readers and all(reader.op_type.startswith(COMPRESSED) for reader in readers):
        return False
    return value.dtype.kind == "f" or value.size >= LEAST_INTEGERS
