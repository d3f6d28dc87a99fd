"""Operators that move elements: each type that they move, ranks, axes from both ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from tests.one_operator import Case, Input
from tests.rebuild.variants.elementwise import drawn, types

SHAPES = {0: (), 1: (4,), 2: (2, 3), 3: (2, 3, 4), 4: (2, 3, 2, 4), 5: (2, 1, 3, 2, 4)}
Forms: TypeAlias = Iterator[tuple[list[Any], dict[str, Any]]]


def ints(*values: int, dtype: str = "int32") -> np.ndarray:
    return np.array(values, dtype)


def each(
    operator: str, forms: Callable[[Input], Forms], ranks: range = range(6), place: int = 0
) -> list[Case]:
    """The forms of an operator: in each rank for its first type, in two for the others."""
    found, kinds = [], types(operator, place)
    for kind in kinds:
        for rank in ranks if kind == "float32" else [r for r in (1, 3) if r in ranks]:
            for operands, options in forms(drawn(SHAPES[rank], kind)):
                outputs = options.pop("outputs", 1)
                version = options.pop("version", 1)
                case = Case(operator, operands, options, outputs, kind, version=version)
                found.append(case)
    return found


def reshaped(x: Input) -> Forms:
    yield [x, ints(-1)], {}
    yield [x], {"newShape": [-1]}
    yield [x, ints(*x.shape, 1)], {}
    yield [x, ints(*x.shape, 1)], {"newShape": [1, *x.shape]}  # the operand counts


def squeezed(x: Input) -> Forms:
    wide = Input((1, *x.shape, 1), x.dtype, x.low, x.high)
    yield [wide], {"squeezeDims": [0, -1]}
    yield [wide], {}


def expanded(x: Input) -> Forms:
    rank = len(x.shape)
    for axis in {0, -1, rank, -rank - 1}:
        yield [x, np.array(axis, "int32")], {}
    yield [x, np.array(0, "int64")], {}


def transposed(x: Input) -> Forms:
    rank = len(x.shape)
    yield [x, np.arange(rank, dtype="int32")[::-1].copy()], {}
    yield [x, np.arange(rank, dtype="int32")[::-1] - rank], {}
    yield [x, np.arange(rank, dtype="int32")], {}


def joined(x: Input) -> Forms:
    for axis in (0, -1):
        yield [x, x, x], {"axis": axis}
    yield [x], {"axis": 0}


def packed(x: Input) -> Forms:
    rank = len(x.shape)
    for axis in {0, -1, -rank - 1}:
        yield [x, x], {"axis": axis, "valuesCount": 2}
    yield [x], {"axis": 0, "valuesCount": 1}


def unpacked(x: Input) -> Forms:
    for axis in (0, -1):
        yield [x], {"axis": axis, "num": x.shape[axis], "outputs": x.shape[axis]}


def split(x: Input) -> Forms:
    rank = len(x.shape)
    even = Input((4,) * rank, x.dtype, x.low, x.high)
    for axis in (0, -1):
        for parts in (1, 2):
            yield [np.int32(axis), even], {"numSplits": parts, "outputs": parts}


def split_by(x: Input) -> Forms:
    for axis in (0, -1):
        yield [x, ints(1, -1), np.int32(axis)], {"numSplits": 2, "outputs": 2}
    sizes = ints(0, x.shape[-1], dtype="int64")
    yield [x, sizes, np.int32(-1)], {"numSplits": 2, "outputs": 2}


def tiled(x: Input) -> Forms:
    rank = len(x.shape)
    for times in (2, 1, 0):
        yield [x, np.full(rank, times, "int32")], {}
    yield [x, np.full(rank, 2, "int64")], {}


def border(rank: int, dtype: str = "int32") -> np.ndarray:
    return np.tile(np.array([[1, 2]], dtype), (rank, 1))


def padded(x: Input) -> Forms:
    rank = len(x.shape)
    for dtype in ("int32", "int64", "int16", "int8"):
        yield [x, border(rank, dtype)], {}
    yield [x, np.zeros((rank, 2), "int32")], {}


def filled(x: Input) -> Forms:
    rank = len(x.shape)
    yield [x, border(rank), np.array(1).astype(x.dtype)], {}
    yield [x, border(rank), Input((), x.dtype, x.low, x.high)], {}


def mirrored(x: Input) -> Forms:
    rank = len(x.shape)
    cube = Input((3,) * rank, x.dtype, x.low, x.high)
    for mode in (0, 1):
        yield [cube, border(rank)], {"mode": mode}
    yield [cube, border(rank, "int64")], {"mode": 1}


def reversed_(x: Input) -> Forms:
    rank = len(x.shape)
    for axis in (0, -1):
        yield [x, ints(axis)], {}
    if rank > 1:
        yield [x, ints(0, 1)], {}


def broadcast(x: Input) -> Forms:
    for dtype in ("int32", "int64"):
        yield [x, ints(2, *x.shape, dtype=dtype)], {"version": 2}
    yield [x, ints(*x.shape)], {"version": 2}


def sliced(x: Input) -> Forms:
    rank = len(x.shape)
    begin, size = np.zeros(rank, "int32"), ints(*x.shape)
    begin[-1], size[-1] = 1, -1
    yield [x, begin, size], {}
    yield [x, begin.astype("int64"), size.astype("int64")], {}
    yield [x, begin, np.where(np.arange(rank) == 0, 0, size).astype("int32")], {}


def strided(x: Input) -> Forms:
    rank = len(x.shape)
    begin, end, ones = np.zeros(rank, "int32"), ints(*x.shape), np.ones(rank, "int32")
    last = (np.arange(rank) == rank - 1).astype("int32")
    every = (1 << rank) - 1
    yield [x, begin, end, ones], {}
    yield [x, -last, end - 100 * last, ones - 2 * last], {}
    yield [x, -last, end, ones], {"shrinkAxisMask": 1 << (rank - 1)}
    yield [x, ints(0), ints(1), ints(1)], {"newAxisMask": 1}
    yield [x, end, end, ones], {}
    yield [x, ints(0), ints(1), ints(1)], {}
    yield [x, begin, end, ones], {"offset": True}
    yield [x, begin + 1, end - 1, ones], {"beginMask": every, "endMask": every}
    yield [x, begin - 100, end + 100, ones], {}
    yield [x, ints(9), ints(1), ints(1)], {"beginMask": 1, "shrinkAxisMask": 1}
    yield [x, ints(-9), ints(1), ints(1)], {"shrinkAxisMask": 1}
    yield [x, ints(9), ints(9), ints(-2)], {"ellipsisMask": 1}
    yield [x, *(np.append(v, np.int32(1)) for v in (begin, end, ones))], {}
    yield [x, begin - last, np.where(last, 1, end).astype("int32"), ones], {"offset": True}
    masks = {"offset": True, "beginMask": 1 << (rank - 1)}
    yield [x, begin + 9 * last, np.where(last, 2, end).astype("int32"), ones], masks
    if rank > 1:
        yield [x, ints(0, 0), ints(0, 1), ints(1, 1)], {"ellipsisMask": 1}
        masks = {"newAxisMask": 2, "shrinkAxisMask": 1}
        yield [x, ints(0, 0, 0), ints(1, 1, 2), ints(1, 1, 1)], masks


def gathered(x: Input) -> Forms:
    rank = len(x.shape)
    if x.dtype == "object" and rank > 1:
        return
    for axis in {0, rank - 1}:
        for dtype in ("int32", "int64", "int16"):
            yield [x, np.array([0, 1, 0], dtype) % x.shape[axis]], {"axis": axis}
    yield [x, Input((2, 1), "int32", 0, x.shape[-1])], {"axis": -1}
    yield [x, np.int32(0)], {"axis": 0}


def gathered_nd(x: Input) -> Forms:
    rank = len(x.shape)
    for depth in {1, rank}:
        for dtype in ("int32", "int64", "int16"):
            yield [x, np.zeros((2, depth), dtype)], {}
    yield [x, np.zeros((2, 0), "int32")], {}
    yield [x, Input((2, 2, 1), "int32", 0, x.shape[0])], {}


def blocks(operator: str, forms: tuple[tuple[tuple[int, ...], Any, Any], ...]) -> list[Case]:
    """Space and batch: in each type."""
    return [
        Case(operator, [drawn(shape, kind), np.array(block, "int32"), np.array(edges, "int32")])
        for kind in types(operator)
        for shape, block, edges in forms
    ]


VARIANTS = {
    "RESHAPE": each("RESHAPE", reshaped),
    "SQUEEZE": each("SQUEEZE", squeezed),
    "EXPAND_DIMS": each("EXPAND_DIMS", expanded),
    "TRANSPOSE": each("TRANSPOSE", transposed, range(1, 6)),
    "CONCATENATION": each("CONCATENATION", joined, range(1, 6)),
    "PACK": each("PACK", packed),
    "UNPACK": each("UNPACK", unpacked, range(1, 6)),
    "SPLIT": each("SPLIT", split, range(1, 6), place=1),
    "SPLIT_V": each("SPLIT_V", split_by, range(1, 6)),
    "TILE": each("TILE", tiled, range(1, 6)),
    "PAD": each("PAD", padded, range(1, 6)),
    "PADV2": each("PADV2", filled, range(1, 6)),
    "MIRROR_PAD": each("MIRROR_PAD", mirrored, range(1, 6)),
    "REVERSE_V2": each("REVERSE_V2", reversed_, range(1, 6)),
    "BROADCAST_TO": each("BROADCAST_TO", broadcast, range(1, 6)),
    "SLICE": each("SLICE", sliced, range(1, 6)),
    "STRIDED_SLICE": each("STRIDED_SLICE", strided, range(1, 5)),
    "GATHER": each("GATHER", gathered, range(1, 6)),
    "GATHER_ND": each("GATHER_ND", gathered_nd, range(1, 6)),
    "SPACE_TO_BATCH_ND": blocks(
        "SPACE_TO_BATCH_ND",
        (((2, 4, 5, 3), [2, 3], [[0, 0], [0, 1]]), ((2, 4, 5), [2], [[1, 1]])),
    ),
    "BATCH_TO_SPACE_ND": blocks(
        "BATCH_TO_SPACE_ND",
        (((12, 2, 2, 3), [2, 3], [[0, 1], [2, 1]]), ((4, 4, 5), [2], [[1, 0]])),
    ),
    "DEPTH_TO_SPACE": [
        Case("DEPTH_TO_SPACE", [drawn((2, 2, 3, size * size * 2), kind)], {"blockSize": size})
        for kind in types("DEPTH_TO_SPACE")
        for size in (1, 2, 3)
    ],
    "SPACE_TO_DEPTH": [
        Case("SPACE_TO_DEPTH", [drawn((2, 2 * size, 3 * size, 2), kind)], {"blockSize": size})
        for kind in types("SPACE_TO_DEPTH")
        for size in (1, 2, 3)
    ],
    "SELECT_V2": [
        Case("SELECT_V2", [Input(a, "bool"), drawn(b, kind), drawn(c, kind)], output_dtype=kind)
        for kind in types("SELECT_V2", 1)
        for a, b, c in (((2, 3), (2, 3), (2, 3)), ((2, 1), (1, 3), ()), ((), (2, 3), (3,)))
    ],
    "SELECT": [
        Case("SELECT", [Input(a, "bool"), drawn((2, 3), kind), drawn((2, 3), kind)], {}, 1, kind)
        for kind in types("SELECT", 1)
        for a in ((2, 3), (2,), ())
    ],
    "MATRIX_DIAG": [
        Case("MATRIX_DIAG", [drawn(shape, kind)])
        for kind in types("MATRIX_DIAG")
        for shape in ((3,), (2, 3), (2, 2, 3), (2, 1, 2, 3))
    ],
}
for operator, operands in {
    "RESHAPE": [ints(3, 0)],
    "TRANSPOSE": [ints(1, 0)],
    "TILE": [ints(2, 2)],
    "PAD": [np.array([[1, 0], [0, 0]], "int32")],
    "REVERSE_V2": [ints(0)],
    "SLICE": [ints(0, 1), ints(0, 2)],
    "EXPAND_DIMS": [np.int32(0)],
}.items():
    VARIANTS[operator].append(Case(operator, [Input((0, 3)), *operands]))
VARIANTS["CONCATENATION"].append(Case("CONCATENATION", [Input((0, 3)), Input((2, 3))], {"axis": 0}))
