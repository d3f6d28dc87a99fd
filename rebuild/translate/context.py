"""What operators' functions share: fused activations, constants, and the weights of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.read.records import Operator
from rebuild.translate.expression import Call, Expression, Operand, layers, ops
from rebuild.translate.registry import ComputedError, TranslationError

if TYPE_CHECKING:
    from rebuild.translate.surroundings import Surroundings

ACTIVATIONS = {
    "RELU": "relu",
    "RELU6": "relu6",
    "RELU_N1_TO_1": "hard_tanh",
    "TANH": "tanh",
}
"""Fused activations by Keras' name."""

NO_RANGE = {"TANH", "SIGN_BIT"}
"""Those that kernels which only limit a range pass over (CalculateActivationRange)."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What an operator gives that becomes no line of the script, and why it needs none."""

    reason: str


@dataclass(frozen=True, slots=True)
class Stepped:
    """What an operator with a state gives: `value` computes its outputs, then the new `states`.

    `value` is one expression that gives them all (a layer's list), or a tuple with one for each.
    `states` are the operands that hold the state, variable tensors, in the order of the values.
    """

    value: Any
    states: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """One operator on its way to an expression: the record, its layer's name and its outputs.

    `around` is what the operators of the model share: variables and other subgraphs.
    """

    operator: Operator
    name: str
    outputs: tuple[Operand, ...]
    around: Surroundings

    @property
    def starts_anew(self) -> bool:
        """Whether nothing is kept from call to call, since the script leaves the batch open."""
        parts = self.around.parts
        return parts.dynamic_batch and not self.around.subgraph.index

    def fix_batch(self, *operands: Operand) -> None:
        """Refuse what wants to know the sizes of computed operands where the batch is left open."""
        if self.starts_anew and any(operand.rank and not operand.is_static for operand in operands):
            raise TranslationError(
                "it works along the first axis, whose size is not known: leave out --dynamic-batch"
            )

    @property
    def output(self) -> Operand:
        """The first output: its shape and type are what the expression must give."""
        return self.outputs[0]

    def activation(self, fused: str) -> str | None:
        """The `activation=` of a layer for a fused activation; None when there is none."""
        if fused == "NONE":
            return None
        if fused not in ACTIVATIONS:
            raise TranslationError(f"its fused activation is {fused}")
        return ACTIVATIONS[fused]

    def limit(self, fused: str) -> str | None:
        """The same for the kernels that only limit a range by it: all but the recurrent ones."""
        return None if fused in NO_RANGE else self.activation(fused)

    def activate(self, value: Expression, fused: str) -> Expression:
        """`value` within the range of a fused activation."""
        name = self.limit(fused)
        if name == "hard_tanh" and not self.output.is_float:  # which Keras has for floats alone
            return ops.clip(value, -1, 1)
        return value if name is None else Call(f"ops.{name}", (value,))

    def layer(self, made: Call, *weights: Operand | None) -> Call:
        """The layer `made`, its variables filled by constants, in the order it makes them."""
        for operand in weights:
            if operand is not None and not operand.is_static:
                raise ComputedError(
                    f"its weights (tensor {operand.tensor}) are computed while the model runs"
                )
        filled = tuple(operand for operand in weights if operand is not None)
        return Call(made.function, made.arguments, made.keywords, filled)

    def tensor(self, operand: Operand) -> Expression:
        """`operand` where a number will not do: one that the file determines keeps its shape."""
        return operand if operand.static is None or operand.elements != 1 else array(operand)

    def static(self, operand: Operand | None, what: str) -> np.ndarray:
        """The value of an operand that Keras wants when the model is built; `what` names it."""
        if operand is None:
            raise TranslationError(f"it has no {what}")
        if operand.static is None:
            raise ComputedError(
                f"its {what} (tensor {operand.tensor}) is computed while the model runs"
            )
        return operand.static

    def integers(self, operand: Operand | None, what: str) -> tuple[int, ...]:
        """A static operand as a tuple of Python integers."""
        return tuple(int(item) for item in np.ravel(self.static(operand, what)))

    def integer(self, operand: Operand | None, what: str) -> int:
        """A static operand of one element as a Python integer."""
        found = self.integers(operand, what)
        if len(found) != 1:
            raise TranslationError(f"its {what} has {len(found)} elements, and one is wanted")
        return found[0]

    def reshape(
        self, value: Expression, shape: tuple[int, ...], before: tuple[int, ...]
    ) -> Expression:
        """`value` of shape `before` as `shape`; the batch stays free where it can."""
        if shape == before:
            return value
        if self.output.suits_layers and shape and before and shape[0] == before[0]:
            if len(shape) == 2:
                return (
                    layers.Flatten()(value) if len(before) > 2 else layers.Reshape(shape[1:])(value)
                )
            return layers.Reshape(shape[1:])(value)
        return ops.reshape(value, shape)


def array(operand: Operand) -> Expression:
    """A constant of one element as a tensor of its shape, spelled out."""
    if operand.dtype == "string":
        return text(operand)
    kind = {} if operand.dtype == "float32" else {"dtype": operand.dtype}
    value: Any = number(operand.static)
    for _ in operand.shape:
        value = [value]
    return ops.array(value, **kind)


def text(operand: Operand) -> Expression:
    """A tensor of constant strings, spelled out: they are no weights. They have to be UTF-8."""
    found = np.reshape(np.array(texts(operand), object), operand.shape).tolist()
    return ops.convert_to_tensor(found, dtype="string")


def texts(operand: Operand) -> list[str]:
    """The strings of a constant, one after the other. Raises `TranslationError` for other bytes."""
    assert operand.static is not None
    try:
        return [item.decode() for item in operand.static.flat]
    except UnicodeDecodeError:
        raise TranslationError(
            f"its constant text (tensor {operand.tensor}) is not UTF-8"
        ) from None


def number(value: Any) -> float | int | bool:
    """A scalar as the shortest Python literal that means the same in its own type."""
    scalar = np.asarray(value).reshape(())
    if scalar.dtype.kind == "b":
        return bool(scalar)
    if scalar.dtype.kind in "iu":
        return int(scalar)
    return float(str(scalar.astype(np.float32) if scalar.dtype.itemsize < 8 else scalar))
