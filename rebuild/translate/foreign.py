"""TensorFlow's functions, which a model calls as layers (`helpers/tensorflow_function.py`)."""

from __future__ import annotations

from typing import Any

from rebuild.translate.context import number
from rebuild.translate.expression import Call, Expression, Operand, helpers


def tensorflow(function: str, *operands: Expression, **arguments: Any) -> Call:
    """`tf.function(*operands, **arguments)`: what is no tensor becomes an option of the layer.

    An argument that is a scalar of the file is written as the number that it is.
    """
    known = {name: settled(value) for name, value in arguments.items()}
    tensors = {name: value for name, value in known.items() if is_tensor(value)}
    options = {name: value for name, value in known.items() if name not in tensors}
    return helpers.TensorFlow(function, **options)(*operands, **tensors)


def is_tensor(value: Any) -> bool:
    """Whether a value is an expression, or a list of them."""
    return any(isinstance(v, Expression) for v in (value if isinstance(value, list) else [value]))


def settled(value: Any) -> Any:
    """A static scalar operand as a number; everything else as it is."""
    if isinstance(value, Operand) and value.is_static and value.rank == 0:
        return number(value.static)
    return value
