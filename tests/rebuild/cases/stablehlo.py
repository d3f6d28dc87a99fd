"""StableHLO's operators on elements, its padding and windows; DILATE and REDUCE_WINDOW."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

X, Y = Input((2, 3)), Input((2, 3))
GRID = Input((4, 6))
IMAGE = Input((1, 7, 8, 3))
LOWEST = np.float32(-np.inf)
BODY = {"bodySubgraphIndex": 1}


def whole(dtype: str, low: int = -20) -> Input:
    return Input((2, 3), dtype, max(low, 0) if dtype.startswith("u") else low, 20)


def longs(*values: int) -> np.ndarray:
    return np.array(values, "int64")


def ints(*values: int) -> np.ndarray:
    return np.array(values, "int32")


ELEMENTWISE = {
    f"{name.lower()} {dtype}": Case(name, [operand, operand])
    for name in ("STABLEHLO_ADD", "STABLEHLO_MULTIPLY", "STABLEHLO_MAXIMUM", "STABLEHLO_MINIMUM")
    for dtype, operand in {
        "float32": X,
        "int8 wraps": Input((2, 3), "int8", -128, 128),
        "int16": whole("int16"),
        "int32": whole("int32"),
        "int64": whole("int64"),
        "uint8": whole("uint8"),
        "bool": Input((2, 3), "bool"),
        "scalar": Input(()),
        "empty": Input((0, 3)),
    }.items()
}

AND = {
    f"stablehlo_and {dtype}": Case("STABLEHLO_AND", [operand, operand])
    for dtype, operand in {
        "bool": Input((2, 3), "bool"),
        "int8": whole("int8"),
        "int32": whole("int32"),
        "int64": whole("int64"),
        "uint8": whole("uint8"),
    }.items()
}

SHIFT = {
    f"stablehlo_shift_left {dtype}": Case(
        "STABLEHLO_SHIFT_LEFT", [whole(dtype), Input((2, 3), dtype, 0, 7)]
    )
    for dtype in ("int8", "int16", "int32")
}


def pad(low: list[int], high: list[int], between: list[int]) -> dict[str, list[int]]:
    return {"edgePaddingLow": low, "edgePaddingHigh": high, "interiorPadding": between}


PAD = {
    f"stablehlo_pad {name}": Case("STABLEHLO_PAD", [operand, value], options)
    for name, operand, value, options in (
        ("edges", GRID, np.float32(0), pad([1, 0], [2, 3], [0, 0])),
        ("value", GRID, np.float32(2.5), pad([1, 0], [2, 3], [0, 0])),
        ("computed value", GRID, Input(()), pad([1, 0], [2, 3], [1, 0])),
        ("between", GRID, np.float32(-1), pad([0, 0], [0, 0], [2, 1])),
        ("everywhere", GRID, np.float32(-1), pad([1, 2], [3, 0], [2, 1])),
        ("cut", GRID, np.float32(0), pad([-1, 0], [0, -2], [0, 0])),
        ("cut between", GRID, np.float32(9), pad([-1, -5], [-2, 1], [3, 2])),
        ("cut whole", GRID, np.float32(9), pad([-9, 0], [9, 0], [0, 0])),
        ("nothing left", GRID, np.float32(9), pad([-9, 0], [0, 0], [0, 0])),
        ("empty", Input((0, 3)), np.float32(9), pad([2, 0], [0, 1], [1, 1])),
        ("integers", Input((3,), "int32", -9, 9), np.int32(7), pad([1], [1], [1])),
        ("bytes", Input((3,), "int8", -9, 9), np.int8(7), pad([1], [1], [1])),
        ("bools", Input((3,), "bool"), np.bool_(True), pad([1], [-1], [1])),
        ("one constant", np.array([2.5], "float32"), Input(()), pad([1], [2], [0])),
        ("none", GRID, np.float32(1), pad([0, 0], [0, 0], [0, 0])),
    )
}

DILATE = {
    f"dilate {name}": Case("DILATE", [operand, ints(*factors), value])
    for name, operand, factors, value in (
        ("rows", GRID, (3, 1), np.float32(0)),
        ("all", GRID, (2, 3), np.float32(-2)),
        ("computed value", GRID, (1, 2), Input(())),
        ("none", GRID, (1, 1), np.float32(1)),
        ("integers", Input((2, 2, 2), "int64", -9, 9), (1, 2, 3), np.int64(5)),
        ("bytes", Input((3,), "uint8", 0, 9), (4,), np.uint8(200)),
        ("one element", Input((1, 3)), (5, 1), np.float32(1)),
    )
}


def window(sizes: list[int], strides: list[int], **options: list[int]) -> dict:
    return {"windowDimensions": sizes, "windowStrides": strides, **BODY, **options}


STABLEHLO_WINDOWS = {
    f"stablehlo_reduce_window {name}": Case(
        "STABLEHLO_REDUCE_WINDOW", [operand, start], options, bodies=[body]
    )
    for name, operand, start, options, body in (
        ("max pool", IMAGE, LOWEST, window([1, 2, 2, 1], [1, 2, 2, 1]), "STABLEHLO_MAXIMUM"),
        (
            "max pool same",
            IMAGE,
            LOWEST,
            window([1, 3, 3, 1], [1, 2, 2, 1], padding=[0, 0, 1, 1, 0, 1, 0, 0]),
            "STABLEHLO_MAXIMUM",
        ),
        (
            "max pool from zero",
            IMAGE,
            np.float32(0),
            window([1, 3, 2, 1], [1, 1, 1, 1], padding=[0, 0, 1, 1, 0, 1, 0, 0]),
            "MAXIMUM",
        ),
        ("sum", IMAGE, np.float32(0), window([1, 2, 2, 1], [1, 2, 2, 1]), "STABLEHLO_ADD"),
        ("sum from", IMAGE, np.float32(0.5), window([1, 2, 2, 1], [1, 2, 2, 1]), "ADD"),
        ("computed start", GRID, Input(()), window([2, 2], [1, 1]), "STABLEHLO_MULTIPLY"),
        (
            "dilated",
            GRID,
            np.float32(0.25),
            window([2, 2], [1, 2], baseDilations=[2, 3], windowDilations=[3, 2]),
            "STABLEHLO_ADD",
        ),
        (
            "cut",
            GRID,
            np.float32(1),
            window([2, 2], [1, 1], baseDilations=[1, 2], padding=[-1, 2, -2, -1]),
            "STABLEHLO_MULTIPLY",
        ),
        (
            "running sum",
            Input((5, 4)),
            np.float32(0),
            window([5, 1], [1, 1], padding=[4, 0, 0, 0]),
            "STABLEHLO_ADD",
        ),
        ("smallest", GRID, np.float32(9), window([4, 6], [1, 1]), "STABLEHLO_MINIMUM"),
        ("too large", GRID, np.float32(9), window([5, 6], [1, 1]), "STABLEHLO_MINIMUM"),
        ("lone", GRID, np.float32(0.5), window([1, 1], [2, 3]), "STABLEHLO_MAXIMUM"),
        (
            "bytes",
            Input((4, 6), "int8", -128, 128),
            np.int8(3),
            window([2, 2], [1, 1]),
            "STABLEHLO_ADD",
        ),
        (
            "integers",
            Input((4, 6), "int32", -20, 20),
            np.int32(3),
            window([2, 2], [1, 1]),
            "STABLEHLO_MULTIPLY",
        ),
        (
            "bools all",
            Input((4, 6), "bool"),
            np.bool_(True),
            window([1, 2], [1, 1]),
            "STABLEHLO_AND",
        ),
        ("bools any", Input((4, 6), "bool"), np.bool_(False), window([2, 2], [1, 1]), "LOGICAL_OR"),
        (
            "bools most",
            Input((4, 6), "bool"),
            np.bool_(False),
            window([2, 2], [1, 1]),
            "STABLEHLO_MAXIMUM",
        ),
        (
            "one axis",
            Input((1, 9, 3)),
            LOWEST,
            window([1, 3, 1], [1, 1, 1]),
            "STABLEHLO_MAXIMUM",
        ),
        (
            "three axes",
            Input((1, 4, 5, 6, 2)),
            LOWEST,
            window([1, 2, 2, 2, 1], [1, 2, 2, 2, 1]),
            "STABLEHLO_MAXIMUM",
        ),
    )
}

ADD, MUL, MINIMUM, MAXIMUM, ALL, ANY = range(1, 7)
WINDOWS = {
    f"reduce_window {code} {name}": Case(
        "REDUCE_WINDOW",
        [operand, np.array(start, operand.dtype), longs(2, 3), longs(1, 2), longs(2, 1)],
        {"reduceFunction": code},
    )
    for name, operand in {
        "float32": GRID,
        "int32": Input((4, 6), "int32", -3, 4),
        "int64": Input((4, 6), "int64", -3, 4),
        "uint8": Input((4, 6), "uint8", 0, 4),
    }.items()
    for code, start in ((ADD, 2), (MUL, 3), (MINIMUM, 1), (MAXIMUM, 1), (ALL, 1), (ANY, 0))
}

RANDOM = {
    f"stablehlo_rng {dtype} {algorithm}": Case(
        "STABLEHLO_RNG_BIT_GENERATOR",
        [Input((size,), "uint64", 0, 2**63 - 1)],
        {"algorithm": algorithm},
        outputs=2,
        output_dtypes=("uint64", dtype),
        shapes=[(size,), (3, 5)],
    )
    for dtype in ("int32", "uint32", "int64", "uint64")
    for algorithm, size in ((0, 2), (1, 3), (2, 2))
}

CASES = {
    **ELEMENTWISE,
    **AND,
    **SHIFT,
    **PAD,
    **DILATE,
    **STABLEHLO_WINDOWS,
    **WINDOWS,
    **RANDOM,
}

HELPERS = {
    "Dilate": "dilate all",
    "RandomBits": "stablehlo_rng uint64 1",
    "ReduceWindow": "stablehlo_reduce_window dilated",
}
