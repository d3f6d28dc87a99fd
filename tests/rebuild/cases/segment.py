"""Sums and other reductions over segments."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

SORTED = np.array([0, 0, 1, 2, 2], "int32")
SEGMENTS = Input((5,), "int32", -1, 4)
KINDS = ("MAX", "MIN", "PROD", "SUM")

CASES = {
    "segment sum": Case("SEGMENT_SUM", [Input((5, 3)), SORTED]),
    "segment sum integers": Case("SEGMENT_SUM", [Input((5,), "int32", -9, 9), SORTED]),
    "segment sum computed": Case("SEGMENT_SUM", [Input((5, 2, 2)), Input((5,), "int32", 0, 1)]),
    **{
        f"unsorted segment {kind} {x.dtype}": Case(
            f"UNSORTED_SEGMENT_{kind}", [x, SEGMENTS, np.int32(4)]
        )
        for kind in KINDS
        for x in (Input((5, 3)), Input((5,), "int32", -9, 9))
    },
    **{
        f"unsorted segment {kind} of several axes": Case(
            f"UNSORTED_SEGMENT_{kind}",
            [Input((2, 3, 2)), np.array([[0, 2, -1], [2, 2, 0]], "int32"), np.int32(4)],
        )
        for kind in KINDS
    },
    **{
        f"unsorted segment {kind} computed": Case(
            f"UNSORTED_SEGMENT_{kind}", [Input((5, 3)), SEGMENTS, Input((), "int32", 5, 7)]
        )
        for kind in KINDS
    },
}
