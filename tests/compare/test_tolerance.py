"""The tolerances of the design, at their edges."""

from __future__ import annotations

import math

import pytest

from inspector.compare.metrics import EXACT, Metrics
from inspector.compare.tolerance import (
    END_TO_END,
    EQUAL,
    FLOAT16,
    FLOAT32,
    QUANTIZED,
    Tolerance,
    end_to_end,
    excess,
    isolated,
    same_kernel,
)
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import TensorType

SCALE = Quantization((0.5,), (0,))


def tensor(dtype: TensorType, quantization: Quantization | None = None) -> Tensor:
    return Tensor(0, 0, "x", (), (), dtype, 0, False, quantization, None)


@pytest.mark.parametrize(
    "found, expected",
    [
        (tensor(TensorType.FLOAT32), FLOAT32),
        (tensor(TensorType.COMPLEX64), FLOAT32),
        (tensor(TensorType.FLOAT16), FLOAT16),
        (tensor(TensorType.BFLOAT16), FLOAT16),
        (tensor(TensorType.INT8, SCALE), QUANTIZED),
        (tensor(TensorType.INT16, SCALE), QUANTIZED),
        (tensor(TensorType.INT32), EQUAL),
        (tensor(TensorType.BOOL), EQUAL),
    ],
)
def test_each_type_has_its_tolerance(found: Tensor, expected: Tolerance) -> None:
    assert isolated(found) == expected


def test_outputs_of_networks_have_another() -> None:
    assert end_to_end(tensor(TensorType.FLOAT32)) == END_TO_END
    assert end_to_end(tensor(TensorType.INT8, SCALE)) == QUANTIZED
    assert end_to_end(tensor(TensorType.INT64)) == EQUAL


def test_the_same_kernel_gives_the_same_integers() -> None:
    assert same_kernel(tensor(TensorType.INT8, SCALE)) == EQUAL
    assert same_kernel(tensor(TensorType.FLOAT32)) == FLOAT32


@pytest.mark.parametrize(
    "tolerance, found, beyond",
    [
        (FLOAT32, Metrics(100, 1, 1e-5), []),
        (FLOAT32, Metrics(99.9, 1, 1e-5), ["sqnr_db"]),
        (FLOAT32, Metrics(120, 1, 1.1e-5), ["max_rel_range"]),
        (FLOAT32, EXACT, []),
        (FLOAT16, Metrics(55, 1, 0.01), []),
        (FLOAT16, Metrics(54, 1, 0.01), ["sqnr_db"]),
        (QUANTIZED, Metrics(10, 1, 0.5, max_lsb=1), []),
        (QUANTIZED, Metrics(90, 1, 1e-9, max_lsb=2), ["max_lsb"]),
        (EQUAL, Metrics(90, 1, 1e-9, max_lsb=1), ["max_lsb"]),
        (END_TO_END, Metrics(3, 1, 1e-4), []),
        (END_TO_END, Metrics(3, 1, 1.1e-4), ["max_rel_range"]),
        (FLOAT32, Metrics(math.inf, 0, 0, nonfinite=1), ["nonfinite"]),
        (FLOAT32, Metrics(None, 1e-9, None, status="zero signal"), ["max_abs"]),
        (EQUAL, Metrics(None, None, None, unequal=0.1, status="strings"), ["unequal"]),
        (EQUAL, Metrics(None, None, None, status="strings"), []),
        (QUANTIZED, Metrics(None, None, None, status="shapes differ"), ["max_lsb"]),
        (FLOAT32, Metrics(None, None, None, status="shapes differ"), ["sqnr_db", "max_rel_range"]),
    ],
)
def test_what_is_beyond_a_tolerance(
    tolerance: Tolerance, found: Metrics, beyond: list[str]
) -> None:
    assert excess(found, tolerance) == beyond


@pytest.mark.parametrize(
    "tolerance, found, floor, beyond",
    [
        (FLOAT32, Metrics(90, 1, 1e-6), Metrics(85, 1, 1e-6), []),
        (FLOAT32, Metrics(80, 1, 1e-6), Metrics(85, 1, 1e-6), ["sqnr_db"]),
        (QUANTIZED, Metrics(40, 1, 0.1, max_lsb=3), Metrics(40, 1, 0.1, max_lsb=3), []),
        (QUANTIZED, Metrics(40, 1, 0.1, max_lsb=4), Metrics(40, 1, 0.1, max_lsb=3), ["max_lsb"]),
        (FLOAT32, Metrics(130, 0, 0, nonfinite=2), Metrics(130, 0, 0, nonfinite=2), []),
        (
            FLOAT32,
            Metrics(None, 2, None, status="zero signal"),
            Metrics(None, 1, None),
            ["max_abs"],
        ),
    ],
)
def test_the_floor_excuses_what_the_interpreter_does_itself(
    tolerance: Tolerance, found: Metrics, floor: Metrics, beyond: list[str]
) -> None:
    assert excess(found, tolerance, floor) == beyond


def test_what_one_side_holds_in_float16_is_held_to_that():
    real = tensor(TensorType.FLOAT32)
    assert isolated(real, halves={real.index}) == FLOAT16
    assert isolated(real, halves={real.index + 1}) == FLOAT32
    assert isolated(tensor(TensorType.INT8, SCALE), halves={0}) == QUANTIZED


@pytest.mark.parametrize("off, names", [(2.0**-24, []), (2.0**-23, ["sqnr_db"])])
def test_what_float16_cannot_hold_is_no_difference(off: float, names: list[str]):
    """A probability of 1e-9 is 0 there."""
    assert excess(Metrics(sqnr_db=0.0, max_abs=off, max_rel_range=1.0), FLOAT16) == names
    assert excess(Metrics(sqnr_db=0.0, max_abs=off, nonfinite=1), FLOAT16)[:1] == ["nonfinite"]
