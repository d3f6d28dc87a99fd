"""Constants that stay compressed: the program's values are the same, its operation another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rebuild.coreml.compressed import Stored, StoredConstants
from rebuild.coreml.evaluate import Evaluator
from tests.rebuild.coreml.programs import mb, program, target

from rebuild.coreml.compression import keep_compression  # isort: skip  (coremltools is imported)

SHAPE = (8, 6, 32)
INTEGERS = np.random.default_rng(0).integers(-8, 8, SHAPE).astype(np.int8)
BY_CHANNEL = np.linspace(0.1, 0.9, 32, dtype=np.float32).reshape(1, 1, 32)
BY_BLOCK = np.random.default_rng(1).uniform(0.1, 1, (8, 1, 4)).astype(np.float32)


def stored(scale: np.ndarray, bits: int, zero: int = 0) -> Stored:
    full = np.broadcast_to(np.repeat(scale, SHAPE[2] // scale.shape[2], 2), SHAPE)
    zeros = np.full(SHAPE, zero)
    real = ((INTEGERS - zeros) * full).astype(np.float32)
    return Stored("kernel", real, INTEGERS, full, zeros, bits)


def halves() -> Stored:
    real = np.random.default_rng(2).uniform(-1, 1, SHAPE).astype(np.float16)
    return Stored("kernel", real.astype(np.float32))


def sparse() -> Stored:
    chosen = np.random.default_rng(3).uniform(size=SHAPE) < 0.2
    real = np.where(chosen, np.random.default_rng(4).uniform(1, 2, SHAPE), 0).astype(np.float32)
    return Stored("kernel", real, bits=32, is_sparse=True)


def clustered() -> Stored:
    real = np.random.default_rng(5).choice(np.float32([-1.5, 0.25, 0.75, 3.5, 9]), SHAPE)
    return Stored("unknown", real, bits=32)


CASES = {
    "one scale": (
        stored(np.full((1, 1, 1), 0.3, np.float32).repeat(32, 2), 8),
        "affine_dequantize",
    ),
    "zero point": (stored(BY_CHANNEL, 8, zero=3), "affine_dequantize"),
    "channels": (stored(BY_CHANNEL, 8), "affine_dequantize"),
    "halves": (halves(), "cast"),
    "sparse": (sparse(), "sparse_to_dense"),
    "clustered": (clustered(), "lut_to_dense"),
}
NEWER = {
    "four bits": (stored(BY_CHANNEL, 4), "blockwise_shift_scale"),
    "blocks": (stored(BY_BLOCK, 4), "blockwise_shift_scale"),
    "blocks of bytes": (stored(BY_BLOCK, 8, zero=-2), "blockwise_shift_scale"),
}
ORDERS = ((0, 1, 2), (2, 0, 1))
"""Axes as the file has them, and moved; blocks lie across what the latter become."""

ALL = {
    f"{name}, {opset}{', moved' if order[0] else ''}": (case, opset, order)
    for name, case in (*CASES.items(), *NEWER.items())
    for opset in ("iOS16", "iOS18")
    for order in ORDERS
    if (name not in NEWER or opset == "iOS18") and not (name.startswith("blocks") and order[0])
}


@pytest.mark.parametrize(("case", "system", "order"), ALL.values(), ids=ALL)
def test_a_compressed_constant_gives_the_same_values(
    case: tuple[Stored, str], system: str, order: tuple[int, ...]
) -> None:
    held, kind = case
    opset = getattr(target, system)
    value = np.ascontiguousarray(held.real.transpose(order))
    value = value.reshape(value.shape[0], -1)
    x = np.ones((1, value.shape[1]), np.float32)
    made = program(lambda given: mb.mul(x=given, y=mb.const(val=value)), x, opset=opset)
    constants = StoredConstants()
    if held.key != "unknown":
        constants.add(held, np.float32)
    kept = keep_compression()
    kept.constants, kept.target = constants, opset
    kept(made)
    kinds = [operation.op_type for operation in made.functions["main"].operations]
    assert f"constexpr_{kind}" in kinds
    assert not constants.lost
    assert_same(made, x, value)


@pytest.mark.parametrize(("least", "kind"), [(-127, "affine_dequantize"), (-128, "mul")])
def test_other_signs_are_integers_where_these_have_them(least: int, kind: str) -> None:
    """Keras' PReLU multiplies by its slopes with another sign; int8 has no 128."""
    integers = np.random.default_rng(7).integers(-127, 128, SHAPE).astype(np.int8)
    integers[0, 0, 0] = least
    scale = np.broadcast_to(BY_CHANNEL, SHAPE)
    held = Stored("alpha", integers * scale, integers, scale, np.zeros(SHAPE, int), 8)
    value, x = -held.real, np.ones(SHAPE, np.float32)
    made = program(lambda given: mb.mul(x=given, y=mb.const(val=value)), x)
    kept = keep_compression()
    kept.constants = StoredConstants()
    kept.constants.add(held, np.float32)
    kept(made)
    kinds = [operation.op_type.removeprefix("constexpr_") for operation in operations(made)]
    assert kinds == ([kind, "mul"] if kind != "mul" else ["mul"])
    assert_same(made, x, value)


def operations(made: Any) -> list[Any]:
    """The operations of a program but its constants."""
    return [each for each in made.functions["main"].operations if each.op_type != "const"]


def assert_same(made: Any, x: np.ndarray, value: np.ndarray) -> None:
    evaluator = Evaluator(made)
    (found,) = (evaluator.run({"input_0": x})[var] for var in evaluator.outputs)
    # scale * integers in float32 on both sides, in one step or in two
    np.testing.assert_allclose(found, value, rtol=1e-6)


def test_what_a_prelu_reads_stays_as_it_is() -> None:
    """coremltools cannot read a package back whose slopes have no values."""
    slopes = np.full(128, 0.25, np.float32)
    x = np.ones((1, 128, 2, 2), np.float32)
    made = program(lambda given: mb.prelu(x=given, alpha=slopes), x)
    kept = keep_compression()
    kept.constants = StoredConstants()
    kept(made)
    kinds = {operation.op_type for operation in made.functions["main"].operations}
    assert kinds == {"const", "prelu"}


def test_a_constant_of_many_values_stays_as_it_is() -> None:
    value = np.random.default_rng(6).uniform(-1, 1, (16, 64)).astype(np.float32)
    x = np.ones((1, 64), np.float32)
    made = program(lambda given: mb.mul(x=given, y=mb.const(val=value)), x)
    held = halves()
    kept = keep_compression()
    kept.constants = StoredConstants()
    kept.constants.add(held, np.float32)
    kept(made)
    kinds = {operation.op_type for operation in made.functions["main"].operations}
    assert kinds == {"const", "mul"}
    assert kept.constants.lost == [held]
    assert_same(made, x, value)


def test_zeros_that_are_left_out_are_not_lost():
    bias = Stored("bias", np.zeros(256, np.float32))
    kernel = halves()
    assert StoredConstants(all=[bias, kernel]).lost == [kernel]
