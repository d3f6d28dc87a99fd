"""Products that Keras takes for sparse.

The symbolic `x * 2.0` of Keras says that it is sparse, since a number says nothing of it
(`Multiply.compute_output_spec`), and what is computed from it may say so too. A layer of ours that
is called on that cannot be traced. `layers.Rescaling(2.0)(x)` says what is true.
"""

from __future__ import annotations

from typing import Any

from rebuild.helpers import sources
from rebuild.translate.expression import (
    Binary,
    Call,
    Expression,
    Operand,
    children,
    layers,
    ops,
    replace,
    walk,
)

MULTIPLY = "ops.multiply"
FUNCTIONS = """
argmax argmin cast clip cumsum elu erf exp gelu log log_softmax max min one_hot pad power prod relu
relu6 rsqrt sigmoid silu softmax split stack swapaxes take tile unstack where
"""
DENSE = frozenset(FUNCTIONS.split())
"""Functions of `keras.ops` that give a dense tensor whatever they are given."""


def densified(value: Any, dtype: str) -> Any:
    """The expression of an operator that gives `dtype`, without products that count as sparse.

    They stay where the value does not count as sparse for it, and no layer of ours is called on it.
    """
    called = (node for node in walk(value) if calls_ours(node))
    if not is_sparse(value) and not any(is_sparse(list(node.arguments)) for node in called):
        return value

    def change(node: Any) -> Any:
        if not is_product(node):
            return node
        left, right = sides(node)
        factor, rest = (left, right) if not has_tensor(left) else (right, left)
        if isinstance(factor, float) and dtype == "float32":
            return layers.Rescaling(factor)(replace(rest, change, Expression))
        return ops.convert_to_tensor(node, sparse=False)

    return replace(value, change, Expression)


def is_sparse(node: Any) -> bool:
    """Whether Keras may take the value of an expression for sparse."""
    if is_product(node):
        return True
    if isinstance(node, Binary) and node.operator in "+-" and not all(map(has_tensor, sides(node))):
        return False
    return not gives_dense(node) and any(map(is_sparse, children(node)))


def is_product(node: Any) -> bool:
    """Whether a node multiplies a tensor of the model with something that is none."""
    if isinstance(node, Binary):
        is_multiplied = node.operator == "*"
    else:
        is_multiplied = isinstance(node, Call) and node.function == MULTIPLY
    return is_multiplied and sum(map(has_tensor, sides(node))) == 1


def sides(node: Binary | Call) -> tuple[Any, Any]:
    """What a node multiplies or adds."""
    if isinstance(node, Binary):
        return node.left, node.right
    return node.arguments[0], node.arguments[1]


def has_tensor(node: Any) -> bool:
    """Whether an expression is computed from a tensor of the model, and not when it is built."""
    return any(isinstance(part, Operand) for part in walk(node))


def gives_dense(node: Any) -> bool:
    """Whether a node calls what gives a dense tensor in any case."""
    if not isinstance(node, Call) or not isinstance(node.function, str):
        return calls_ours(node)
    module, _, name = node.function.partition(".")
    return module == "ops" and name in DENSE


def calls_ours(node: Any) -> bool:
    """Whether a node calls a layer of `rebuild/helpers`, which gives what it was traced to give."""
    made = node.function if isinstance(node, Call) else None
    return isinstance(made, Call) and made.function in sources()
