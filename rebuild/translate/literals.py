"""Which constants of one element a script may write as plain numbers."""

from __future__ import annotations

from typing import Any

from rebuild.translate.expression import Binary, Call, Operand, Unary, children, walk

FUNCTIONS = """
absolute equal greater greater_equal less less_equal maximum minimum not_equal sign where
"""
BROADCASTING = frozenset(f"ops.{name}" for name in FUNCTIONS.split())
"""Functions of `keras.ops` that take a number in the place of a tensor, in all types."""


def numbers(value: Any) -> set[int]:
    """The constants that will do as numbers in an expression, by tensor index.

    They are those of one element that are only broadcast, beside what has as many axes at least:
    everything else in Keras wants a tensor, and a number has no axis to give to the result.
    """
    nodes = list(walk(value))
    leaves = [node for node in nodes if isinstance(node, Operand)]
    rank = max((leaf.rank for leaf in leaves if not leaf.is_static), default=0)
    single = {leaf.tensor for leaf in leaves if leaf.is_static and leaf.elements == 1}
    small = {leaf.tensor for leaf in leaves if leaf.rank <= min(rank, 1)}
    apart = {
        child.tensor
        for node in nodes
        if not broadcasts(node)
        for child in children(node)
        if isinstance(child, Operand)
    }
    return single & small - apart


def broadcasts(node: Any) -> bool:
    """Whether a node stretches what it is given to one shape."""
    return isinstance(node, (Binary, Unary)) or (
        isinstance(node, Call) and node.function in BROADCASTING
    )
