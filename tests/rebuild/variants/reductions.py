"""Reductions, running sums and places of extremes: types, ranks, axes from both ends."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tests.one_operator import Case, Input
from tests.rebuild.variants.elementwise import types

SHAPES = {0: (), 1: (4,), 2: (2, 3), 3: (2, 3, 4), 4: (2, 3, 2, 4), 5: (2, 1, 3, 2, 4)}
REDUCERS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ANY", "REDUCE_ALL")


def numbers(rank: int, kind: str) -> Input:
    """Numbers whose products stay small."""
    if "float" in kind:
        return Input(SHAPES[rank], kind, 0.5, 1.5)
    return Input(SHAPES[rank], kind, 0 if kind.startswith("uint") else -3, 4)


def reduced(operator: str) -> Iterator[Case]:
    """Over the first axis, the last, both, all and none, and over one that is named twice."""
    first = types(operator)[0]
    for kind in types(operator):
        for rank in range(6) if kind == first else (2,):
            for axes in ([0], [-1], [0, -1], list(range(rank)), []):
                for keep in (False, True) if rank and kind == first else (False,):
                    operands = [numbers(rank, kind), np.array(axes, "int32")]
                    yield Case(operator, operands, {"keepDims": keep})
    yield Case(operator, [numbers(2, first), np.int32(-1)])
    yield Case(operator, [numbers(2, first), np.array([1, 1, -1], "int32")])


def placed(operator: str) -> Iterator[Case]:
    """Both types of places, along the first and the last axis."""
    for kind in types(operator):
        for rank in range(1, 6) if kind == "float32" else (1, 2):
            for axis in (0, -1):
                for places, code in (("int32", 2), ("int64", 4)):
                    operands = [numbers(rank, kind), np.array([axis], "int32")]
                    yield Case(operator, operands, {"outputType": code}, output_dtype=places)


VARIANTS = {
    **{operator: list(reduced(operator)) for operator in REDUCERS},
    **{operator: list(placed(operator)) for operator in ("ARG_MAX", "ARG_MIN")},
    "CUMSUM": [
        Case(
            "CUMSUM",
            [numbers(rank, kind), np.array(axis, "int32")],
            {"exclusive": exclusive, "reverse": reverse},
        )
        for kind in types("CUMSUM")
        for rank in (range(1, 6) if kind == "float32" else (2,))
        for axis in (0, -1)
        for exclusive in (False, True)
        for reverse in (False, True)
    ],
    "TOPK_V2": [
        Case(
            "TOPK_V2",
            [numbers(rank, kind), np.array(count, size)],
            outputs=2,
            output_dtypes=(kind, size),
        )
        for kind in types("TOPK_V2")
        for rank in (range(1, 6) if kind == "float32" else (2,))
        for count, size in ((1, "int32"), (2, "int32"), (2, "int16"))
    ],
}
for kind in ("float32", "int32"):
    for operator in ("REDUCE_MAX", "REDUCE_MIN"):
        for axis in (0, 1):
            empty = [Input((0, 3), kind, 0, 9), np.array([axis], "int32")]
            VARIANTS[operator].append(Case(operator, empty))
