"""Operators whose shapes, axes or borders are computed while the model runs.

Keras wants those when the model is built; TensorFlow takes them as tensors.
"""

from __future__ import annotations

from typing import Any

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op

REDUCERS = {
    "MEAN": "mean",
    "REDUCE_ALL": "all",
    "REDUCE_ANY": "any",
    "REDUCE_MAX": "max",
    "REDUCE_MIN": "min",
    "REDUCE_PROD": "prod",
    "SUM": "sum",
}


@op("TILE", computed=True)
def tile(cx: Context, x: Operand, multiples: Operand) -> Expression:
    """x repeated along each axis."""
    return tensorflow("tile", x, multiples=multiples)


@op("TRANSPOSE", computed=True)
def transpose(cx: Context, x: Operand, permutation: Operand) -> Expression:
    """The axes of x in a new order."""
    return tensorflow("transpose", x, perm=permutation)


@op("PAD", "PADV2", computed=True)
def pad(cx: Context, x: Operand, paddings: Operand, value: Operand | None = None) -> Expression:
    """x with a border of zeros, or of the third operand."""
    check_paddings(x, paddings)
    fill = {} if value is None else {"constant_values": value}
    return tensorflow("pad", x, paddings=cx.tensor(paddings), **fill)


@op("MIRROR_PAD", computed=True)
def mirror_pad(cx: Context, x: Operand, paddings: Operand, *, mode: str = "REFLECT") -> Expression:
    """x with a border that mirrors it."""
    check_paddings(x, paddings)
    return tensorflow("pad", x, paddings=paddings, mode=mode)


def check_paddings(x: Operand, paddings: Operand) -> None:
    """Refuse other paddings than two for each axis of x."""
    if paddings.shape != (x.rank, 2):
        raise TranslationError(f"its paddings are {list(paddings.shape)} for {x.rank} axes")


@op("SLICE", computed=True)
def slice_(cx: Context, x: Operand, begin: Operand, size: Operand) -> Expression:
    """The block of x that starts at `begin`; a size of -1 takes the rest of an axis."""
    known = list(cx.integers(size, "size")) if size.is_static else size
    return tensorflow("slice", x, begin=begin, size=known)


@op("STRIDED_SLICE", computed=True)
def strided_slice(
    cx: Context,
    x: Operand,
    begin: Operand,
    end: Operand,
    strides: Operand,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    offset: bool = False,
) -> Expression:
    """x[begin:end:strides], axis by axis, the masks as bits."""
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    edges: dict[str, Any] = {"begin": begin, "end": end, "strides": strides}
    for name, edge in edges.items():
        edges[name] = list(cx.integers(edge, name)) if edge.is_static else edge
    if offset:
        edges["end"] = cx.tensor(begin) + cx.tensor(end)
    some = {name: mask for name, mask in masks.items() if mask}
    return tensorflow("strided_slice", x, **(edges | some))


@op(*REDUCERS, computed=True)
def reduce(cx: Context, x: Operand, axes: Operand, *, keep_dims: bool = False) -> Expression:
    """x reduced over the axes that the second operand says, as many as the output lacks."""
    kept = tensorflow(f"reduce_{REDUCERS[cx.operator.name]}", x, axis=axes, keepdims=True)
    return kept if keep_dims else ops.reshape(kept, cx.output.shape)


@op("ARG_MAX", "ARG_MIN", computed=True)
def arg(cx: Context, x: Operand, axis: Operand) -> Expression:
    """The index of the first largest or smallest element along an axis."""
    name = "argmax" if cx.operator.name == "ARG_MAX" else "argmin"
    return tensorflow(name, x, axis=axis, output_type=cx.output.dtype)


@op("TOPK_V2", computed=True)
def top_k(cx: Context, x: Operand, k: Operand) -> Expression:
    """The k largest of the last axis, and their indices."""
    return tensorflow("math.top_k", x, k=k)


@op("ONE_HOT", computed=True)
def one_hot(
    cx: Context, indices: Operand, depth: Operand, on: Operand, off: Operand, *, axis: int = -1
) -> Expression:
    """`on` where the new axis' place is the index, `off` elsewhere."""
    values = {"on_value": on, "off_value": off}
    return tensorflow("one_hot", indices, depth=depth, **values, axis=axis, dtype=cx.output.dtype)


@op("CUMSUM", computed=True)
def cumsum(
    cx: Context, x: Operand, axis: Operand, *, exclusive: bool = False, reverse: bool = False
) -> Expression:
    """Running sums along an axis."""
    return tensorflow("cumsum", x, axis=axis, exclusive=exclusive, reverse=reverse)


@op("SPLIT", computed=True)
def split(cx: Context, axis: Operand, x: Operand, *, num_splits: int = 0) -> Expression:
    """x in equal parts along an axis."""
    return tensorflow("raw_ops.Split", axis=axis, value=x, num_split=num_splits)


@op("SPACE_TO_BATCH_ND", computed=True)
def space_to_batch(cx: Context, x: Operand, block: Operand, paddings: Operand) -> Expression:
    """Blocks of the axes after the batch become batches."""
    sizes = list(cx.integers(block, "block shape")) if block.is_static else block
    return tensorflow("space_to_batch", x, block_shape=sizes, paddings=cx.tensor(paddings))


@op("BATCH_TO_SPACE_ND", computed=True)
def batch_to_space(cx: Context, x: Operand, block: Operand, crops: Operand) -> Expression:
    """Batches become blocks of the axes after the batch, and borders are cut."""
    sizes = list(cx.integers(block, "block shape")) if block.is_static else block
    return tensorflow("batch_to_space", x, block_shape=sizes, crops=cx.tensor(crops))


@op("SPARSE_TO_DENSE", computed=True)
def sparse_to_dense(
    cx: Context, indices: Operand, shape: Operand, values: Operand, default: Operand
) -> Expression:
    """`default` everywhere but at `indices`."""
    return tensorflow(
        "raw_ops.SparseToDense",
        sparse_indices=cx.tensor(indices),
        output_shape=shape,
        sparse_values=values if values.rank == 0 else cx.tensor(values),
        default_value=default,
        validate_indices=False,
    )
