"""Recurrent operators from call to call: what they become, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import inspector
from rebuild.execute import load
from rebuild.folder import write as write_folder
from rebuild.translate.translator import translate
from tests.one_operator import Case, draw, packed, write
from tests.rebuild.cases.recurrent import CASES, changed, sequence, step
from tests.rebuild.stepping import built, compiled, invoked, opened, outputs_of
from tests.rebuild.variants import packed as packed_together
from tests.rebuild.variants.recurrent import VARIANTS
from tests.shared_models import FOLDER

NETWORKS = (
    "networks/litert-recommendation_rnn_i10o100.tflite",
    "networks/mlts-endpointer_float.tflite",
    "small/litert-custom_lstm.bin",
    "small/tflm-trained_lstm.tflite",
)
STEPPED = (
    "lstm",
    "lstm all but coupled",
    "lstm all time major",
    "lstm diagonal",
    "lstm step",
    "lstm step all features",
    "lstm basic with variables",
    "lstm both ways projection",
    "lstm both ways time major",
    "lstm both ways unlike",
    "lstm both ways aux coupled",
    "rnn step",
    "rnn relu time major",
    "rnn both ways unlike",
    "rnn both ways aux stacked",
    "svdf rank",
)


@pytest.mark.parametrize("name", STEPPED)
def test_twenty_calls_stay_equal(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = write(case, tmp_path / "m.tflite")
    module, model = built(path, tmp_path)
    called = compiled(model)
    interpreter, first = opened(path), None
    for seed in range(20):
        inputs = draw(case, seed)
        expected = invoked(interpreter, inputs)
        found = outputs_of(called(inputs))
        first = first or found
        for ours, theirs in zip(found, expected, strict=True):
            # Each step adds in another order; with RELU the sums grow, so it is a share of them.
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    module.reset_state(model)
    inputs = draw(case, 0)
    for ours, before in zip(outputs_of(called(inputs)), first or [], strict=True):
        np.testing.assert_array_equal(ours, before)


@pytest.mark.parametrize("operator", ["LSTM", "RNN", "SVDF"])
def test_all_forms_of_a_step_go_on_from_what_they_keep(operator: str, tmp_path: Path) -> None:
    """The first knows no past; those that run over sequences do at their second step."""
    cases, path = VARIANTS[operator], tmp_path / "m.tflite"
    path.write_bytes(packed_together(cases, [()] * sum(case.outputs for case in cases)))
    expected = [value.shape for value in invoked(opened(path), drawn(cases, 0))]
    path.write_bytes(packed_together(cases, expected))
    _, model = built(path, tmp_path)
    interpreter = opened(path)
    for seed in range(3):
        pairs = zip(
            outputs_of(model(drawn(cases, seed))),
            invoked(interpreter, drawn(cases, seed)),
            strict=True,
        )
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def drawn(cases: list[Case], seed: int) -> list[np.ndarray]:
    """Inputs for all of several cases."""
    return [array for case in cases for array in draw(case, seed)]


def test_scripts_are_clean_and_formatted(tmp_path: Path) -> None:
    for place, case in enumerate(CASES.values()):
        folder = tmp_path / str(place)
        folder.mkdir()
        path = write(case, folder / "m.tflite")
        write_folder(translate(inspector.open(path)), folder)
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff, "ruff is one of the project's development dependencies"
    for check in (["check", "--isolated"], ["format", "--check", "--isolated"]):
        done = subprocess.run([ruff, *check, tmp_path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("lstm", "layers.LSTM(4,return_sequences=True,return_state=True"),
        ("lstm step", "layers.LSTMCell(4,"),
        ("lstm both ways", "layers.Bidirectional(layers.LSTM(4,"),
        ("rnn", "layers.SimpleRNN(4,return_sequences=True,return_state=True"),
        ("rnn step", "layers.SimpleRNNCell(4,"),
        ("rnn both ways", "layers.Bidirectional(layers.SimpleRNN(4,"),
    ],
)
def test_keras_has_what_the_plain_kernels_do(name: str, made: str, tmp_path: Path) -> None:
    path = write(CASES[name], tmp_path / "m.tflite")
    write_folder(translate(inspector.open(path)), tmp_path)
    source = (tmp_path / "model.py").read_text()
    assert made in "".join(source.split())
    assert "Cell(layers.Layer)" not in source


@pytest.mark.parametrize("name", NETWORKS)
def test_real_networks_stay_equal_for_twenty_calls(name: str, tmp_path: Path) -> None:
    path = FOLDER / name
    if not path.exists():
        pytest.skip("../shared/models is not there")
    _, model = built(path, tmp_path)
    called, interpreter = compiled(model), opened(path)
    rng = np.random.default_rng(0)
    for _ in range(20):
        inputs = [
            rng.uniform(-1, 1, d["shape"]).astype(np.float32)
            if d["dtype"] is np.float32
            else rng.integers(0, 9, d["shape"]).astype(d["dtype"])
            for d in interpreter.get_input_details()
        ]
        for ours, theirs in zip(
            outputs_of(called(inputs)), invoked(interpreter, inputs), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["lstm of one sequence", "lstm both ways coupled"])
def test_with_a_free_batch_each_sequence_begins_anew(name: str, tmp_path: Path) -> None:
    path = write(CASES[name], tmp_path / "m.tflite")
    write_folder(translate(inspector.open(path), dynamic_batch=True), tmp_path)
    module, _ = load(tmp_path / "model.py")
    model = module.build_model()
    module.load_weights(model, tmp_path / "weights.npz")
    samples = [draw(CASES[name], seed) for seed in range(3)]
    together = model(np.concatenate([x for (x,) in samples]))
    interpreter = opened(path)
    for one, (x,) in zip(together, samples, strict=True):
        interpreter.reset_all_variables()
        np.testing.assert_allclose(one, invoked(interpreter, [x])[0][0], rtol=1e-5, atol=1e-6)


def test_a_step_is_of_the_batch_that_its_state_has(tmp_path: Path) -> None:
    for name in ("lstm step", "rnn step", "svdf", "lstm basic with variables"):
        path = write(CASES[name], tmp_path / "m.tflite")
        (found,) = translate(inspector.open(path), dynamic_batch=True).unsupported
        assert "leave out --dynamic-batch" in found.reason


def reason(case: Case, path: Path) -> str:
    """Why the operator is not translated."""
    path.write_bytes(packed(case, [(2, 5, 4)] * case.outputs))
    (found,) = translate(inspector.open(path)).unsupported
    return found.reason


def without(case: Case, *places: int) -> Case:
    """The case without some of its operands."""
    operands = [None if place in places else o for place, o in enumerate(case.operands)]
    return Case(case.operator, operands, case.options, case.outputs, case.output_dtype)


def test_what_the_kernel_refuses_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    assert "it has no forget_gate_bias" in reason(without(sequence(), 13), path)
    assert "it has no recurrent_to_input_weights" in reason(without(sequence(), 5), path)
    assert "it has no cell_to_output_weights" in reason(without(sequence(peephole=True), 11), path)
    assert "none may be negative" in reason(changed(sequence(), cellClip=-1.0), path)
    assert "it has no output_state" in reason(without(step(), 18), path)
    assert "without a projection" in reason(without(sequence(projection=2), 16), path)


def test_what_the_kernel_leaves_to_chance_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    linear = changed(sequence(), fusedActivationFunction=0)
    assert "what was in its memory" in reason(linear, path)
    merged = changed(CASES["lstm both ways apart"], mergeOutputs=True)
    merged = Case(merged.operator, merged.operands, merged.options)
    assert "differently from run to run" in reason(merged, path)
