"""Comparisons of models with themselves, with faulty copies, and with what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inspector
from inspector.compare.candidate import Unit
from inspector.compare.passes import compare
from inspector.compare.result import Comparison
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Kernels, Runtime
from tests.compare.faults import CHANGES, Spot, planted, spots
from tests.run.litert import FIXTURES, shared
from tests.written import add_model, packed

FAULTS = [
    (name, change)
    for name in ("mnist.tflite", "mnist_int8.tflite", "mnist_float16.tflite",
                 "mnist_dynamic.tflite", "cnn.tflite", "cnn_int8.tflite")
    for change in CHANGES
]  # fmt: skip
SHARED = [
    "networks/tinymaix-mbnet128_0.25_f.tflite",
    "networks/mlctiny-pretrainedresnet_quant.tflite",
    "networks/mlctiny-kws_ref_model.tflite",
    "networks/litert-blazeface_mlkit_v1.tfl",
]


def compared(
    path: Path, other: bytes | None = None, kernels: Kernels = Kernels.BUILTIN, samples: int = 1
) -> Comparison:
    """The model compared with another file, or with itself under other kernels."""
    with inspector.open(path) as model:
        copy = inspector.Model(other or path.read_bytes(), "copy.tflite")
        candidate = TfliteCandidate(model, copy, Runtime(kernels))
        inputs = inputs_of(model)
        drawn = [inputs.read([], seed=3, index=index) for index in range(samples)]
        return compare(model, candidate, drawn)


def sources(found: Comparison) -> list[int]:
    return [op.index for op in found.operators if op.verdict is Verdict.SOURCE]


@pytest.mark.parametrize("name", FIXTURES)
def test_a_model_matches_itself_to_the_bit(fixtures: Path, name: str) -> None:
    found = compared(fixtures / name)
    assert found.outcome is Outcome.MATCH
    assert {op.verdict for op in found.operators} <= {Verdict.OK, Verdict.FOLDED}
    for result in found.operators:
        if result.verdict is Verdict.OK:
            assert result.isolated and result.isolated.worst.sqnr_db == np.inf
            assert result.accumulated and result.accumulated.worst.sqnr_db == np.inf


@pytest.mark.parametrize("name", FIXTURES)
def test_a_model_matches_itself_under_other_kernels(fixtures: Path, name: str) -> None:
    found = compared(fixtures / name, kernels=Kernels.REFERENCE, samples=3)
    assert (found.outcome, sources(found)) == (Outcome.MATCH, [])


@pytest.mark.parametrize("name", SHARED)
def test_so_do_models_of_other_people(name: str) -> None:
    for kernels in (Kernels.BUILTIN, Kernels.REFERENCE):
        found = compared(shared(name), kernels=kernels)
        assert (found.outcome, sources(found)) == (Outcome.MATCH, [])


@pytest.mark.parametrize("name, change", FAULTS)
def test_a_fault_is_named_and_nothing_else_is(fixtures: Path, name: str, change: str) -> None:
    for spot in spots(fixtures / name):
        if is_silent(fixtures / name, spot):
            continue
        found = compared(fixtures / name, planted(fixtures / name, spot, CHANGES[change]))
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator])


def is_silent(path: Path, spot: Spot) -> bool:
    """Whether the constant is zero throughout, so that no change changes anything."""
    try:
        planted(path, spot, CHANGES["drop"])
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("name", SHARED)
def test_so_it_is_in_models_of_other_people(name: str) -> None:
    path = shared(name)
    kernels = [spot for spot in spots(path) if spot.operand == 1]
    for spot in (kernels[0], kernels[len(kernels) // 2], kernels[-1]):
        found = compared(path, planted(path, spot, CHANGES["reverse"]))
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator])


def test_a_wrong_weight_that_the_samples_do_not_show_is_found(fixtures: Path) -> None:
    path = fixtures / "mnist.tflite"
    first = next(spot for spot in spots(path) if spot.operand == 1)

    def corner(values: np.ndarray) -> None:  # a pixel that the sample leaves black
        values.reshape(128, 784)[:, 0] += 1

    with inspector.open(path) as model:
        copy = inspector.Model(planted(path, first, corner), "copy.tflite")
        image = np.random.default_rng(0).uniform(0, 1, (1, 28, 28)).astype(np.float32)
        image[0, 0, 0] = 0
        found = compare(model, TfliteCandidate(model, copy), [[image]])
    assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [first.operator])
    assert "random feeds" in found.operators[first.operator].reason
    assert found.outputs[0].error and found.outputs[0].error.worst.sqnr_db == np.inf


def test_the_error_of_others_is_carried_not_blamed(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"
    first = next(spots(path))
    found = compared(path, planted(path, first, CHANGES["reverse"]))
    later = [op.verdict for op in found.operators if op.index > first.operator]
    assert set(later) <= {Verdict.CARRIER, Verdict.AMPLIFIER} and Verdict.CARRIER in later
    assert [op.index for op in found.operators] == [*range(15)]


def test_constants_that_are_unpacked_are_part_of_their_operator(fixtures: Path) -> None:
    found = compared(fixtures / "mnist_float16.tflite")
    folded = [op for op in found.operators if op.verdict is Verdict.FOLDED]
    assert {op.op for op in folded} == {"DEQUANTIZE"}
    assert all("checked through operator" in op.reason for op in folded)


def test_float_and_float16_files_are_matched_across_their_dequantizes(fixtures: Path) -> None:
    other = (fixtures / "cnn_float16.tflite").read_bytes()
    found = compared(fixtures / "cnn.tflite", other)
    assert Verdict.UNKNOWN not in {op.verdict for op in found.operators}
    adding = next(op for op in found.operators if op.op == "ADD")
    assert adding.isolated and adding.isolated.worst.sqnr_db == np.inf


def test_a_quantised_file_is_compared_by_the_numbers_it_stands_for(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as model:
        copy = inspector.open(fixtures / "cnn_int8.tflite")
        with Image.open(fixtures / "digit_7.png") as picture:
            grey = np.asarray(picture.resize((32, 32)), np.float32) / 255
        image = np.stack([grey, 1 - grey, grey / 2], axis=-1)[np.newaxis]  # as it was calibrated
        found = compare(model, TfliteCandidate(model, copy), [[image]])
    assert Verdict.UNKNOWN not in {op.verdict for op in found.operators}
    shares = [op.isolated.worst.max_rel_range for op in found.operators if op.isolated]
    assert max(shares) < 0.1 and np.median(shares) < 0.02  # a few steps of 256


def test_the_worst_sample_stands_beside_the_median(fixtures: Path) -> None:
    found = compared(fixtures / "cnn.tflite", kernels=Kernels.REFERENCE, samples=5)
    assert found.samples == 5
    for op in found.operators:
        assert op.isolated and op.isolated.worst.sqnr_db is not None
        assert op.isolated.worst.sqnr_db <= (op.isolated.median.sqnr_db or 0)
    assert any(op.isolated.worst != op.isolated.median for op in found.operators if op.isolated)


class Doubled:
    """A candidate of `left + right`, whose answer is as many times too large as asked for."""

    name = "doubled"
    unmatched: Mapping[int, str] = {}

    def __init__(self, factor: float, *, units: Sequence[Unit] | None = None) -> None:
        self.factor = np.float32(factor)
        self.units = [Unit((0,), (0, 1), (2,))] if units is None else units

    def run(self, inputs: Sequence[np.ndarray]) -> Mapping[int, np.ndarray]:
        return {2: (inputs[0] + inputs[1]) * self.factor}

    def isolated(self, _: Unit, feeds: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        return [(feeds[0] + feeds[1]) * self.factor]


class Broken(Doubled):
    """A candidate that cannot be run in isolation."""

    def isolated(self, *_: object) -> Sequence[np.ndarray]:
        raise inspector.RunError("no such luck")


class Lost(Doubled):
    """A candidate that cannot be run as a whole."""

    def run(self, *_: object) -> Mapping[int, np.ndarray]:
        raise inspector.RunError("not in one piece")


def adding(candidate: Doubled) -> Comparison:
    model = inspector.Model(packed(add_model()), "add.tflite")
    return compare(model, candidate, [[np.ones(2, np.float32), np.full(2, 3, np.float32)]])


def test_any_candidate_of_the_protocol_will_do() -> None:
    assert adding(Doubled(1)).outcome is Outcome.MATCH
    wrong = adding(Doubled(2))
    assert (wrong.outcome, sources(wrong)) == (Outcome.MISMATCH, [0])
    assert wrong.operators[0].isolated
    assert wrong.operators[0].isolated.worst.sqnr_db == pytest.approx(0)


def test_what_could_not_be_checked_is_never_a_pass() -> None:
    for candidate in (Broken(1), Doubled(1, units=[])):
        found = adding(candidate)
        assert found.operators[0].verdict is Verdict.UNKNOWN
        assert found.outcome is Outcome.INCOMPARABLE
    assert adding(Broken(1)).operators[0].reason == "no such luck"


def test_outputs_that_differ_are_a_mismatch_though_no_operator_is_to_blame() -> None:
    assert adding(Broken(1.1)).outcome is Outcome.MISMATCH


def test_what_can_still_be_compared_is_compared() -> None:
    found = adding(Lost(1))
    assert found.operators[0].verdict is Verdict.OK
    assert (found.outcome, found.failure) == (Outcome.INCOMPARABLE, "not in one piece")
    assert adding(Lost(2)).outcome is Outcome.MISMATCH


def test_models_that_have_nothing_in_common_are_refused(fixtures: Path) -> None:
    with pytest.raises(inspector.InputError, match="two versions of one network"):
        compared(fixtures / "mnist.tflite", (fixtures / "cnn.tflite").read_bytes())


def test_there_must_be_a_sample_and_it_must_fit(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as model:
        candidate = TfliteCandidate(model, model)
        with pytest.raises(inspector.InputError, match="no sample"):
            compare(model, candidate, [])
        with pytest.raises(inspector.InputError, match="wants float32"):
            compare(model, candidate, [[np.zeros((1, 28, 28))]])
