"""Distances between arrays, against figures worked out by hand or by NumPy in a line."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from inspector.compare.metrics import EXACT, SHAPES, Metrics, align, measure, worst
from inspector.errors import ModelError
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import TensorType
from inspector.report.strict_json import dumps


def tensor(dtype: TensorType, quantization: Quantization | None = None) -> Tensor:
    return Tensor(0, 0, "x", (), (), dtype, 0, False, quantization, None)


FLOAT = tensor(TensorType.FLOAT32)
INT8 = tensor(TensorType.INT8, Quantization((0.5,), (10,)))
INT32 = tensor(TensorType.INT32)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def int8(*values: int) -> np.ndarray:
    return np.array(values, np.int8)


def test_sqnr_is_signal_over_noise_in_decibels() -> None:
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(3, 50)).astype(np.float32)
    noisy = signal + rng.normal(scale=1e-3, size=signal.shape).astype(np.float32)
    one, other = signal.astype(np.float64), noisy.astype(np.float64)
    expected = 10 * np.log10(np.square(one).sum() / np.square(one - other).sum())
    assert measure(FLOAT, signal, noisy).sqnr_db == pytest.approx(expected, abs=1e-9)


def test_no_noise_is_infinite_and_no_epsilon_hides_a_little() -> None:
    assert measure(FLOAT, floats(1, 2), floats(1, 2)).sqnr_db == math.inf
    assert measure(FLOAT, floats(0, 0), floats(0, 0)).sqnr_db == math.inf
    found = measure(FLOAT, floats(1e-30), floats(1.1e-30))
    assert found.sqnr_db == pytest.approx(20, abs=1e-4)
    assert found.max_rel_range == pytest.approx(0.1, abs=1e-6)


def test_a_zero_signal_has_no_sqnr_and_says_so() -> None:
    found = measure(FLOAT, floats(0, 0), floats(0, 1e-20))
    assert (found.sqnr_db, found.max_rel_range, found.status) == (None, None, "zero signal")
    assert found.max_abs == np.float32(1e-20)


def test_huge_numbers_do_not_overflow() -> None:
    wide = tensor(TensorType.FLOAT64)
    found = measure(wide, np.array([1e300, -1e300]), np.array([1e300, -0.9e300]))
    assert found.sqnr_db == pytest.approx(20 * math.log10(math.sqrt(2) / 0.1))


def test_the_largest_difference_comes_with_its_place_and_both_values() -> None:
    reference, candidate = np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)
    reference[1, 2], candidate[1, 2], candidate[0, 1] = 4, 1, 2
    found = measure(FLOAT, reference, candidate)
    assert (found.max_abs, found.max_at, found.max_values) == (3, (1, 2), (4, 1))


@pytest.mark.parametrize("reference, span", [((-1, 3), 4), ((2, 3), 3), ((-2, -1), 2), ((5, 5), 5)])
def test_the_range_holds_zero(reference: tuple[float, float], span: float) -> None:
    candidate = floats(reference[0] + 1, reference[1])
    assert measure(FLOAT, floats(*reference), candidate).max_rel_range == pytest.approx(1 / span)


def test_nan_and_infinity_are_counted_and_their_places_compared() -> None:
    inf, nan = math.inf, math.nan
    found = measure(FLOAT, floats(nan, inf, 1, inf, 2), floats(nan, inf, nan, -inf, 2.5))
    assert (found.nan, found.inf, found.nonfinite) == ((1, 2), (2, 2), 2)
    assert (found.max_abs, found.max_at) == (0.5, (4,))
    same = measure(FLOAT, floats(nan, inf, 1), floats(nan, inf, 1))
    assert (same.sqnr_db, same.nonfinite, same.nan, same.inf) == (math.inf, 0, (1, 1), (1, 1))


def test_quantised_integers_are_told_in_steps_and_in_real_numbers() -> None:
    found = measure(INT8, int8(10, 20, 30), int8(10, 21, 28))
    assert (found.max_lsb, found.unequal) == (2, pytest.approx(2 / 3))
    assert (found.max_abs, found.max_values) == (1, (10, 9))
    assert found.max_rel_range == 1 / 10
    assert found.sqnr_db == pytest.approx(10 * math.log10((5**2 + 10**2) / (0.5**2 + 1)))


def test_a_scale_an_index_counts_along_its_axis() -> None:
    channels = tensor(TensorType.INT8, Quantization((1.0, 100.0), (0, 0), dimension=1))
    found = measure(channels, np.array([[1, 1]], np.int8), np.array([[2, 2]], np.int8))
    assert (found.max_abs, found.max_at) == (100, (0, 1))
    with pytest.raises(ModelError, match=r"2 scales .* do not fit shape \[1, 3\]"):
        measure(channels, np.zeros((1, 3), np.int8), np.ones((1, 3), np.int8))


def test_the_angle_and_the_bias_tell_what_kind_of_error_it_is() -> None:
    found = measure(FLOAT, floats(3, 4), floats(6, 8))
    assert (found.cosine, found.bias) == (pytest.approx(1), 3.5)
    turned = measure(FLOAT, floats(1, 0), floats(0, -1))
    assert (turned.cosine, turned.bias) == (0, -1)
    assert measure(FLOAT, floats(0, 0), floats(0, 1)).cosine is None


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn]
)
def test_units_in_the_last_place_are_steps_of_nextafter(dtype: type) -> None:
    kind = np.dtype(dtype)
    wide = kind in (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.float64))
    start = np.array([1.0, -2.0, 0.0], kind)
    end = start
    for _ in range(3):
        end = (np.nextafter(end, kind.type(4)) if wide else next_of_all(end)).astype(kind)
    named = tensor(TensorType.FLOAT32)
    assert measure(named, start, end).max_ulp == 3
    assert measure(named, start, start.copy()).max_ulp == 0
    assert measure(named, np.array([0.0], kind), np.array([-0.0], kind)).max_ulp == 0


def next_of_all(values: np.ndarray) -> np.ndarray:
    """The next value up, found among all values of the type."""
    every = np.arange(1 << (8 * values.dtype.itemsize)).astype(f"u{values.dtype.itemsize}")
    with np.errstate(invalid="ignore"):  # there are NaNs among them
        numbers = np.unique(every.view(values.dtype).astype(np.float64))
    return np.array([numbers[numbers > float(v)][0] for v in values])


def test_opposite_ends_of_doubles_are_counted() -> None:
    end = np.finfo(np.float64).max
    found = measure(tensor(TensorType.FLOAT64), np.array([end]), np.array([-end]))
    assert found.max_ulp == 2 * (2**63 - 1 - 2**52)
    assert measure(INT8, int8(1), int8(3)).max_ulp is None


def test_other_integers_and_booleans_are_told_in_ones() -> None:
    big = 2**62
    wide = tensor(TensorType.INT64)
    assert measure(wide, np.array([big]), np.array([big + 1])).max_lsb == 1
    assert measure(INT32, np.array([3], np.int32), np.array([3.0])).max_lsb == 0
    flags = tensor(TensorType.BOOL)
    assert measure(flags, np.array([True]), np.array([False])).max_lsb == 1
    assert measure(FLOAT, floats(1), floats(2)).max_lsb is None


def test_complex_numbers_are_compared_part_by_part() -> None:
    found = measure(tensor(TensorType.COMPLEX64), np.array([3 + 4j]), np.array([3 + 4.5j]))
    assert (found.max_abs, found.max_at) == (0.5, (0, 1))
    assert found.sqnr_db == pytest.approx(20)


def test_small_floats_are_compared_as_what_they_are() -> None:
    half = np.array([1, 2], ml_dtypes.bfloat16)
    found = measure(tensor(TensorType.BFLOAT16), half, half + ml_dtypes.bfloat16(1))
    assert found.max_abs == 1


def test_strings_are_equal_or_not() -> None:
    one, other = np.array([b"a", b"b"], object), np.array([b"a", b"c"], object)
    texts = tensor(TensorType.STRING)
    assert measure(texts, one, other).unequal == 0.5
    assert measure(texts, one, one.copy()).unequal == 0


def test_shapes_may_differ_if_the_order_is_the_same() -> None:
    flat = np.arange(6, dtype=np.float32)
    assert measure(FLOAT, flat.reshape(1, 2, 3), flat).sqnr_db == math.inf
    found = measure(FLOAT, flat, flat[:5])
    assert found.status.startswith(SHAPES) and found.sqnr_db is found.max_abs is None


def test_no_elements_are_no_difference() -> None:
    nothing = np.zeros((0, 3), np.float32)
    assert measure(FLOAT, nothing, nothing.copy()) == replace(EXACT, max_ulp=0)


def test_real_numbers_are_put_on_the_grid_before_they_are_compared() -> None:
    put = align(INT8, floats(0.24, 0.25, -0.25, 1000, -1000, math.nan))
    assert put.tolist() == [10, 11, 9, 127, -128, 10] and put.dtype == np.int8
    assert align(INT8, int8(3)).tolist() == [3]
    assert align(FLOAT, floats(0.24)).tolist() == floats(0.24).tolist()


def test_the_worst_of_several_is_that_of_each_figure() -> None:
    found = worst(
        [
            Metrics(80, 3, 0.1, 1, max_at=(3,)),
            Metrics(60, 1, 0.2, 2, max_at=(1,), nonfinite=1),
            EXACT,
        ]
    )
    assert (found.sqnr_db, found.max_abs, found.max_at) == (60, 3, (3,))
    assert (found.max_rel_range, found.max_lsb, found.nonfinite) == (0.2, 2, 1)


def test_json_has_every_figure_and_spells_infinity() -> None:
    found = json.loads(dumps(measure(INT8, int8(1), int8(1)).to_json()))
    assert found["sqnr_db"] == "inf" and found["max_lsb"] == 0
    assert {"max_abs", "max_rel_range", "nonfinite", "nan", "inf", "unequal"} <= found.keys()
