"""Figures and tolerances together, on arrays whose distance is known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from inspector.compare.metrics import Metrics, align, measure, worst
from inspector.compare.tolerance import (
    FLOAT32,
    Tolerance,
    beyond,
    end_to_end,
    excess,
    isolated,
    same_kernel,
    summed,
    terms_added,
)
from inspector.read.model import Model, Subgraph
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import TensorType
from tests.one_operator import Case, Input
from tests.one_operator import packed as one_operator
from tests.run.litert import interpreter
from tests.written import code, made, model, operator, packed, subgraph
from tests.written import tensor as written

SCALE = Quantization((0.25,), (-3,))
INF, NAN = math.inf, math.nan


def tensor(dtype: TensorType, quantization: Quantization | None = None) -> Tensor:
    return Tensor(0, 0, "x", (), (), dtype, 0, False, quantization, None)


FLOAT = tensor(TensorType.FLOAT32)


def floats(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    "reference, candidate, decibels",
    [
        (floats(3, 4), floats(3, 4.5), 20),  # |(3, 4)| = 5, |(0, 0.5)| = 0.5
        (floats(1, 1, 1, 1), floats(0, 0, 0, 0), 0),
        (floats(1, 0), floats(-1, 0), 20 * math.log10(1 / 2)),
        (floats(8), floats(8 + 2**-10), 20 * 13 * math.log10(2)),
        (floats(0, 1024), floats(1, 1024), 200 * math.log10(2)),
    ],
)
def test_sqnr_worked_out_by_hand(
    reference: np.ndarray, candidate: np.ndarray, decibels: float
) -> None:
    assert measure(FLOAT, reference, candidate).sqnr_db == pytest.approx(decibels, abs=1e-9)


def test_minus_zero_is_zero() -> None:
    found = measure(FLOAT, floats(0.0, 1), floats(-0.0, 1))
    assert (found.sqnr_db, found.max_abs, found.unequal, found.status) == (INF, 0, 0, "")


@pytest.mark.parametrize("dtype, low, high", [("int8", -128, 128), ("uint8", 0, 256)])
def test_quantised_figures_are_those_of_the_dequantised_numbers(
    dtype: str, low: int, high: int
) -> None:
    rng = np.random.default_rng(1)
    one, other = (rng.integers(low, high, (2, 3, 4)).astype(dtype) for _ in range(2))
    scales, zeros = np.array([0.5, 0.01, 3]), np.array([4, 0, 100 if dtype == "uint8" else -7])
    quantization = Quantization((*scales,), (*zeros.tolist(),), dimension=1)
    found = measure(tensor(TensorType[dtype.upper()], quantization), one, other)
    real = [(x.astype(float) - zeros[:, None]) * scales[:, None] for x in (one, other)]
    gap = np.abs(real[0] - real[1])
    extent = max(real[0].max(), 0) - min(real[0].min(), 0)
    assert found.max_lsb == np.abs(one.astype(int) - other.astype(int)).max()
    assert found.max_abs == pytest.approx(gap.max())
    assert found.max_at == np.unravel_index(gap.argmax(), gap.shape)
    assert found.max_rel_range == pytest.approx(gap.max() / extent)
    assert found.unequal == np.mean(one != other)
    sqnr = 10 * np.log10(np.square(real[0]).sum() / np.square(gap).sum())
    assert found.sqnr_db == pytest.approx(sqnr)


@pytest.mark.parametrize(
    "reference, candidate, nonfinite",
    [
        (floats(NAN, 1), floats(NAN, 1), 0),
        (floats(NAN, 1), floats(0, 1), 1),
        (floats(0, 1), floats(NAN, 1), 1),
        (floats(INF, -INF), floats(INF, -INF), 0),
        (floats(INF, 1), floats(-INF, 1), 1),
        (floats(INF, 1), floats(NAN, 1), 1),
        (floats(INF, 1), floats(3e38, 1), 1),
        (floats(NAN, NAN, INF, 1), floats(NAN, INF, 2, 1), 2),
    ],
)
def test_nan_and_infinity_are_compared_place_by_place(
    reference: np.ndarray, candidate: np.ndarray, nonfinite: int
) -> None:
    found = measure(FLOAT, reference, candidate)
    assert found.nonfinite == nonfinite
    assert found.nan == tuple(int(np.isnan(x).sum()) for x in (reference, candidate))
    assert found.inf == tuple(int(np.isinf(x).sum()) for x in (reference, candidate))
    assert (found.sqnr_db, found.max_abs) == (INF, 0)  # of what is finite on both sides
    assert excess(found, FLOAT32) == ["nonfinite"] * bool(nonfinite)


def test_the_sides_are_not_alike() -> None:
    one, other = floats(0, 10), floats(0, 5)
    assert measure(FLOAT, one, other).max_rel_range == 0.5
    assert measure(FLOAT, other, one).max_rel_range == 1
    assert measure(FLOAT, floats(0, 0), one).status == "zero signal"
    assert measure(FLOAT, one, floats(0, 0)).sqnr_db == 0


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_real_numbers_go_on_the_grid_as_litert_puts_them(dtype: str) -> None:
    real = np.linspace(-40, 80, 997, dtype=np.float32)
    kind = getattr(schema.TensorType, dtype.upper())
    scale = made(schema.QuantizationParametersT, scale=[0.25], zeroPoint=[3])
    tensors = [written("x", [997]), written("q", [997], type=kind, quantization=scale)]
    graph = subgraph(tensors, [operator([0], [1])], inputs=[0], outputs=[1])
    found = packed(model([graph], operatorCodes=[code(schema.BuiltinOperator.QUANTIZE)]))
    expected = interpreter(found, [real]).get_tensor(1)
    wanted = tensor(TensorType[dtype.upper()], Quantization((0.25,), (3,)))
    assert np.array_equal(align(wanted, real), expected)


def test_the_worst_of_many_samples_is_never_their_mean() -> None:
    rng = np.random.default_rng(3)
    samples = [rng.normal(size=20).astype(np.float32) for _ in range(9)]
    noises = [rng.normal(scale=10.0**-k, size=20).astype(np.float32) for k in range(1, 10)]
    each = [measure(FLOAT, s, s + n) for s, n in zip(samples, noises, strict=True)]
    found = worst(each)
    assert found.sqnr_db == min(m.sqnr_db or INF for m in each)
    assert found.max_abs == max(m.max_abs or 0 for m in each)
    assert found.max_rel_range == max(m.max_rel_range or 0 for m in each)


def noisy(signal: np.ndarray, decibels: float) -> np.ndarray:
    """The signal with alternating noise, of as many decibels below it."""
    size = np.sqrt(np.mean(np.square(signal))) * 10 ** (-decibels / 20)
    found: np.ndarray = signal + size * np.where(np.arange(signal.size) % 2, 1, -1)
    return found


@pytest.mark.parametrize(
    "dtype, near, far",
    [("float64", 101, 99), ("float32", 101, 99), ("float16", 56, 54)],
)
def test_each_float_type_has_its_least_sqnr(dtype: str, near: float, far: float) -> None:
    kind = tensor(TensorType[dtype.upper()])
    signal = np.cos(np.arange(200.0))
    fine, rough = (measure(kind, signal, noisy(signal, level)) for level in (near, far))
    assert fine.sqnr_db == pytest.approx(near, abs=0.01)
    assert excess(fine, isolated(kind)) == []
    assert "sqnr_db" in excess(rough, isolated(kind))


def test_one_wrong_element_of_many_is_beyond_though_the_sqnr_is_not() -> None:
    signal = np.ones(10**6)
    other = signal.copy()
    other[5] += 2e-5
    found = measure(FLOAT, signal, other)
    assert found.sqnr_db and found.sqnr_db > 100
    assert excess(found, isolated(FLOAT)) == ["max_rel_range"]
    assert excess(found, end_to_end(FLOAT)) == []


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_quantised_integers_may_be_a_step_off_between_kernels_only(dtype: str) -> None:
    kind = tensor(TensorType[dtype.upper()], SCALE)
    values = np.array([5, 6, 7], dtype)
    for off, between, within in ((0, [], []), (1, [], ["max_lsb"]), (2, ["max_lsb"], ["max_lsb"])):
        found = measure(kind, values, values + np.array([0, off, 0], dtype))
        assert excess(found, isolated(kind)) == between
        assert excess(found, same_kernel(kind)) == within


@pytest.mark.parametrize("dtype", ["int32", "int64", "int8", "bool"])
def test_integers_without_a_scale_are_right_or_wrong(dtype: str) -> None:
    kind = tensor(TensorType[dtype.upper()])
    one, other = np.array([0, 1, 1], dtype), np.array([0, 1, 0], dtype)
    assert excess(measure(kind, one, one.copy()), isolated(kind)) == []
    assert excess(measure(kind, one, other), isolated(kind)) == ["max_lsb"]


def reduced(name: str, shape: tuple[int, ...], result: tuple[int, ...]) -> Subgraph:
    """A model that reduces its last axis."""
    case = Case(name, [Input(shape), np.array([-1], np.int32)])
    return Model(one_operator(case, [result])).subgraphs[0]


@pytest.mark.parametrize("name, terms", [("MEAN", 4000), ("SUM", 4000), ("REDUCE_MAX", 1)])
def test_operators_that_add_are_known_by_how_much_they_add(name: str, terms: int) -> None:
    assert terms_added(reduced(name, (2, 3, 4000), (2, 3)), 0, {}) == terms
    values = {0: np.zeros((2, 3, 4000)), 2: np.zeros((2, 3))}
    assert terms_added(reduced(name, (), ()), 0, values) == terms  # the file leaves shapes open


def test_long_sums_may_be_as_far_off_as_float32_adds() -> None:
    terms = 100_000
    values = np.random.default_rng(0).random(terms).astype(np.float32)
    plain = np.cumsum(values, dtype=np.float32)[-1:]  # one addition after the other
    found = measure(FLOAT, np.array([np.sum(values, dtype=np.float64)]), plain)
    assert excess(found, summed(FLOAT32, terms)) == []
    assert summed(FLOAT32, 1) == FLOAT32
    allowed = summed(FLOAT32, 2**20)
    assert allowed.max_rel_range == 4 * 2**-24 * 2**10
    assert allowed.sqnr_db == pytest.approx(20 * 12 * math.log10(2))


def test_the_figures_beyond_are_those_of_the_worst_sample_of_any_tensor() -> None:
    case = Case("ADD", [Input((2,)), Input((2,))])
    graph = Model(one_operator(case, [(2,)])).subgraphs[0]
    fine, rough = Metrics(120, 1, 1e-7), Metrics(90, 1, 1e-7)
    far = Metrics(120, 1, 1e-3, nonfinite=1)
    assert beyond(graph, {2: [fine, fine]}, {}, isolated) == ()
    assert beyond(graph, {2: [fine, rough]}, {}, isolated) == ("sqnr_db",)
    assert set(beyond(graph, {1: [rough], 2: [far]}, {}, isolated)) == {
        "sqnr_db", "max_rel_range", "nonfinite",
    }  # fmt: skip
    assert beyond(graph, {2: [rough]}, {2: [Metrics(85, 1, 1e-7)]}, isolated) == ()
    assert beyond(graph, {2: [rough]}, {1: [Metrics(85, 1, 1e-7)]}, isolated) == ("sqnr_db",)


def test_what_is_not_asked_is_not_beyond() -> None:
    assert excess(Metrics(0, 100, 1, max_lsb=100), Tolerance()) == []
