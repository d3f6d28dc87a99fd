"""A saved capture as the candidate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inspector
from inspector.compare.passes import compare
from inspector.compare.recording import Recording, open_recording
from inspector.compare.result import Comparison
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.capture import Kernels, capture
from inspector.run.inputs import inputs_of
from inspector.run.store import array_key, save
from tests.compare.faults import CHANGES, planted, spots
from tests.run.keepers import keeping, recalling
from tests.written import add_model, write

Arrays = dict[str, np.ndarray]
Tfli = Callable[..., Any]


def captured(content: bytes, kernels: Kernels = Kernels.BUILTIN) -> Arrays:
    """What `tfli capture` would have written."""
    model = inspector.Model(content)
    found = capture(model, inputs_of(model).read([], seed=5), kernels=kernels)
    tensors = model.subgraphs[0].tensors
    return {array_key(tensors[i]): value for i, value in found.values.items()}


def against(path: Path, arrays: Arrays) -> Comparison:
    with inspector.open(path) as model:
        recording = Recording(model, "acts.npz", arrays)
        return compare(model, recording, [recording.samples()[0]])


def sources(found: Comparison) -> list[int]:
    return [op.index for op in found.operators if op.verdict is Verdict.SOURCE]


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite", "mnist_float16.tflite"])
def test_a_capture_of_the_model_matches_it(fixtures: Path, name: str) -> None:
    for kernels in (Kernels.BUILTIN, Kernels.REFERENCE):
        arrays = captured((fixtures / name).read_bytes(), kernels)
        assert against(fixtures / name, arrays).outcome is Outcome.MATCH


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite"])
def test_the_faulty_operator_of_a_captured_model_is_named(fixtures: Path, name: str) -> None:
    path = fixtures / name
    for spot in [spot for spot in spots(path) if spot.operand == 1]:
        found = against(path, captured(planted(path, spot, CHANGES["reverse"])))
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator])


def test_it_is_read_from_the_file_that_capture_writes(fixtures: Path, tmp_path: Path) -> None:
    path = fixtures / "mnist.tflite"
    save(tmp_path / "acts.npz", captured(path.read_bytes()), force=False)
    with inspector.open(path) as model:
        recording = open_recording(model, tmp_path / "acts.npz")
        assert compare(model, recording, [recording.samples()[0]]).outcome is Outcome.MATCH


def test_several_samples_are_compared_each_with_its_own(
    fixtures: Path, tfli: Tfli, tmp_path: Path
) -> None:
    path, acts = fixtures / "cnn_int8.tflite", tmp_path / "acts.npz"
    assert tfli("capture", path, "-o", acts, "--samples", 3).code == 0
    done = tfli("compare", path, acts, "--json")
    found = json.loads(done.out)
    assert (done.code, found["verdict"], found["samples"]) == (0, "match", 3)
    arrays = dict(np.load(acts))
    (last,) = (key for key in arrays if key.startswith("n2_31_"))
    arrays[last] = arrays[last] ^ 8  # of one sample, what the last operator gave
    save(acts, arrays, force=True)
    with inspector.open(path) as model:
        recording = open_recording(model, acts)
        result = compare(model, recording, recording.samples())
    assert (result.outcome, sources(result)) == (Outcome.MISMATCH, [14])
    with inspector.open(path) as model, pytest.raises(inspector.InputError, match="none 3"):
        compare(model, recording, [*recording.samples(), recording.samples()[0]])


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda a: a[:, :-1], "has shape [1, 7, 8, 16], and tensor 22 [1, 8, 8, 16]"),
        (lambda a: a.astype(np.float64), "is of float64, and tensor 22 of float32"),
    ],
)
def test_an_array_that_does_not_fit_is_told_and_the_others_are_compared(
    change: Callable[[np.ndarray], np.ndarray], words: str, fixtures: Path
) -> None:
    path = fixtures / "cnn.tflite"
    arrays = captured(path.read_bytes())
    (key,) = (key for key in arrays if key.startswith("22_"))
    found = against(path, arrays | {key: change(arrays[key])})
    assert found.outcome is Outcome.INCOMPARABLE
    assert {op.verdict for op in found.operators} == {Verdict.OK, Verdict.UNKNOWN}
    (unknown,) = (op for op in found.operators if op.verdict is Verdict.UNKNOWN)
    assert unknown.reason.endswith(words)


@pytest.mark.parametrize("sizes", [{"shape": []}, {"shape": [1], "shapeSignature": [-1]}])
def test_the_file_may_not_say_how_large_a_result_is(
    sizes: dict[str, list[int]], tmp_path: Path
) -> None:
    """Old converters leave out what they cannot tell, newer ones write -1."""
    open_model = add_model()
    for key, value in sizes.items():
        setattr(open_model.subgraphs[0].tensors[2], key, value)
    path = write(tmp_path / "m.tflite", open_model)
    arrays = captured(path.read_bytes())
    assert against(path, arrays).outcome is Outcome.MATCH
    (key,) = (key for key in arrays if key.startswith("2_"))
    found = against(path, arrays | {key: arrays[key] + 1})
    assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [0])


def test_an_input_that_does_not_fit_is_an_error(fixtures: Path) -> None:
    path = fixtures / "mnist.tflite"
    arrays = captured(path.read_bytes())
    (key,) = (key for key in arrays if key.startswith("0_"))
    with inspector.open(path) as model, pytest.raises(inspector.InputError, match="has shape"):
        Recording(model, "acts.npz", arrays | {key: arrays[key][:, 1:]})


def test_axes_of_size_one_may_stand_elsewhere(fixtures: Path) -> None:
    """A pooled tensor of 1x1xC is Cx1x1 for other frameworks, or C alone."""
    path = fixtures / "mnist.tflite"
    arrays = captured(path.read_bytes())
    squeezed = {key: value.reshape(value.shape[1:]) for key, value in arrays.items()}
    assert against(path, squeezed).outcome is Outcome.MATCH


def test_steps_of_a_model_without_state_are_samples(
    fixtures: Path, tfli: Tfli, tmp_path: Path
) -> None:
    path, acts = fixtures / "cnn_int8.tflite", tmp_path / "acts.npz"
    assert tfli("capture", path, "-o", acts, "--steps", 3).code == 0
    done = tfli("compare", path, acts, "--json")
    found = json.loads(done.out)
    assert (done.code, found["verdict"], found["samples"]) == (0, "match", 3)


def in_steps(tfli: Tfli, path: Path, folder: Path) -> Path:
    """A capture of five runs that go on from each other's state."""
    acts = folder / f"{path.stem}.npz"
    assert tfli("capture", path, "-o", acts, "--steps", 5, "--seed", 3).code == 0
    return acts


@pytest.mark.parametrize("made", [keeping, recalling])
def test_steps_of_a_model_with_state_match_its_own(
    made: Callable[..., Path], tfli: Tfli, tmp_path: Path
) -> None:
    path = made(tmp_path / "m.tflite")
    done = tfli("compare", path, in_steps(tfli, path, tmp_path), "--json")
    found = json.loads(done.out)
    assert (done.code, found["verdict"], found["samples"]) == (0, "match", 5)
    assert all(op["isolated"]["max_abs"] == 0 for op in found["ops"] if op["verdict"] == "OK")


@pytest.mark.parametrize(
    "made, fault, operator",
    [
        (keeping, {"start": 1.5}, 2),
        (keeping, {"step": 2.5}, 3),
        (keeping, {"factor": 4.0}, 4),
        (recalling, {"feedback": 1.25}, 1),
        (recalling, {"gain": 1.25}, 0),
    ],
)
def test_the_operator_that_steps_differ_at_is_named(
    made: Callable[..., Path],
    fault: dict[str, float],
    operator: int,
    tfli: Tfli,
    tmp_path: Path,
) -> None:
    path, other = made(tmp_path / "m.tflite"), made(tmp_path / "other.tflite", **fault)
    done = tfli("compare", path, in_steps(tfli, other, tmp_path), "--json")
    named = [op["index"] for op in json.loads(done.out)["ops"] if op["verdict"] == "SOURCE"]
    assert (done.code, named) == (1, [operator])


def test_steps_without_the_first_are_refused(tfli: Tfli, tmp_path: Path) -> None:
    path = keeping(tmp_path / "m.tflite")
    acts = in_steps(tfli, path, tmp_path)
    arrays = {key: value for key, value in np.load(acts).items() if not key.startswith("t0_")}
    save(acts, arrays, force=True)
    done = tfli("compare", path, acts)
    assert done.code == 2 and "it has no step 0" in done.err
    assert done.err.count("\n") == 1


def test_a_model_with_variables_matches_its_recording(tmp_path: Path) -> None:
    path = keeping(tmp_path / "m.tflite")
    found = against(path, captured(path.read_bytes()))
    assert found.outcome is Outcome.MATCH


def test_what_was_not_recorded_is_checked_through_what_was(fixtures: Path) -> None:
    path = fixtures / "mnist.tflite"
    arrays = captured(path.read_bytes())
    left_out = {key: value for key, value in arrays.items() if not key.startswith("7_")}
    found = against(path, left_out)
    verdicts = [op.verdict for op in found.operators]
    assert verdicts == [Verdict.OK, Verdict.FOLDED, Verdict.OK, Verdict.OK]
    assert found.outcome is Outcome.MATCH


def test_an_operator_whose_outputs_are_nowhere_is_unknown(fixtures: Path) -> None:
    path = fixtures / "mnist.tflite"
    arrays = captured(path.read_bytes())
    found = against(path, {key: v for key, v in arrays.items() if not key.startswith("9_")})
    assert found.operators[-1].verdict is Verdict.UNKNOWN
    assert found.outcome is Outcome.INCOMPARABLE


def test_real_numbers_are_compared_on_the_grid_of_a_quantised_model(fixtures: Path) -> None:
    path = fixtures / "cnn_int8.tflite"
    arrays, real = captured(path.read_bytes()), {}
    with inspector.open(path) as model:
        for tensor in model.subgraphs[0].tensors:
            if array_key(tensor) in arrays and tensor.quantization:
                scale, zero = tensor.quantization.scale[0], tensor.quantization.zero_point[0]
                stored = arrays[array_key(tensor)].astype(np.float32)
                real[array_key(tensor)] = (stored - zero) * scale
    assert real and against(path, real).outcome is Outcome.MATCH


def test_other_arrays_are_refused(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as model:
        with pytest.raises(inspector.InputError, match="none of its 1 arrays is a value"):
            Recording(model, "acts.npz", {"x": np.zeros(3)})
        recording = Recording(model, "acts.npz", captured((fixtures / "mnist.tflite").read_bytes()))
        other = [np.zeros((1, 28, 28), np.float32)]
        with pytest.raises(inspector.InputError, match="computed from other inputs"):
            compare(model, recording, [other])
