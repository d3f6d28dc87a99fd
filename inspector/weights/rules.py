"""How stored constants become one array of a layer: a record, which says it without doing it.

`inspector.weights.gather` does it, and undoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from inspector.errors import ModelError
from inspector.read.records import Operator, Tensor

Axes: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """What an array takes of operand `operand`, in four steps; one that is () is left out.

    The values are seen in the shape `view`; of each axis the `region`, (first, end), is taken; the
    axes are permuted (`numpy.transpose`); the piece takes `shape`.
    """

    operand: int
    view: Axes = ()
    region: tuple[tuple[int, int], ...] = ()
    permutation: Axes = ()
    shape: Axes = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """How one array, a layer's `variable`, is gathered from an operator's constants.

    The pieces are joined along `axis` in their order; nearly all arrays have one. What vectors are
    joined to takes `shape`, unless that is (): Keras' GRU has two rows of biases. With `zeros` only
    their shape and type count: torch has a second bias where TFLite has one. `note` says what a
    reader must know, such as what the framework's layer lacks; it is empty for most.
    """

    variable: str
    pieces: tuple[Piece, ...]
    axis: int = 0
    zeros: bool = False
    note: str = ""
    shape: Axes = ()

    @property
    def is_plain(self) -> bool:
        """Whether the array is one operand as it is stored."""
        bare = not self.zeros and not self.shape
        return bare and [replace(piece, operand=0) for piece in self.pieces] == [Piece(0)]

    @property
    def operands(self) -> Axes:
        """The operands that it takes, each once, in the order of the pieces."""
        return tuple(dict.fromkeys(piece.operand for piece in self.pieces))


def whole(variable: str, operand: int, permutation: Axes = (), shape: Axes = ()) -> Rule:
    """The rule of an array that is one operand, its axes permuted, in another shape."""
    return Rule(variable, (Piece(operand, permutation=permutation, shape=shape),))


class Weight(NamedTuple):
    """What the rule of one operand may depend on: its name, its stored shape, and the operator."""

    variable: str
    operand: int
    shape: Axes
    operator: Operator
    tensors: Sequence[Tensor]

    def rule(self, permutation: Axes = (), shape: Axes = (), variable: str = "") -> Rule:
        """The operand as one array; axes that stay and a shape that it has already are left out."""
        stays = permutation == tuple(range(len(permutation)))
        after = tuple(self.shape[axis] for axis in permutation) or self.shape
        return whole(
            variable or self.variable,
            self.operand,
            () if stays else permutation,
            () if shape == after else shape,
        )

    def other(self, operand: int) -> Axes:
        """The shape of another operand; () where there is none."""
        places = self.operator.inputs
        index = places[operand] if operand < len(places) else -1
        return self.tensors[index].shape if index >= 0 else ()


Shaped: TypeAlias = Callable[[Weight], Rule]
Table: TypeAlias = Mapping[tuple[str, str], Shaped]
"""By operator and operand: the rules of those that do not stay as they are stored."""


def permuted(*axes: int, variable: str = "") -> Shaped:
    """The rule of a kernel whose axes are only in another order."""

    def shaped(weight: Weight) -> Rule:
        if len(weight.shape) != len(axes):
            raise ModelError(f"has shape {list(weight.shape)}; it should have {len(axes)} axes")
        return weight.rule(axes, variable=variable)

    return shaped


def renamed(shaped: Shaped, variable: str) -> Shaped:
    """The same rule, for a variable of another name."""
    return lambda weight: replace(shaped(weight), variable=variable)
