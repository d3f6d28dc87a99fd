"""What is measured of constants, held against NumPy and against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import inspector
from inspector.weights.channels import output_axis
from inspector.weights.histogram import PART, Histogram, histogram
from inspector.weights.quantized import Scales, affine
from inspector.weights.statistics import Distinct, distinct, statistics

RANDOM = np.random.default_rng(7)


def scales(*values: float, rank: int = 2, zero: int = 0) -> Scales:
    """One scale for each index of the first axis, and one zero point."""
    shape = [len(values)] + [1] * (rank - 1)
    return Scales(np.array(values, np.float32).reshape(shape), np.full([1] * rank, zero))


@pytest.mark.parametrize(
    "array",
    [
        RANDOM.normal(3, 2, (5, 2 * PART // 5 + 11)).astype(np.float32),
        RANDOM.normal(size=(40, 50)).T,
        RANDOM.integers(-(2**60), 2**60, 1000),
        RANDOM.normal(size=300).astype(np.float16),
    ],
    ids=["several parts", "transposed", "int64", "float16"],
)
def test_moments_are_those_of_numpy(array: np.ndarray) -> None:
    found = statistics(array).moments
    wide = array.astype(np.float64)
    assert (found.minimum, found.maximum) == (array.min(), array.max())
    assert found.mean == pytest.approx(wide.mean(), rel=1e-12)
    assert found.std == pytest.approx(wide.std(), rel=1e-12)
    assert (found.finite, found.nan, found.inf) == (array.size, 0, 0)


def test_a_small_deviation_around_a_large_mean_survives() -> None:
    array = np.tile(np.array([1e9, 1e9 + 1, 1e9 + 2]), PART)
    assert statistics(array).moments.std == pytest.approx(np.sqrt(2 / 3), rel=1e-9)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    found = statistics(np.array([np.nan, 1, np.inf, 3, -np.inf, np.nan], np.float32))
    assert (found.moments.nan, found.moments.inf, found.moments.finite) == (2, 2, 2)
    assert (found.moments.minimum, found.moments.maximum) == (1, 3)
    assert (found.moments.mean, found.moments.std) == (2, 1)
    assert found.histogram is not None and sum(found.histogram.counts) == 2


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_a_nan_that_signals_is_a_nan(dtype: type) -> None:
    bits = {2: np.array([0x7F81, 0], np.uint16), 4: np.array([0x7F800001, 0], np.uint32)}
    array = bits[np.dtype(dtype).itemsize].view(dtype)
    found = statistics(array)
    assert (found.moments.nan, found.moments.zeros, found.distinct.count) == (1, 1, 1)


@pytest.mark.parametrize("values", [[], [np.nan, np.inf]])
def test_without_a_finite_element_there_are_no_ends(values: list[float]) -> None:
    found = statistics(np.array(values))
    assert found.moments.minimum is None and found.moments.std is None
    assert found.histogram is None


@pytest.mark.parametrize(
    "values", [[1.7e308, -1.7e308], [5e-324, 0], [1e308], [3e38], [1e20, 1e20], [2**62, -(2**62)]]
)
def test_numbers_at_the_ends_of_their_type_are_measured(values: list[float]) -> None:
    found = statistics(np.array(values))
    assert (found.moments.minimum, found.moments.maximum) == (min(values), max(values))
    assert found.histogram is None or sum(found.histogram.counts) == len(values)


def test_pruning_shows_as_zeros_of_either_sign() -> None:
    array = np.array([0.0, -0.0, 1.5, -2, 0.0])
    found = statistics(array)
    assert found.moments.zeros == 3
    assert found.distinct == Distinct(3, exact=True)


def test_clustering_shows_as_few_distinct_values() -> None:
    clusters = RANDOM.normal(size=16).astype(np.float32)
    array = clusters[RANDOM.integers(0, 16, 3 * PART)]
    assert distinct(array) == Distinct(16, exact=True)


def test_distinct_values_are_counted_up_to_a_limit() -> None:
    array = RANDOM.permutation(np.arange(100_000))
    assert distinct(array) == Distinct(65_536, exact=False)
    assert distinct(array, most=100_000) == Distinct(100_000, exact=True)
    assert distinct(array[:500]) == Distinct(np.unique(array[:500]).size, exact=True)


def test_distinct_integers_count_as_stored_whatever_their_scales() -> None:
    stored = np.tile(np.array([-1, 0, 1], np.int8), (4, 5))
    several = scales(0.1, 0.2, 0.3, 0.4)
    real = affine(stored, several)
    assert statistics(real).distinct.count == 9
    assert statistics(real, stored, several).distinct.count == 3


def test_dead_channels_are_all_zero_or_constant() -> None:
    array = RANDOM.normal(size=(5, 3, 3)).astype(np.float32)
    array[1], array[3], array[4, 0] = 0, -2.5, np.nan
    found = statistics(array, axis=0).channels
    assert found is not None
    assert (found.count, found.zero, found.constant, found.dead) == (5, 1, 1, (1, 3))


def test_a_channel_of_one_weight_is_dead_only_at_zero() -> None:
    found = statistics(np.array([[0.0, 1, 2]]), axis=1).channels
    assert found is not None and (found.zero, found.constant, found.dead) == (1, 0, (0,))


@pytest.mark.parametrize(
    ("dtype", "values", "ends", "counts"),
    [
        (np.int8, [-128, -127, 127, 0], (-128, 127), (1, 1)),
        (np.int8, [-127, -127, 127, 0], (-127, 127), (2, 1)),
        (np.uint8, [0, 255, 255, 1], (0, 255), (1, 2)),
        (ml_dtypes.int4, [-8, 7, 7, 7], (-8, 7), (1, 3)),
        (ml_dtypes.uint4, [1, 15, 8, 8], (1, 15), (1, 1)),
        (ml_dtypes.int2, [-1, 1, 1, 0], (-1, 1), (1, 2)),
        (np.int16, [-5, 5, 5, 0], (-32767, 32767), (0, 0)),
    ],
)
def test_saturation_is_the_share_at_the_ends_of_the_type(
    dtype: type, values: list[int], ends: tuple[int, int], counts: tuple[int, int]
) -> None:
    stored = np.array([values]).astype(dtype)
    found = statistics(np.array([values], np.float32), stored, scales(1)).integers
    assert found is not None
    assert (found.low, found.high) == ends
    assert (found.at_low, found.at_high) == counts
    assert found.saturated == sum(counts) / 4


def test_unused_range_is_told_of_the_worst_channel() -> None:
    stored = np.array([[-128, 127, 0], [-8, 7, 0], [3, 3, 3]], np.int8)
    found = statistics(stored.astype(np.float32), stored, scales(1, 1, 1)).integers
    assert found is not None
    assert found.groups == 3
    assert found.unused == pytest.approx(1 - (256 + 16 + 1) / 3 / 256)
    assert found.bits == pytest.approx((8 + 4 + 0) / 3)
    assert (found.worst_group, found.worst_bits) == (2, 0)
    assert found.worst_unused == 255 / 256


def test_blocks_are_groups_of_their_own() -> None:
    stored = np.array([[0, 15, 4, 4], [1, 2, 0, 7]]).astype(ml_dtypes.uint4)
    blocks = Scales(np.ones((2, 2), np.float32), np.zeros((1, 1), np.int64))
    found = statistics(stored.astype(np.float32), stored, blocks).integers
    assert found is not None
    assert (found.groups, found.worst_group, found.worst_unused) == (4, 1, 15 / 16)
    assert found.bits == pytest.approx((4 + 0 + 1 + 3) / 4)


def test_a_bias_has_no_range_to_fill() -> None:
    stored = np.array([5, -7], np.int32)
    found = statistics(stored.astype(np.float32), stored, scales(1, rank=1)).integers
    assert found is not None and found.unused is None and found.saturated == 0


def test_a_histogram_is_that_of_numpy() -> None:
    array = RANDOM.normal(size=10_000).astype(np.float32)
    found = statistics(array).histogram
    counts, edges = np.histogram(array.astype(np.float64), 64)
    assert found is not None
    assert found.counts == tuple(counts)
    assert (found.low, found.high) == (edges[0], edges[-1])


def test_integers_of_one_scale_show_no_comb() -> None:
    stored = np.tile(np.arange(-127, 128, dtype=np.int8), 5)[None]
    one = scales(0.5, zero=3)
    found = statistics(affine(stored, one), stored, one).histogram
    assert found is not None
    assert set(found.counts[1:-1]) == {5 * 4} and sum(found.counts) == 5 * 255
    assert found.low <= 0.5 * (-127 - 3) and found.high >= 0.5 * (127 - 3)
    assert found.high - found.low == 64 * 4 * 0.5


def test_few_integers_have_a_bin_each() -> None:
    array = np.array([2, 2, 5])
    assert histogram(array, 2, 5, whole=True) == Histogram(1.5, 5.5, (2, 0, 0, 1))


@pytest.mark.parametrize(
    ("name", "expected"), [("stem/kernel", 0), ("mix/kernel", 0), ("mix/bias", None)]
)
def test_a_convolution_counts_its_outputs_along_the_first_axis(
    name: str, expected: int | None, fixtures: Path
) -> None:
    from inspector.weights.names import layer_names

    with inspector.open(fixtures / "cnn_int8.tflite") as model:
        graph = model.subgraphs[0]
        layer, variable = name.split("/")
        operator = graph.operators[list(layer_names(graph)).index(layer)]
        operand = {"kernel": 1, "bias": 2}[variable]
        rank = len(graph.tensors[operator.inputs[operand]].shape)
        assert output_axis(operator, operand, rank) == expected
