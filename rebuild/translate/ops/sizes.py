"""Operators that compute sizes and counts (kernels/shape.cc, range.cc, broadcast_args.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import op


@op("SHAPE", needs_tensorflow=True)
def shape(cx: Context, x: Operand) -> Expression:
    """The sizes of x [rank], where they depend on what the model is given."""
    return tensorflow("shape", x, out_type=cx.output.dtype)


@op("RANK", needs_tensorflow=True)
def rank(cx: Context, x: Operand) -> Expression:
    """The number of axes of x, where a subgraph is called with several."""
    return tensorflow("rank", x)


@op("RANGE", needs_tensorflow=True)
def range_(cx: Context, start: Operand, limit: Operand, delta: Operand) -> Expression:
    """start, start + delta, ... as long as `limit` is not reached (kernels/range.cc)."""
    return tensorflow("range", start=start, limit=limit, delta=delta)


@op("BROADCAST_ARGS")
def broadcast_args(cx: Context, left: Operand, right: Operand) -> Expression:
    """The shape that two shapes broadcast to: the shorter one is preceded by axes of 1."""
    rank = max(left.shape[0], right.shape[0])
    one, other = (padded(side, rank) for side in (left, right))
    return ops.where(ops.equal(one, 1), other, one)


def padded(sizes: Operand, rank: int) -> Expression:
    """Sizes [n] with ones before them, [rank]."""
    missing = rank - sizes.shape[0]
    return ops.pad(sizes, ((missing, 0),), constant_values=1) if missing else sizes
