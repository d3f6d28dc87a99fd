"""An export is proved against its model: whatever was changed in either is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from inspector.cli.main import run

KINDS = {
    "npz": ("w.npz", []),
    "raw": ("w.npz", ["--raw"]),
    "safetensors": ("w.safetensors", ["--layout", "torch"]),
    "shards": ("w.safetensors", ["--shard-size", "20KB", "--dtype", "bfloat16"]),
    "folder": ("w/", ["--layout", "tflite", "--filter", "*/kernel"]),
}


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON object of one call."""
    code = run(["weights", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def exported(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Path, Path]:
    """A model, and an .npz of it with its manifest."""
    path, target = fixtures / "cnn_int8.tflite", tmp_path / "w.npz"
    assert called(capsys, path, "-o", target)[0] == 0
    return path, target


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_exported_matches_without_a_word_about_how(
    kind: str, fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, options = KINDS[kind]
    path, target = fixtures / "cnn_int8.tflite", f"{tmp_path}/{name}"
    _, written = called(capsys, path, "-o", target, *options)
    code, found = called(capsys, path, "--check", target)
    assert (code, found["verdict"], found["manifest"]) == (0, "match", True)
    assert found["matching"] >= len(written["arrays"]) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_manifest_the_options_say_how(
    kind: str, fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, options = KINDS[kind]
    path, target = fixtures / "cnn_int8.tflite", f"{tmp_path}/{name}"
    called(capsys, path, "-o", target, *options)
    for manifest in ("w.npz.json", "w.safetensors.json", "w/manifest.json"):
        (tmp_path / manifest).unlink(missing_ok=True)
    how = [each for each in options if each not in ("--shard-size", "20KB")]
    code, found = called(capsys, path, "--check", target, *how)
    assert (code, found["verdict"]) == (0, "match")
    code, found = called(capsys, path, "--check", target, "--layout", "keras", "--dtype", "float16")
    assert (code, found["verdict"]) == (1, "mismatch")


def test_one_changed_element_is_told(
    exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = exported
    changed = dict(np.load(target))
    changed["mix/kernel"][1, 2, 3, 4] += 1
    np.savez(target, **changed)
    code, found = called(capsys, path, "--check", target)
    reason = f"1 of its {changed['mix/kernel'].size} elements differ"
    assert (code, found["different"]) == (1, [{"key": "mix/kernel", "reason": reason}])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a.astype(np.float64), "float64"),
        (lambda a: a.reshape(-1), "[9216]"),
        (lambda a: -0.0 * a, "elements differ"),
        (lambda a: a * np.nan, "elements differ"),
    ],
)
def test_other_types_shapes_and_zeros_are_told(
    change: Any, says: str, exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = exported
    arrays = dict(np.load(target))
    np.savez(target, **(arrays | {"mix/kernel": change(arrays["mix/kernel"])}))
    code, found = called(capsys, path, "--check", target)
    assert code == 1 and says in found["different"][0]["reason"]


def test_missing_and_extra_arrays_are_told(
    exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = exported
    arrays = dict(np.load(target))
    arrays["mine"] = arrays.pop("mix/kernel")
    np.savez(target, **arrays)
    code, found = called(capsys, path, "--check", target)
    assert (code, found["missing"], found["extra"]) == (1, ["mix/kernel"], ["mine"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("sha256", "0" * 64), ("scale", [1.0]), ("zero_point", [5]), ("transpose", None)],
)
def test_a_manifest_that_lies_is_told(
    field: str, value: object, exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = exported
    manifest = target.with_name("w.npz.json")
    found = json.loads(manifest.read_text())
    next(each for each in found["arrays"] if each["key"] == "mix/kernel")[field] = value
    manifest.write_text(json.dumps(found))
    code, found = called(capsys, path, "--check", target)
    assert code == 1 and field in found["different"][0]["reason"]


def test_another_model_is_told(
    fixtures: Path, exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = called(capsys, fixtures / "cnn.tflite", "--check", exported[1])
    assert (code, found["verdict"]) == (1, "mismatch")
    assert "mix/kernel" in {each["key"] for each in found["different"]}


def test_a_changed_safetensors_is_told_by_its_header(
    fixtures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = fixtures / "mnist.tflite", tmp_path / "w.safetensors"
    called(capsys, path, "-o", target, "--layout", "torch")
    (tmp_path / "w.safetensors.json").unlink()
    assert called(capsys, path, "--check", target)[0] == 0
    arrays = safetensors.numpy.load_file(target)
    key = next(iter(arrays))
    with safetensors.safe_open(target, "np") as file:
        metadata = file.metadata()
    safetensors.numpy.save_file(arrays | {key: arrays[key] + 1}, target, metadata)
    code, found = called(capsys, path, "--check", target)
    assert code == 1 and [each["key"] for each in found["different"]] == [key]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"arrays": 3}', "[" * 100_000])
def test_a_damaged_manifest_is_told_in_a_line(
    text: str, exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = exported
    target.with_name("w.npz.json").write_text(text)
    assert run(["weights", str(path), "--check", str(target)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "is no manifest" in err


def test_different_work_is_asked_for_one_at_a_time(
    exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = exported
    assert run(["weights", str(path), "--check", str(target), "--stats"]) == 2
    assert "--check and --stats" in capsys.readouterr().err
