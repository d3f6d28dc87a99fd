"""What the kernels of StableHLO's operators, DILATE and REDUCE_WINDOW refuse is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from rebuild.translate.translator import translate
from tests import quantized_operator
from tests.one_operator import Case, Input, draw, packed, run
from tests.quantized_operator import Q, QuantizedCase, constant
from tests.rebuild.cases.stablehlo import GRID, IMAGE, LOWEST, X, ints, longs, pad, window
from tests.rebuild.cases.stablehlo_indexing import CASES, gather, scatter
from tests.rebuild.networks import Rebuilt, answer

ONE = np.float32(1)
STEPS = (longs(1, 1), longs(1, 1))
SLICES = gather([1, 2], [], [0, 1], 1, [2, 3])
POOL = window([2, 2], [1, 1])
REFUSED = {
    "other shapes": (Case("STABLEHLO_ADD", [X, Input((1, 3))]), "one type and shape"),
    "other types": (Case("STABLEHLO_MAXIMUM", [X, Input((2, 3), "int32")]), "one type and shape"),
    "and of floats": (Case("STABLEHLO_AND", [X, X]), "booleans and integers"),
    "wide shifts": (Case("STABLEHLO_SHIFT_LEFT", [Input((2,), "int64")] * 2), "int32"),
    "two values": (
        Case("STABLEHLO_PAD", [GRID, Input((2,))], pad([0, 1], [0, 0], [0, 0])),
        "2 elements",
    ),
    "overlap": (Case("STABLEHLO_PAD", [GRID, ONE], pad([0, 1], [0, 0], [-1, 0])), "[-1, 0]"),
    "no dilation": (Case("DILATE", [GRID, ints(0, 1), ONE]), "dilations [0, 1]"),
    "three dilations": (Case("DILATE", [GRID, ints(1, 1, 2), ONE]), "dilations [1, 1, 2]"),
    "float starts": (Case("STABLEHLO_GATHER", [GRID, Input((5, 2))], SLICES), "float32"),
    "slices of one axis": (
        Case("STABLEHLO_GATHER", [GRID, Input((5, 2), "int32")], {**SLICES, "sliceSizes": [2]}),
        "slices [2]",
    ),
    "no such body": (
        Case("STABLEHLO_SCATTER", [GRID, Input((5, 1), "int32"), Input((5, 6))],
             scatter([1], [0], [0], 1)),
        "the model has 1",
    ),
    "unknown body": (
        replace(CASES["stablehlo_scatter rows "], bodies=["SUB"]),
        "its body is SUB",
    ),
    "unknown reduction": (
        Case("STABLEHLO_REDUCE_WINDOW", [GRID, ONE], POOL, bodies=["SUB"]),
        "not one operator that the kernel knows",
    ),
    "reduction of nothing": (
        Case("STABLEHLO_REDUCE_WINDOW", [GRID, ONE], POOL, bodies=[""]),
        "not one operator that the kernel knows",
    ),
    "window of nothing": (
        Case("STABLEHLO_REDUCE_WINDOW", [GRID, ONE], window([0, 2], [1, 1]), bodies=["ADD"]),
        "below one",
    ),
    "no steps": (
        Case("STABLEHLO_REDUCE_WINDOW", [GRID, ONE], window([1, 2], [1, 0]), bodies=["MAXIMUM"]),
        "below one",
    ),
    "nothing to pool": (
        Case("STABLEHLO_REDUCE_WINDOW", [IMAGE, LOWEST], window([1, 0, 2, 1], [1, 1, 2, 1]),
             bodies=["MAXIMUM"]),
        "below one",
    ),
    "no gaps": (
        Case("STABLEHLO_REDUCE_WINDOW", [GRID, ONE], window([2, 2], [1, 1], baseDilations=[1, 0]),
             bodies=["ADD"]),
        "below one",
    ),
    "all cut": (
        Case(
            "STABLEHLO_REDUCE_WINDOW",
            [GRID, ONE],
            window([1, 1], [1, 1], padding=[-4, 0, 0, 0]),
            bodies=["ADD"],
        ),
        "leaves nothing",
    ),
    "half floats": (
        Case(
            "STABLEHLO_REDUCE_WINDOW",
            [Input((4, 6), "float16"), np.float16(0)],
            POOL,
            bodies=["STABLEHLO_ADD"],
        ),
        "float16",
    ),
    "no function": (
        Case("REDUCE_WINDOW", [GRID, ONE, longs(2, 2), *STEPS], {"reduceFunction": 0}),
        "UNSUPPORTED",
    ),
    "a short state": (
        Case("STABLEHLO_RNG_BIT_GENERATOR", [Input((1,), "uint64")], outputs=2,
             output_dtypes=("uint64", "int32"), shapes=[(1,), (3,)]),
        "uint64[1]",
    ),
    "a long key": (
        Case("STABLEHLO_RNG_BIT_GENERATOR", [Input((3,), "uint64")], {"algorithm": 2}, outputs=2,
             output_dtypes=("uint64", "int32"), shapes=[(3,), (3,)]),
        "THREEFRY",
    ),
    "random floats": (
        Case("STABLEHLO_RNG_BIT_GENERATOR", [Input((2,), "uint64")], outputs=2,
             output_dtypes=("uint64", "float32"), shapes=[(2,), (3,)]),
        "makes float32",
    ),
}  # fmt: skip

BEYOND = {
    "starts along no axis": (
        Case("STABLEHLO_GATHER", [GRID, Input((5,), "int32")], gather([1], [0], [0], 1, [1, 6])),
        "read past them",
    ),
    "larger slices": (
        Case("STABLEHLO_GATHER", [GRID, Input((5, 1), "int32")], gather([1], [0], [0], 1, [1, 7])),
        "larger than",
    ),
    "axes that x lacks": (
        Case("STABLEHLO_GATHER", [GRID, Input((5, 1), "int32")], gather([1], [0], [7], 1, [1, 6])),
        "axes [7]",
    ),
    "windows of other ranks": (
        replace(CASES["stablehlo_scatter rows "], options=scatter([1], [], [0], 1)),
        "do not have the 2 axes",
    ),
    "starts for fewer updates": (
        replace(CASES["stablehlo_scatter rows "], options=scatter([], [0, 1], [0], 1)),
        "do not fit its starts",
    ),
}
"""What the kernels do not check before they read or write outside of their tensors."""


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_kernel_refuses_is_refused(name: str, tmp_path: Path) -> None:
    case, reason = REFUSED[name]
    assert reason in refusal(case, tmp_path)
    with pytest.raises((RuntimeError, ValueError)):
        invoke(tmp_path / "m.tflite", draw(case, 0))


@pytest.mark.parametrize("name", BEYOND)
def test_what_the_kernel_reads_out_of_bounds_is_refused(name: str, tmp_path: Path) -> None:
    case, reason = BEYOND[name]
    assert reason in refusal(case, tmp_path)


def refusal(case: Case, folder: Path) -> str:
    """Why the operator is not translated."""
    path = folder / "m.tflite"
    path.write_bytes(packed(case, case.shapes or [(1, 1, 1)] * case.outputs))
    return only_reason(path)


def only_reason(path: Path) -> str:
    (found,) = translate(inspector.open(path)).all_unsupported
    return found.reason


def invoke(path: Path, arrays: list[np.ndarray]) -> None:
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    for detail, array in zip(interpreter.get_input_details(), arrays, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()


FINE, COARSE = Q((2, 3), "int8", 0.05, 3), Q((2, 3), "int8", 0.1, 3)
LEVELS = {
    "sums": QuantizedCase("STABLEHLO_ADD", [FINE, FINE], [FINE]),
    "products": QuantizedCase("STABLEHLO_MULTIPLY", [FINE, FINE], [FINE]),
    "other scales": QuantizedCase("STABLEHLO_MAXIMUM", [FINE, COARSE], [FINE]),
    "other results": QuantizedCase("STABLEHLO_MINIMUM", [FINE, FINE], [COARSE]),
    "plain values": QuantizedCase("DILATE", [FINE, constant([1, 2]), constant(7, "int8")], [FINE]),
}


@pytest.mark.parametrize("name", LEVELS)
def test_kernels_that_heed_no_scales_are_not_taken_for_real_arithmetic(
    name: str, tmp_path: Path
) -> None:
    path = quantized_operator.write(LEVELS[name], tmp_path / "m.tflite")
    assert "stored integers" in only_reason(path) or "heeds no scales" in only_reason(path)


PLACES = Q((4, 1), "int32", None, low=-1, high=3)
ROWS = gather([1], [0], [0], 1, [1, 3])
MOVED = {
    "largest": QuantizedCase("STABLEHLO_MAXIMUM", [FINE, FINE], [FINE]),
    "padded": QuantizedCase(
        "STABLEHLO_PAD",
        [FINE, Q((), "int8", 0.05, 3, values=np.int8(-7))],
        [FINE],
        pad([1, 0], [0, 2], [1, 0]),
    ),
    "gathered": QuantizedCase("STABLEHLO_GATHER", [FINE, PLACES], [FINE], ROWS),
}


@pytest.mark.parametrize("name", MOVED)
def test_quantised_values_are_moved_as_they_are(name: str, tmp_path: Path) -> None:
    case = MOVED[name]
    path = tmp_path / "m.tflite"
    path.write_bytes(quantized_operator.packed(case, [(1, 1)]))
    arrays = quantized_operator.draw(case, 1)
    (expected,) = run(path, arrays, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    path.write_bytes(quantized_operator.packed(case, [expected.shape]))
    (found,) = answer(Rebuilt(path, tmp_path, "exact").build(), arrays)
    np.testing.assert_array_equal(found, expected)
