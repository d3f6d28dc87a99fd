"""Operators whose results depend on where values are: WHERE, UNIQUE, diagonals, sequences."""

from __future__ import annotations

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op


@op("WHERE")
def where(cx: Context, condition: Operand) -> Expression:
    """The indices [n, rank] of the elements that are not 0, in order (kernels/where.cc)."""
    if not condition.rank:
        raise TranslationError("its condition is a scalar, and it wants at least one axis")
    return ops.cast(ops.stack(ops.nonzero(condition), axis=-1), "int64")


@op("UNIQUE", needs_tensorflow=True)
def unique(cx: Context, x: Operand, *, idx_out_type: str = "INT32") -> Expression:
    """The elements of x [n] by first appearance, and for each element which of them it is."""
    if x.rank != 1:
        raise TranslationError(f"its input has {x.rank} axes, and it takes one (kernels/unique.cc)")
    if cx.outputs[1].dtype != idx_out_type.lower():
        raise TranslationError(
            f"its indices are {cx.outputs[1].dtype}, and its option says {idx_out_type}"
        )
    return tensorflow("unique", x, out_idx=cx.outputs[1].dtype)


@op("REVERSE_SEQUENCE", needs_tensorflow=True)
def reverse_sequence(
    cx: Context, x: Operand, lengths: Operand, *, seq_dim: int = 0, batch_dim: int = 0
) -> Expression:
    """The first `lengths[b]` elements along `seq_dim` of batch b backwards, the rest as it is."""
    if not 0 <= seq_dim < x.rank or not 0 <= batch_dim < x.rank or seq_dim == batch_dim:
        raise TranslationError(
            f"its axes are {seq_dim} and {batch_dim}; they must differ, and x has {x.rank}"
        )
    if lengths.shape != (x.shape[batch_dim],):
        raise TranslationError(f"its lengths are {list(lengths.shape)} for {list(x.shape)}")
    return tensorflow(
        "reverse_sequence", x, seq_lengths=lengths, seq_axis=seq_dim, batch_axis=batch_dim
    )


@op("MATRIX_DIAG")
def matrix_diag(cx: Context, x: Operand) -> Expression:
    """[..., n] to [..., n, n]: x on the diagonal, 0 elsewhere."""
    on = ops.eye(x.shape[-1], dtype="bool")
    return ops.where(on, ops.expand_dims(x, -1), 0)


@op("MATRIX_SET_DIAG")
def matrix_set_diag(cx: Context, x: Operand, diagonal: Operand) -> Expression:
    """x [..., m, n] with another diagonal [..., min(m, n)] (kernels/matrix_set_diag.cc)."""
    rows, columns = x.shape[-2:]
    size = (rows,) if rows == columns else (rows, columns)
    spread = ops.expand_dims(diagonal, -1 if rows <= columns else -2)
    return ops.where(ops.eye(*size, dtype="bool"), spread, x)


@op("SPARSE_TO_DENSE")
def sparse_to_dense(
    cx: Context,
    indices: Operand,
    shape: Operand,
    values: Operand,
    default: Operand,
    *,
    validate_indices: bool = False,
) -> Expression:
    """`default` everywhere but at `indices` [n, rank], [n] or one (kernels/sparse_to_dense.cc).

    Where an index is there twice, the last value counts.
    """
    places: Expression = indices
    if indices.rank != 2:
        places = ops.reshape(indices, (-1, 1))
    count = indices.shape[0] if indices.rank else 1
    given = values if values.rank else ops.broadcast_to(values, (count,))
    if not values.rank and values.is_static:
        given = ops.full((count,), number(values.static), dtype=values.dtype)
    fill = number(default.static) if default.is_static else default
    full = ops.full(cx.integers(shape, "output shape"), fill, dtype=cx.output.dtype)
    return ops.scatter_update(full, places, given)
