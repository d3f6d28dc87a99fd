"""StableHLO's operators that the interpreter lacks: the emitted script against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from rebuild.translate.kernels import BUILTIN
from tests.one_operator import Case, Input, draw, packed
from tests.rebuild.networks import Network, Rebuilt, answer

X, POSITIVE = Input((2, 3)), Input((2, 3), low=0.1)
INTS, WHOLE = Input((2, 3), "int32", -9, 9), Input((2, 3), "int32", 1, 5)
BOOLS = Input((2, 3), "bool")
DIRECTION = schema.StablehloComparisonDirection
Reference = Callable[..., np.ndarray]


def hlo(name: str, *operands: Any, bodies: tuple[str, ...] = (), **options: Any) -> Case:
    return Case(name, operands, options, bodies=bodies)


def compare(name: str, reference: Reference) -> tuple[Case, Reference]:
    code = getattr(DIRECTION, f"STABLEHLO_COMPARISON_DIRECTION_{name}")
    return hlo("STABLEHLO_COMPARE", INTS, WHOLE, comparisonDirection=code), reference


def reduce(operand: Input, body: str, start: Any, *axes: int) -> Case:
    value = np.array(start, operand.dtype)
    return hlo(
        "STABLEHLO_REDUCE",
        operand,
        value,
        dimensions=list(axes),
        bodySubgraphIndex=1,
        bodies=(body,),
    )


def fit(start: np.ndarray, most: int) -> int:
    return int(np.clip(start, 0, most))


def updated(x: np.ndarray, update: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    row, column, found = fit(i, 4), fit(j, 3), x.copy()
    found[row : row + 2, column : column + 3] = update
    return found


SQUARE, START = Input((6, 6)), Input((), "int32", -3, 9)
CASES: dict[str, tuple[Case, Reference]] = {
    "abs": (hlo("STABLEHLO_ABS", X), np.abs),
    "cbrt": (hlo("STABLEHLO_CBRT", X), np.cbrt),
    "cosine": (hlo("STABLEHLO_COSINE", X), np.cos),
    "exponential": (hlo("STABLEHLO_EXPONENTIAL", X), np.exp),
    "floor": (hlo("STABLEHLO_FLOOR", X), np.floor),
    "log": (hlo("STABLEHLO_LOG", POSITIVE), np.log),
    "logistic": (hlo("STABLEHLO_LOGISTIC", X), lambda x: 1 / (1 + np.exp(-x))),
    "negate": (hlo("STABLEHLO_NEGATE", INTS), np.negative),
    "rsqrt": (hlo("STABLEHLO_RSQRT", POSITIVE), lambda x: 1 / np.sqrt(x)),
    "tanh": (hlo("STABLEHLO_TANH", X), np.tanh),
    "divide": (hlo("STABLEHLO_DIVIDE", X, POSITIVE), np.divide),
    "divide integers": (
        hlo("STABLEHLO_DIVIDE", INTS, WHOLE),
        lambda x, y: np.trunc(x / y).astype("int32"),
    ),
    "power": (hlo("STABLEHLO_POWER", POSITIVE, X), np.power),
    "power of integers": (hlo("STABLEHLO_POWER", INTS, WHOLE), np.power),
    "remainder": (hlo("STABLEHLO_REMAINDER", X, POSITIVE), np.fmod),
    "remainder of integers": (hlo("STABLEHLO_REMAINDER", INTS, WHOLE), np.fmod),
    "subtract": (hlo("STABLEHLO_SUBTRACT", X, X), np.subtract),
    "or": (hlo("STABLEHLO_OR", BOOLS, BOOLS), np.logical_or),
    "or of bits": (hlo("STABLEHLO_OR", INTS, INTS), np.bitwise_or),
    "select": (hlo("STABLEHLO_SELECT", BOOLS, X, X), np.where),
    "clamp": (
        hlo("STABLEHLO_CLAMP", np.float32(-1), X, np.float32(1)),
        lambda x: np.clip(x, -1, 1),
    ),
    "equal": compare("EQ", np.equal),
    "not equal": compare("NE", np.not_equal),
    "greater or equal": compare("GE", np.greater_equal),
    "greater": compare("GT", np.greater),
    "less or equal": compare("LE", np.less_equal),
    "less": compare("LT", np.less),
    "convert": (hlo("STABLEHLO_CONVERT", INTS), lambda x: x.astype("float32")),
    "concatenate": (
        hlo("STABLEHLO_CONCATENATE", X, Input((2, 4)), dimension=1),
        lambda x, y: np.concatenate([x, y], 1),
    ),
    "reshape": (hlo("STABLEHLO_RESHAPE", X), lambda x: x.reshape(3, 2)),
    "transpose": (
        hlo("STABLEHLO_TRANSPOSE", Input((2, 3, 4)), permutation=[2, 0, 1]),
        lambda x: x.transpose(2, 0, 1),
    ),
    "slice": (
        hlo(
            "STABLEHLO_SLICE",
            Input((5, 6)),
            startIndices=[1, 0],
            limitIndices=[5, 5],
            strides=[2, 1],
        ),
        lambda x: x[1:5:2, 0:5],
    ),
    "broadcast": (
        hlo("STABLEHLO_BROADCAST_IN_DIM", Input((3, 1)), broadcastDimensions=[2, 0]),
        lambda x: np.broadcast_to(x.T[:, None], (1, 2, 3)),
    ),
    "broadcast in front": (
        hlo("STABLEHLO_BROADCAST_IN_DIM", Input((3,)), broadcastDimensions=[1]),
        lambda x: np.broadcast_to(x, (2, 3)),
    ),
    "dynamic slice": (
        hlo("STABLEHLO_DYNAMIC_SLICE", SQUARE, START, START, sliceSizes=[2, 3]),
        lambda x, i, j: x[fit(i, 4) :, fit(j, 3) :][:2, :3],
    ),
    "dynamic slice from a constant": (
        hlo("STABLEHLO_DYNAMIC_SLICE", SQUARE, np.int32(1), START, sliceSizes=[2, 3]),
        lambda x, j: x[1:3, fit(j, 3) :][:, :3],
    ),
    "dynamic update": (
        hlo("STABLEHLO_DYNAMIC_UPDATE_SLICE", SQUARE, Input((2, 3)), START, START),
        updated,
    ),
    "dot": (
        hlo(
            "STABLEHLO_DOT_GENERAL",
            Input((2, 3, 4, 5)),
            Input((4, 2, 5, 6)),
            lhsBatchingDimensions=[0],
            rhsBatchingDimensions=[1],
            lhsContractingDimensions=[3, 2],
            rhsContractingDimensions=[2, 0],
        ),
        lambda x, y: np.einsum("bijk,jbkl->bil", x, y),
    ),
    "matrices": (
        hlo(
            "STABLEHLO_DOT_GENERAL",
            X,
            Input((3, 4)),
            lhsContractingDimensions=[1],
            rhsContractingDimensions=[0],
        ),
        np.matmul,
    ),
    "sum": (reduce(X, "STABLEHLO_ADD", 0, 1), lambda x: x.sum(1)),
    "sum from": (reduce(INTS, "ADD", 5, 0, 1), lambda x: np.int32(x.sum() + 5)),
    "bytes": (
        reduce(Input((2, 99), "int8", 0, 99), "STABLEHLO_ADD", 1, 1),
        lambda x: (x.sum(1) + 1).astype("int8"),
    ),
    "largest": (reduce(X, "STABLEHLO_MAXIMUM", -np.inf, 0), lambda x: x.max(0)),
    "smallest": (reduce(INTS, "STABLEHLO_MINIMUM", -3, 1), lambda x: x.min(1, initial=-3)),
    "product": (reduce(X, "MUL", 1, 1), lambda x: x.prod(1)),
    "all": (reduce(BOOLS, "STABLEHLO_AND", True, 1), lambda x: x.all(1)),
    "any": (reduce(BOOLS, "LOGICAL_OR", False, 1), lambda x: x.any(1)),
}


def write(case: Case, reference: Reference, path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Write the model, whose output is as NumPy's; gives inputs, and what NumPy computes."""
    inputs = draw(case, 1)
    expected = np.asarray(reference(*inputs))
    stated = replace(case, output_dtype=str(expected.dtype))
    path.write_bytes(packed(stated, [expected.shape]))
    return inputs, expected


@pytest.mark.parametrize("name", CASES)
def test_script_computes_what_numpy_computes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    inputs, expected = write(*CASES[name], path)
    (found,) = answer(Rebuilt(path, tmp_path).build(), inputs)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_loop(tmp_path: Path) -> None:
    network = Network()
    main, condition, body = (network.graph(name) for name in ("main", "below", "doubled"))
    count, x = main.input((), "int32"), main.input((2, 3))
    outputs = main.tensor((), "int32"), main.tensor((2, 3))
    options = {"condSubgraphIndex": 1, "bodySubgraphIndex": 2}
    main.op("STABLEHLO_WHILE", [count, x], *outputs, **options)
    turn, _ = condition.input((), "int32"), condition.input((2, 3))
    limit = condition.constant(5, "int32")
    condition.outputs = [condition.op("LESS", [turn, limit], condition.tensor((), "bool"))]
    turn, old = body.input((), "int32"), body.input((2, 3))
    body.outputs = [
        body.op("ADD", [turn, body.constant(1, "int32")], body.tensor((), "int32")),
        body.op("MUL", [old, body.constant([2, 2, 2])], body.tensor((2, 3))),
    ]
    main.outputs = outputs
    built = Rebuilt(network.write(tmp_path / "m.tflite"), tmp_path).build()
    start = np.arange(6, dtype="float32").reshape(2, 3)
    count_after, grown = answer(built, [np.int32(2), start])
    assert count_after == 5
    np.testing.assert_array_equal(grown, start * 8)


def test_the_interpreter_has_a_kernel_for_none_of_them() -> None:
    assert {case.operator for case, _ in CASES.values()}.isdisjoint(BUILTIN)
