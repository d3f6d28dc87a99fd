"""A wrong kernel or bias: in another axis order, reversed, or missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations
from typing import TypeAlias

import numpy as np

from inspector.compare.hints.remake import Change, Parts
from inspector.compare.hints.suspect import Guess, Suspect
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Operator, Tensor
from inspector.weights.channels import STORED_AXES
from inspector.weights.operands import operand_name

TYPES = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "FULLY_CONNECTED", "CONV_3D")
AXES = {name: STORED_AXES[name, "kernel"] for name in TYPES}
"""The axes of the kernels, as these operators read them."""
USUAL = frozenset({"IO", "HWIO", "OIHW", "OWHI", "1WHO", "HW1O", "O1HW"})
"""Orders that other frameworks write kernels in, or that a slip leads to."""
MOST_AXES = 4
Sizes: TypeAlias = tuple[int, ...]
Arranging: TypeAlias = Callable[[np.ndarray], np.ndarray]
FLIPS = ("H", "W", "HW", "I", "O")
WORDS = {"H": "height", "W": "width", "I": "input channels", "O": "output channels", "D": "depth"}


def missing_bias(suspect: Suspect) -> Iterator[Guess]:
    """The operator without what it adds."""
    for operator, tensor in constants(suspect, "bias"):

        def change(parts: Parts, index: int = tensor.index) -> None:
            parts.replace(index, np.zeros_like(parts.stored(index)))

        yield Guess(f"its bias looks left out{told(suspect, operator)}", suspect.changed(change))


def flipped(suspect: Suspect) -> Iterator[Guess]:
    """The kernel reversed along some of its axes, or all of it."""
    for operator, tensor in constants(suspect, "kernel"):
        letters = AXES.get(operator.name, "")
        for flip in (*FLIPS, letters):
            axes = tuple(i for i, letter in enumerate(letters) if letter in flip)
            if not flip or len(letters) != len(tensor.shape) or len(axes) < len(flip.strip("1")):
                continue
            named = "from end to end" if flip == letters else "in " + listed(flip)
            yield Guess(
                f"its kernel looks reversed {named}{told(suspect, operator)}",
                suspect.changed(rewritten(tensor, partial(np.flip, axis=axes))),
            )


def usually_transposed(suspect: Suspect) -> Iterator[Guess]:
    """The kernel in the axis order of another framework, or with height and width swapped."""
    return in_order(suspect, is_usual=True)


def transposed(suspect: Suspect) -> Iterator[Guess]:
    """The kernel in any other axis order: read in one it was not written in, or the reverse."""
    return in_order(suspect, is_usual=False)


def in_order(suspect: Suspect, *, is_usual: bool) -> Iterator[Guess]:
    """The kernel in the usual axis orders, or in the others."""
    for operator, tensor in constants(suspect, "kernel"):
        letters = AXES.get(operator.name, "")
        if not 2 <= len(tensor.shape) <= MOST_AXES:
            continue
        for words, sizes, order in orders(tensor.shape, letters):
            if (words.split()[0] in USUAL) is is_usual:
                yield Guess(
                    f"its kernel looks transposed ({words}){told(suspect, operator)}",
                    suspect.changed(rewritten(tensor, partial(moved, sizes, order))),
                )


def orders(shape: Sizes, letters: str) -> Iterator[tuple[str, Sizes, Sizes]]:
    """The axis orders that an array may have been written in, each once, and their reverses.

    Each in words, as the sizes to take the array's values by, and the order to put the axes in.
    """
    own = letters if len(letters) == len(shape) else "".join(map(str, range(len(shape))))
    seen = set()
    for order in permutations(range(len(shape))):
        other, back = "".join(own[i] for i in order), tuple(np.argsort(order).tolist())
        for words, sizes, axes in (
            (f"{other} in the place of {own}", shape, order),
            (f"{own} read as {other}", tuple(shape[i] for i in order), back),
        ):
            mark = moving(sizes, axes)
            if mark not in seen and list(mark[1]) != sorted(mark[1]):
                seen.add(mark)
                yield words, sizes, axes


def moving(sizes: Sizes, order: Sizes) -> tuple[Sizes, Sizes]:
    """What of an axis order moves values: that of the axes with more than one element."""
    kept = [i for i, size in enumerate(sizes) if size > 1]
    return tuple(sizes[i] for i in kept), tuple(kept.index(i) for i in order if i in kept)


def moved(sizes: Sizes, order: Sizes, values: np.ndarray) -> np.ndarray:
    """Values, taken for an array of these sizes, with the axes in another order."""
    return values.reshape(sizes).transpose(order)


def rewritten(tensor: Tensor, arranged: Arranging) -> Change:
    """A change of a constant whose bytes become those of its array, arranged anew."""

    def change(parts: Parts) -> None:
        width = numpy_dtype(tensor.dtype).itemsize
        values = parts.stored(tensor.index).view(f"u{width}").reshape(tensor.shape)
        parts.replace(tensor.index, arranged(values))

    return change


def constants(suspect: Suspect, name: str) -> Iterator[tuple[Operator, Tensor]]:
    """The constants of that name among the operands, with the operator that reads each."""
    for operator in suspect.operators:
        for operand in range(len(operator.inputs)):
            if operand_name(operator, operand) == name:
                tensor = suspect.constant(operator, operand)
                if tensor is not None and is_plain(suspect, tensor):
                    yield operator, tensor


def is_plain(suspect: Suspect, tensor: Tensor) -> bool:
    """Whether a constant is stored as an array of whole bytes, in its own order."""
    size = suspect.reference.model.buffer_extent(tensor.buffer)[1]
    width = numpy_dtype(tensor.dtype).itemsize
    return tensor.sparsity is None and size == tensor.elements * width


def told(suspect: Suspect, operator: Operator) -> str:
    """Which operator is meant, where that is not the one that the verdict is on."""
    if operator.index == suspect.operator.index:
        return ""
    return f" at operator {operator.index} ({operator.name}), which is checked through this one"


def listed(letters: str) -> str:
    """Axes in words."""
    return " and ".join(WORDS[letter] for letter in letters)
