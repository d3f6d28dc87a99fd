"""`tfli weights`: what it writes, what it says, and with what code it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.cli.main import run
from tests import one_operator
from tests.weights.layer_cases import LACKED
from tests.written import model, subgraph, tensor, write

FIELDS = {"key", "subgraph", "tensor", "name", "dtype", "shape", "stored_dtype", "stored_shape"}
FIELDS |= {"transpose", "dequantized", "operator", "operand"}


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one call."""
    code = run(["weights", *map(str, arguments)])
    return code, *capsys.readouterr()


def reported(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """The JSON object of a call that went well."""
    code, out, err = called(capsys, *arguments, "--json")
    assert (code, err) == (0, "") and out.count("\n") == 1
    found: dict[str, Any] = json.loads(out)
    assert found["schema"] == "tfli/1"
    return found


def test_the_file_holds_what_the_report_lists(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "w.npz"
    found = reported(capsys, fixtures / "cnn_int8.tflite", "-o", target)
    assert found["file"] == str(target) and found["skipped"] == []
    stored = np.load(target)
    assert set(stored.files) == {entry["key"] for entry in found["arrays"]}
    for entry in found["arrays"]:
        assert set(entry) >= FIELDS
        assert list(stored[entry["key"]].shape) == entry["shape"]
        assert stored[entry["key"]].dtype.name == entry["dtype"]


def test_without_a_file_they_are_listed(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = reported(capsys, fixtures / "cnn.tflite")
    assert found["file"] is None
    assert "stem/kernel" in {entry["key"] for entry in found["arrays"]}
    assert not list(tmp_path.iterdir())


def test_the_table_names_shapes_and_origins(
    fixtures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called(capsys, fixtures / "cnn_int8.tflite", "--filter", "mix/*")
    assert (code, err) == (0, "")
    heading, kernel, bias = out.splitlines()
    assert heading.split()[:3] == ["key", "shape", "type"]
    assert " ".join(kernel.split()) == (
        "mix/kernel 3×3×32×32 float32 int8 32×3×3×32 1 2 3 0 CONV_2D"
    )
    assert bias.split()[:3] == ["mix/bias", "32", "float32"]


def test_raw_and_tflite_are_as_stored(fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = reported(capsys, fixtures / "cnn_int8.tflite", "--raw", "--layout", "tflite")
    for entry in found["arrays"]:
        assert entry["dtype"] == entry["stored_dtype"] and entry["shape"] == entry["stored_shape"]
        assert entry["transpose"] is None and entry["dequantized"] is False


def test_a_file_is_written_over_only_by_force(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "w.npz"
    target.write_bytes(b"mine")
    code, out, err = called(capsys, fixtures / "mnist.tflite", "-o", target)
    assert code == 2 and out == "" and "--force" in err and err.count("\n") == 1
    assert target.read_bytes() == b"mine"
    assert called(capsys, fixtures / "mnist.tflite", "-o", target, "--force")[0] == 0
    assert "hidden/kernel" in np.load(target).files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.npz", "w.npz.json"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "w.txt"], ".npz or .safetensors"),
        (["-o", "none/w.npz"], "none"),
        (["-o", "w.npz", "--filter", "nothing*"], "nothing*"),
        (["-o", "w.npz", "--layout", "caffe"], "caffe"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_no_file(
    arguments: list[str],
    says: str,
    fixtures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = called(capsys, fixtures / "mnist.tflite", *arguments)
    assert code == 2 and out == "" and says in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_a_constant_that_cannot_be_read_is_told_and_the_rest_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tensors = [tensor("bad\x1b[31m", (3,), buffer=1), tensor("good", buffer=1), tensor("x")]
    path = write(tmp_path / "m.tflite", model([subgraph(tensors, inputs=[2])], [bytes(8)]))
    code, out, err = called(capsys, path, "-o", tmp_path / "w.npz")
    assert code == 2 and "subgraph 0, tensor 0" in err and "\x1b" not in out + err
    assert np.load(tmp_path / "w.npz").files == ["unused_1/value"]
    code, out, _ = called(capsys, path, "--json")
    (skipped,) = json.loads(out)["skipped"]
    assert code == 2 and (skipped["subgraph"], skipped["tensor"]) == (0, 0)


def test_what_a_layer_lacks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = one_operator.write(LACKED["peephole connections"], tmp_path / "m.tflite")
    code, out, err = called(capsys, path, "--layout", "torch")
    stacked = next(line for line in out.splitlines() if line.startswith("lstm.weight_ih_l0"))
    assert code == 0 and "4 of float32 4×3" in stacked
    assert "lstm.cell_to_input_weights and 2 more: the layer of PyTorch lacks peephole" in err


def test_a_model_without_constants_gives_an_empty_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "m.tflite", model([subgraph([tensor()])]))
    assert reported(capsys, path, "-o", tmp_path / "w.npz")["arrays"] == []
    assert np.load(tmp_path / "w.npz").files == []
