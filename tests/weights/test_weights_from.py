"""`tfli weights --from`: what it writes, what it says, and with what code it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from tests.shared_models import FOLDER
from tests.weights.constants import litert_values


@pytest.fixture
def weights(fixtures: Path, tmp_path: Path, tfli: Callable[..., Any]) -> dict[str, np.ndarray]:
    """The exported arrays of a quantised network."""
    target = tmp_path / "w.npz"
    assert tfli("weights", fixtures / "cnn_int8.tflite", "-o", target).code == 0
    with np.load(target) as found:
        return {key: np.ascontiguousarray(found[key]) for key in found.files}


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("form", [[], ["--raw"], ["--layout", "torch"]])
def test_an_unchanged_export_is_put_back_to_the_same_file(
    form: list[str], suffix: str, fixtures: Path, tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    path, target, new = fixtures / "cnn_int8.tflite", tmp_path / f"w{suffix}", tmp_path / "n.tflite"
    assert tfli("weights", path, "-o", target, *form).code == 0
    done = tfli("weights", path, "--from", target, "-o", new, "--json", *form)
    assert (done.code, done.json["arrays"], done.json["file"]) == (0, [], str(new))
    assert new.read_bytes() == path.read_bytes()


def test_what_changed_is_told(
    weights: dict[str, np.ndarray], fixtures: Path, tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    weights["stem/kernel"] *= 2
    safetensors.numpy.save_file(weights, tmp_path / "e.safetensors")
    arguments = ["weights", fixtures / "cnn_int8.tflite", "--from", tmp_path / "e.safetensors"]
    done = tfli(*arguments, "-o", tmp_path / "n.tflite", "--json")
    (found,) = done.json["arrays"]
    assert (done.json["schema"], done.json["given"]) == ("tfli/1", len(weights))
    assert (found["key"], found["keys"]) == ("stem/kernel", ["stem/kernel"])
    assert found["edited"] == np.count_nonzero(weights["stem/kernel"])
    assert found["clamped"] > 0 and found["largest_error"] > 0
    held = litert_values(tmp_path / "n.tflite")[found["tensor"]]
    assert set(np.unique(np.abs(held))) <= {*range(0, 127, 2), 127}
    told = tfli(*arguments, "-o", tmp_path / "n.tflite", "--force")
    assert told.code == 0 and "stem/kernel" in told.out
    assert "were clamped" in told.err and "1 constant changed" in told.err


def test_only_the_filtered_arrays_are_put_back(
    weights: dict[str, np.ndarray], fixtures: Path, tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    weights = {key: array + np.ones_like(array) for key, array in weights.items()}
    np.savez(tmp_path / "e.npz", **weights)
    arguments = ["weights", fixtures / "cnn_int8.tflite", "--from", tmp_path / "e.npz"]
    done = tfli(*arguments, "-o", tmp_path / "n.tflite", "--filter", "mix/*", "--json")
    assert {entry["key"] for entry in done.json["arrays"]} == {"mix/bias", "mix/kernel"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--from", "e.npz"], "-o"),
        (["--from", "none.npz", "-o", "n.tflite"], "none.npz"),
        (["--from", "e.npz", "-o", "none/n.tflite"], "none"),
        (["--from", "e.npz", "-o", "n.tflite", "--filter", "x*"], "no array that is asked for"),
        (["--from", "e.npz", "-o", "n.tflite", "--layout", "torch"], "--layout"),
        (["--from", "e.npz", "-o", "n.tflite", "--raw"], "--dequantize"),
        (["--from", "bad.npz", "-o", "n.tflite"], "bad.npz"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_no_file(
    arguments: list[str],
    says: str,
    weights: dict[str, np.ndarray],
    fixtures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tfli: Callable[..., Any],
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("e.npz", **weights)
    Path("bad.npz").write_bytes(b"PK\3\4 and no more")
    before = set(tmp_path.iterdir())
    done = tfli("weights", fixtures / "cnn_int8.tflite", *arguments)
    assert done.code == 2 and done.out == "" and done.err.count("\n") == 1 and says in done.err
    assert set(tmp_path.iterdir()) == before


def test_gates_of_a_recurrent_layer_go_back_to_their_own_constants(
    tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    path = FOLDER / "networks" / "litert-recommendation_rnn_i10o100.tflite"
    if not path.exists():
        pytest.skip("../shared/models is not there")
    tfli("weights", path, "-o", tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as found:
        edited = {"lstm/kernel": np.float32(found["lstm/kernel"] * 0.5)}
    np.savez(tmp_path / "e.npz", **edited)
    done = tfli(
        "weights", path, "--from", tmp_path / "e.npz", "-o", tmp_path / "n.tflite", "--json"
    )
    assert {tuple(entry["keys"]) for entry in done.json["arrays"]} == {("lstm/kernel",)}
    assert len(done.json["arrays"]) == 4
    tfli("weights", tmp_path / "n.tflite", "-o", tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as found:
        np.testing.assert_array_equal(found["lstm/kernel"], edited["lstm/kernel"])
