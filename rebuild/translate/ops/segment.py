"""Reductions over segments (kernels/segment_sum.cc, unsorted_segment.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Call, Expression, Operand
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op

UNSORTED = {
    "UNSORTED_SEGMENT_MAX": "max",
    "UNSORTED_SEGMENT_MIN": "min",
    "UNSORTED_SEGMENT_PROD": "prod",
    "UNSORTED_SEGMENT_SUM": "sum",
}


@op("SEGMENT_SUM", needs_tensorflow=True)
def segment_sum(cx: Context, x: Operand, segments: Operand) -> Expression:
    """The sum of the rows of x [n, ...] of each segment; `segments` [n] count up from 0."""
    if segments.shape != x.shape[:1]:
        raise TranslationError(f"its segments are {list(segments.shape)} for {list(x.shape)}")
    if segments.is_static:
        found = cx.integers(segments, "segments")
        steps = {after - before for before, after in zip((0, *found), found, strict=False)}
        if not steps <= {0, 1} or found[:1] not in ((), (0,)):
            raise TranslationError(f"its segments {list(found)} do not count up from 0")
        count = found[-1] + 1 if found else 0
        return tensorflow("math.unsorted_segment_sum", x, segment_ids=segments, num_segments=count)
    return tensorflow("math.segment_sum", x, segment_ids=segments)


@op(*UNSORTED, needs_tensorflow=True)
def unsorted_segment(cx: Context, x: Operand, segments: Operand, count: Operand) -> Expression:
    """x reduced over the elements of each segment; those of a negative one are left out.

    The shape of `segments` begins x's; what no element falls into holds the reduction of nothing.
    """
    if x.shape[: segments.rank] != segments.shape:
        raise TranslationError(f"segments of {list(segments.shape)} do not begin {list(x.shape)}")
    if count.elements != 1:
        raise TranslationError(f"its number of segments is {list(count.shape)}, and one is wanted")
    kind = UNSORTED[cx.operator.name]
    if segments.rank == 1 and count.is_static:
        number = cx.integer(count, "number of segments")
        return Call(f"ops.segment_{kind}", (x, segments), {"num_segments": number})
    return tensorflow(f"math.unsorted_segment_{kind}", x, segment_ids=segments, num_segments=count)
