"""StableHLO's gather and scatter (kernels/stablehlo_gather.cc, stablehlo_scatter.cc)."""

from __future__ import annotations

from collections.abc import Sequence

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers, ops
from rebuild.translate.ops.stablehlo import of_one_grid, of_plain_numbers
from rebuild.translate.ops.windows import computation
from rebuild.translate.registry import TranslationError, op

REDUCTIONS = {
    "": None,
    "STABLEHLO_ADD": "add",
    "STABLEHLO_MULTIPLY": "mul",
    "STABLEHLO_MAXIMUM": "max",
    "STABLEHLO_MINIMUM": "min",
}
"""What a body puts in the place of an element (stablehlo_scatter.cc, OpCodeToComputationType)."""

OF_BOOLEANS = {"add": "max", "mul": "min"}


@op("STABLEHLO_GATHER")
def gather(
    cx: Context,
    x: Operand,
    starts: Operand,
    *,
    offset_dims: Sequence[int] = (),
    collapsed_slice_dims: Sequence[int] = (),
    start_index_map: Sequence[int] = (),
    index_vector_dim: int = 0,
    slice_sizes: Sequence[int] = (),
) -> Expression:
    """A block of x for each start, moved so that it fits (ClipStartingIndex)."""
    of_one_grid(cx, x, cx.output)
    parts = parts_of(starts, index_vector_dim, start_index_map, x.rank)
    kept = [axis for axis in range(x.rank) if axis not in collapsed_slice_dims]
    offsets = tuple(sorted(offset_dims))
    if len(slice_sizes) != x.rank or len(kept) != len(offsets):
        raise TranslationError(f"its slices {list(slice_sizes)} do not fit shape {list(x.shape)}")
    if any(not 0 <= size <= n for size, n in zip(slice_sizes, x.shape, strict=True)):
        raise TranslationError(f"its slices {list(slice_sizes)} are larger than {list(x.shape)}")
    if is_take(x, slice_sizes, collapsed_slice_dims, parts, offsets, cx.output.rank):
        axis = parts[0]
        if not axis:
            cx.fix_batch(x)
        places = ops.squeeze(cx.tensor(starts), axis=index_vector_dim)
        return ops.take(cx.tensor(x), ops.clip(places, 0, x.shape[axis] - 1), axis=axis)
    options = {
        "start_index_map": parts,
        "offset_dims": offsets,
        **({"collapsed": tuple(collapsed_slice_dims)} if collapsed_slice_dims else {}),
    }
    cx.fix_batch(x, starts)
    made = helpers.GatherSlices(tuple(slice_sizes), **options)
    return made(cx.tensor(x), last(cx, starts, index_vector_dim, len(parts)))


def is_take(
    x: Operand,
    sizes: Sequence[int],
    collapsed: Sequence[int],
    parts: tuple[int, ...],
    offsets: tuple[int, ...],
    rank: int,
) -> bool:
    """Whether single places along one axis are taken, and the result's axes stand in its place."""
    if len(parts) != 1 or tuple(collapsed) != parts:
        return False
    (axis,) = parts
    whole = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    others = (*range(axis), *range(axis + rank - x.rank + 1, rank))
    return tuple(sizes) == whole and offsets == others


@op("STABLEHLO_SCATTER")
def scatter(
    cx: Context,
    x: Operand,
    starts: Operand,
    updates: Operand,
    *,
    update_window_dims: Sequence[int] = (),
    inserted_window_dims: Sequence[int] = (),
    scatter_dims_to_operand_dims: Sequence[int] = (),
    index_vector_dim: int = 0,
    update_computation_subgraph_index: int = 0,
) -> Expression:
    """x with blocks of updates put, added or multiplied in; what falls outside is dropped."""
    body = computation(cx, update_computation_subgraph_index)
    if body not in REDUCTIONS:
        raise TranslationError(
            f"its body is {body}; the kernel knows STABLEHLO_ADD, MULTIPLY, MAXIMUM and MINIMUM"
        )
    of_one_grid(cx, x, updates, cx.output)
    if REDUCTIONS[body] in ("add", "mul"):
        of_plain_numbers(cx, x)
    parts = parts_of(starts, index_vector_dim, scatter_dims_to_operand_dims, x.rank)
    if len(update_window_dims) + len(inserted_window_dims) != x.rank:
        raise TranslationError(f"its windows do not have the {x.rank} axes of what they go into")
    if updates.rank - len(update_window_dims) != starts.rank - 1:
        raise TranslationError(f"its updates {list(updates.shape)} do not fit its starts")
    reduction = REDUCTIONS[body]
    if x.dtype == "bool" and reduction:
        reduction = OF_BOOLEANS.get(reduction, reduction)
    options = {
        "start_index_map": parts,
        "window": tuple(update_window_dims),
        **({"inserted": tuple(inserted_window_dims)} if inserted_window_dims else {}),
        **({"reduction": reduction} if reduction else {}),
    }
    cx.fix_batch(x, starts, updates)
    made = helpers.ScatterSlices(**options)
    places = last(cx, starts, index_vector_dim, len(parts))
    return made(cx.tensor(x), places, cx.tensor(updates))


def parts_of(starts: Operand, dim: int, mapped: Sequence[int], rank: int) -> tuple[int, ...]:
    """The axis that each part of a start is for, checked against the starts' shape."""
    if starts.dtype not in ("int32", "int64"):
        raise TranslationError(f"its indices are {starts.dtype}, and the kernel takes integers")
    if not 0 <= dim < starts.rank:
        raise TranslationError(
            f"its index_vector_dim is {dim}, and its indices have {starts.rank} axes; the kernel "
            "would read past them"
        )
    fits = len(mapped) <= starts.shape[dim] and all(0 <= axis < rank for axis in mapped)
    if not fits or len(set(mapped)) != len(mapped):
        raise TranslationError(f"its indices are for the axes {list(mapped)} of {rank}")
    return tuple(mapped)


def last(cx: Context, starts: Operand, dim: int, count: int) -> Expression:
    """The indices with the parts of a start along the last axis; the first `count` are read."""
    moved = cx.tensor(starts)
    moved = moved if dim == starts.rank - 1 else ops.moveaxis(moved, dim, -1)
    return moved if count == starts.shape[dim] else moved[..., :count]
