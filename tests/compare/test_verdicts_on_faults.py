"""Faults of kinds and under kernels that `test_passes` leaves out: each is named, and it alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.compare.passes import compare
from inspector.compare.result import Comparison
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Kernels, Runtime
from tests.compare.faults import CHANGES, DTYPES, Spot, planted, spots
from tests.run.litert import FIXTURES, interpreter, shared
from tests.written import packed

ALIKE = [Kernels.REFERENCE, Kernels.XNNPACK]
OTHERS = [
    "networks/tinymaix-mnist_nnom_q.tflite",
    "networks/mlctiny-pretrainedresnet.tflite",
    "networks/armzoo-ds_cnn_quantized.tflite",
    "networks/mlctiny-str_ww_ref_model.tflite",
]


def compared(
    path: Path, other: bytes, ours: Kernels = Kernels.BUILTIN, theirs: Kernels = Kernels.BUILTIN
) -> Comparison:
    with inspector.open(path) as opened:
        candidate = TfliteCandidate(opened, inspector.Model(other, "copy.tflite"), Runtime(theirs))
        return compare(opened, candidate, [inputs_of(opened).read([], seed=3)], Runtime(ours))


def sources(found: Comparison) -> list[int]:
    return [op.index for op in found.operators if op.verdict is Verdict.SOURCE]


def faults(path: Path) -> list[tuple[Spot, bytes]]:
    """Every fault that changes the file: its bias zeroed, its kernel reversed, or half of it."""
    changes = {1: ("reverse", "halve"), 2: ("drop",)}
    wanted = [
        (spot, CHANGES[name])
        for spot in spots(path)
        for name in changes[spot.operand]
        if spot.dtype in DTYPES and holds_something(path, spot)
    ]
    assert len(wanted) > 3
    return [(spot, planted(path, spot, change)) for spot, change in wanted]


def holds_something(path: Path, spot: Spot) -> bool:
    """Whether the constant is not zero throughout."""
    model = schema.Model.GetRootAs(path.read_bytes(), 0)
    return bool(model.Buffers(spot.buffer).DataAsNumpy().any())


def edited(path: Path, change: Callable[[Any], None]) -> bytes:
    """The file with its unpacked model changed, written anew by LiteRT's classes."""
    found = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    change(found)
    return packed(found)


@pytest.mark.parametrize("kernels", ALIKE)
@pytest.mark.parametrize("name", FIXTURES)
def test_a_model_is_itself_whatever_runs_it(fixtures: Path, name: str, kernels: Kernels) -> None:
    found = compared(fixtures / name, (fixtures / name).read_bytes(), kernels, kernels)
    assert found.outcome is Outcome.MATCH and found.runtime.kernels is kernels
    assert {op.verdict for op in found.operators} <= {Verdict.OK, Verdict.FOLDED}
    assert all(op.isolated.worst.unequal == 0 for op in found.operators if op.isolated)
    assert found.outputs[0].error and found.outputs[0].error.worst.unequal == 0


@pytest.mark.parametrize("theirs", Kernels)
@pytest.mark.parametrize("ours", Kernels)
def test_an_int8_network_matches_itself_across_kernels(
    fixtures: Path, ours: Kernels, theirs: Kernels
) -> None:
    path = fixtures / "cnn_int8.tflite"
    found = compared(path, path.read_bytes(), ours, theirs)
    assert (found.outcome, sources(found)) == (Outcome.MATCH, [])
    assert all(op.isolated and (op.isolated.worst.max_lsb or 0) <= 1 for op in found.operators)


@pytest.mark.parametrize("kernels", ALIKE)
@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite"])
def test_a_fault_is_named_whatever_runs_it(fixtures: Path, name: str, kernels: Kernels) -> None:
    for spot, data in faults(fixtures / name):
        found = compared(fixtures / name, data, kernels, kernels)
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator]), spot


@pytest.mark.parametrize("name", ["cnn_float16.tflite", "cnn_dynamic.tflite"])
def test_a_fault_in_a_compressed_constant_is_named(fixtures: Path, name: str) -> None:
    for spot, data in faults(fixtures / name):
        found = compared(fixtures / name, data)
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator]), spot


@pytest.mark.parametrize("name", OTHERS)
def test_so_it_is_in_more_models_of_other_people(name: str) -> None:
    path = shared(name)
    found = [fault for fault in faults(path) if fault[0].operand == 1]
    for spot, data in (found[0], found[len(found) // 2], found[-1]):
        result = compared(path, data)
        assert (result.outcome, sources(result)) == (Outcome.MISMATCH, [spot.operator]), spot


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite"])
def test_two_faults_are_both_named(fixtures: Path, tmp_path: Path, name: str) -> None:
    first, *_, last = (spot for spot in spots(fixtures / name) if spot.operand == 1)
    copy = tmp_path / "copy.tflite"
    copy.write_bytes(planted(fixtures / name, first, CHANGES["reverse"]))
    found = compared(fixtures / name, planted(copy, last, CHANGES["reverse"]))
    assert sources(found) == [first.operator, last.operator]


def test_one_weight_of_a_float_network_is_enough(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"

    def one(values: np.ndarray) -> None:
        values[np.abs(values).argmax()] = 0

    for spot in spots(path):
        if spot.operand == 1:
            assert sources(compared(path, planted(path, spot, one))) == [spot.operator]


def test_a_nan_is_blamed_on_the_one_that_makes_it(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"

    def nan(values: np.ndarray) -> None:
        values[0] = np.nan

    for spot in list(spots(path))[:3]:
        found = compared(path, planted(path, spot, nan))
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator])
        blamed = found.operators[spot.operator].isolated
        assert blamed and blamed.worst.nonfinite and blamed.worst.nan[0] == 0


@pytest.mark.parametrize("index", [0, 1, 7, 8, 12])
def test_an_activation_that_is_gone_is_named(fixtures: Path, index: int) -> None:
    def change(model: Any) -> None:
        model.subgraphs[0].operators[index].builtinOptions.fusedActivationFunction = 0

    found = compared(fixtures / "cnn.tflite", edited(fixtures / "cnn.tflite", change))
    assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [index])


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite"])
@pytest.mark.parametrize("label", ["x{}", "same", ""])
def test_names_do_not_matter_where_the_networks_are_alike(
    fixtures: Path, name: str, label: str
) -> None:
    def rename(model: Any) -> None:
        for index, held in enumerate(model.subgraphs[0].tensors):
            held.name = label.format(index)

    found = compared(fixtures / name, edited(fixtures / name, rename))
    assert found.outcome is Outcome.MATCH
    assert {op.verdict for op in found.operators} == {Verdict.OK}


def test_the_error_at_the_output_is_what_numpy_says_of_both_runs(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"
    spot, data = faults(path)[-1]
    found = compared(path, data)
    with inspector.open(path) as opened:
        inputs, (output,) = inputs_of(opened).read([], seed=3), opened.subgraphs[0].outputs
    one, other = (interpreter(m, inputs).get_tensor(output).astype(float) for m in (path, data))
    assert found.outputs[0].error
    worst = found.outputs[0].error.worst
    gap = np.abs(one - other)
    assert worst.max_abs == gap.max() and worst.max_rel_range == gap.max() / one.max()
    sqnr = 10 * np.log10(np.square(one).sum() / np.square(gap).sum())
    assert worst.sqnr_db == pytest.approx(sqnr)
    assert spot.operator == sources(found)[0]


def test_where_nothing_is_wrong_before_it_both_errors_are_one(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"
    first, second = [spot for spot in spots(path) if spot.operand == 1][:2]
    found = compared(path, planted(path, second, CHANGES["reverse"]))
    alone = found.operators[second.operator]
    assert alone.isolated and alone.accumulated
    assert alone.isolated.worst.sqnr_db == pytest.approx(alone.accumulated.worst.sqnr_db)
    assert found.operators[first.operator].verdict is Verdict.OK
