"""StableHLO's gather and scatter."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.one_operator import Case, Input

GRID = Input((4, 6))


def gather(
    offset: list[int], collapsed: list[int], mapped: list[int], dim: int, sizes: list[int]
) -> dict[str, Any]:
    return {
        "offsetDims": offset,
        "collapsedSliceDims": collapsed,
        "startIndexMap": mapped,
        "indexVectorDim": dim,
        "sliceSizes": sizes,
    }


GATHER = {
    f"stablehlo_gather {name}": Case(
        "STABLEHLO_GATHER",
        [operand, starts],
        options,
        shapes=[(1,) * (len(options["offsetDims"]) + len(starts.shape) - 1)],
    )
    for name, operand, starts, options in (
        ("rows", GRID, Input((5, 1), "int32", 0, 4), gather([1], [0], [0], 1, [1, 6])),
        ("columns", GRID, Input((5, 1), "int64", 0, 6), gather([0], [1], [1], 1, [4, 1])),
        ("outside", GRID, Input((5, 1), "int32", -9, 9), gather([1], [0], [0], 1, [1, 6])),
        ("blocks", GRID, Input((5, 2), "int32", -1, 7), gather([1, 2], [], [0, 1], 1, [2, 3])),
        ("turned", GRID, Input((5, 2), "int32", -1, 7), gather([0, 2], [], [1, 0], 1, [2, 3])),
        ("collapsed", GRID, Input((5, 2), "int32", 0, 6), gather([0], [0], [0, 1], 1, [1, 3])),
        ("elements", GRID, Input((3, 4, 2), "int64", 0, 6), gather([], [0, 1], [0, 1], 2, [1, 1])),
        (
            "first",
            GRID,
            Input((2, 3, 4), "int32", 0, 6),
            gather([1, 3], [], [0, 1], 0, [3, 2]),
        ),
        ("one start", GRID, Input((2,), "int32", 0, 5), gather([0, 1], [], [0, 1], 0, [2, 2])),
        ("constant", GRID, np.array([[1], [3]], "int32"), gather([1], [0], [0], 1, [1, 6])),
        (
            "of a constant",
            np.arange(24, dtype="float32").reshape(4, 6),
            Input((3, 1), "int32", 0, 4),
            gather([1], [0], [0], 1, [1, 6]),
        ),
        (
            "three axes",
            Input((3, 4, 5), "int32", -99, 99),
            Input((6, 2), "int32", 0, 4),
            gather([1, 2], [1], [2, 1], 1, [2, 1, 3]),
        ),
        ("one constant", GRID, np.array([2], "int32"), gather([0, 1], [], [0], 0, [1, 3])),
        (
            "of one",
            np.array([2.5], "float32"),
            Input((3, 1), "int32"),
            gather([], [0], [0], 1, [1]),
        ),
        (
            "more parts",
            GRID,
            Input((5, 3), "int32", 0, 3),
            gather([1, 2], [], [1, 0], 1, [2, 3]),
        ),
        ("bools", Input((4,), "bool"), Input((6, 1), "int32", 0, 4), gather([], [0], [0], 1, [1])),
        ("no starts", GRID, Input((0, 1), "int32"), gather([1], [0], [0], 1, [1, 6])),
    )
}


def scatter(window: list[int], inserted: list[int], mapped: list[int], dim: int) -> dict[str, Any]:
    return {
        "updateWindowDims": window,
        "insertedWindowDims": inserted,
        "scatterDimsToOperandDims": mapped,
        "indexVectorDim": dim,
        "updateComputationSubgraphIndex": 1,
    }


SCATTER_FORMS = {
    "rows": (GRID, Input((5, 1), "int32", 0, 4), Input((5, 6)), scatter([1], [0], [0], 1)),
    "outside": (GRID, Input((5, 1), "int32", -3, 7), Input((5, 6)), scatter([1], [0], [0], 1)),
    "blocks": (
        GRID,
        Input((5, 2), "int64", -1, 6),
        Input((5, 2, 3)),
        scatter([1, 2], [], [0, 1], 1),
    ),
    "windows first": (
        GRID,
        Input((2, 5), "int32", 0, 5),
        Input((2, 5, 3)),
        scatter([0, 2], [], [1, 0], 0),
    ),
    "elements": (GRID, Input((9, 2), "int32", 0, 6), Input((9,)), scatter([], [0, 1], [0, 1], 1)),
    "integers": (
        Input((4,), "int32", -9, 9),
        Input((9, 1), "int32", 0, 4),
        Input((9,), "int32", -9, 9),
        scatter([], [0], [0], 1),
    ),
    "bools": (
        Input((4,), "bool"),
        Input((9, 1), "int32", 0, 4),
        Input((9,), "bool"),
        scatter([], [0], [0], 1),
    ),
    "bytes": (
        Input((4,), "int8", -128, 128),
        Input((9, 1), "int32", 0, 4),
        Input((9,), "int8", -128, 128),
        scatter([], [0], [0], 1),
    ),
    "at a constant": (GRID, np.array([2], "int32"), Input((6,)), scatter([0], [0], [0], 0)),
    "one element": (
        Input((4,)),
        Input((1,), "int32", 0, 3),
        np.array([2.5], "float32"),
        scatter([0], [], [0], 0),
    ),
    "into a constant": (
        np.ones((4, 6), "float32"),
        Input((5, 1), "int32", 0, 4),
        Input((5, 6)),
        scatter([1], [0], [0], 1),
    ),
}
SCATTER = {
    f"stablehlo_scatter {name} {body}": Case("STABLEHLO_SCATTER", operands, options, bodies=[body])
    for name, (*operands, options) in SCATTER_FORMS.items()
    for body in (
        "",
        "STABLEHLO_ADD",
        "STABLEHLO_MULTIPLY",
        "STABLEHLO_MAXIMUM",
        "STABLEHLO_MINIMUM",
    )
}

CASES = {**GATHER, **SCATTER}

HELPERS = {
    "GatherSlices": "stablehlo_gather turned",
    "ScatterSlices": "stablehlo_scatter blocks STABLEHLO_ADD",
}
