"""Operators that move blocks between space, depth and batch (kernels/space_to_batch_nd.cc, …)."""

from __future__ import annotations

import numpy as np

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, ops
from rebuild.translate.ops.shape import pairs
from rebuild.translate.registry import TranslationError, op


@op("DEPTH_TO_SPACE")
def depth_to_space(cx: Context, x: Operand, *, block_size: int = 1) -> Expression:
    """[N,H,W,b*b*C] to [N,H*b,W*b,C]: blocks of channels become blocks of pixels."""
    _, h, w, _ = x.shape
    b, c = block_size, cx.output.shape[3]
    blocks = ops.transpose(ops.reshape(x, (-1, h, w, b, b, c)), (0, 1, 3, 2, 4, 5))
    return ops.reshape(blocks, (-1, h * b, w * b, c))


@op("SPACE_TO_DEPTH")
def space_to_depth(cx: Context, x: Operand, *, block_size: int = 1) -> Expression:
    """[N,H*b,W*b,C] to [N,H,W,b*b*C]: blocks of pixels become blocks of channels."""
    _, h, w, c = x.shape
    b = block_size
    blocks = ops.reshape(x, (-1, h // b, b, w // b, b, c))
    return ops.reshape(ops.transpose(blocks, (0, 1, 3, 2, 4, 5)), (-1, h // b, w // b, b * b * c))


@op("SPACE_TO_BATCH_ND")
def space_to_batch(cx: Context, x: Operand, block: Operand, paddings: Operand) -> Expression:
    """Blocks of the axes after the batch become batches (kernels/space_to_batch_nd.cc)."""
    sizes = cx.integers(block, "block shape")
    widths = pairs(cx, paddings, len(sizes))
    check_block(x, len(sizes))
    rest = x.shape[1 + len(sizes) :]
    padded: Expression = (
        ops.pad(x, ((0, 0), *widths, *((0, 0),) * len(rest))) if any(map(any, widths)) else x
    )
    whole = [n + sum(w) for n, w in zip(x.shape[1 : 1 + len(sizes)], widths, strict=True)]
    split = [part for n, b in zip(whole, sizes, strict=True) for part in (n // b, b)]
    count = len(sizes)
    order = (
        *range(2, 2 * count + 1, 2),
        0,
        *range(1, 2 * count, 2),
        *range(2 * count + 1, 2 * count + 1 + len(rest)),
    )
    blocks = ops.transpose(ops.reshape(padded, (x.shape[0], *split, *rest)), order)
    return ops.reshape(blocks, cx.output.shape)


@op("BATCH_TO_SPACE_ND")
def batch_to_space(cx: Context, x: Operand, block: Operand, crops: Operand) -> Expression:
    """Batches become blocks of the axes after the batch, and borders are cut."""
    sizes = cx.integers(block, "block shape")
    widths = pairs(cx, crops, len(sizes))
    count = len(sizes)
    check_block(x, count)
    spatial, rest = x.shape[1 : 1 + count], x.shape[1 + count :]
    batch = x.shape[0] // int(np.prod(sizes))
    order = [count]
    for axis in range(count):
        order += [count + 1 + axis, axis]
    order += range(2 * count + 1, 2 * count + 1 + len(rest))
    blocks = ops.transpose(ops.reshape(x, (*sizes, batch, *spatial, *rest)), tuple(order))
    whole = tuple(n * b for n, b in zip(spatial, sizes, strict=True))
    joined = ops.reshape(blocks, (batch, *whole, *rest))
    if not any(map(any, widths)):
        return joined
    return joined[
        (slice(None), *(slice(a, n - b) for n, (a, b) in zip(whole, widths, strict=True)))
    ]


def check_block(x: Operand, count: int) -> None:
    """Refuse a block that is not of all axes between the batch and the channels."""
    if count != x.rank - 2 and (x.rank, count) != (3, 1):
        raise TranslationError(f"its block has {count} axes, and x has {x.rank}")
