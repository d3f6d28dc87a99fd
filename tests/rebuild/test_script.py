"""What `tfli rebuild` writes: a clean script that stands alone, and where each tensor is in it."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.cli.main import run as tfli
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.save import save
from rebuild import folder as folder_of_a_script
from rebuild.emit import Script
from rebuild.execute import load
from rebuild.folder import write
from rebuild.parity import open_candidate
from rebuild.translate.program import Program
from rebuild.translate.static import Statics
from rebuild.translate.translator import translate
from tests.one_operator import Case, Input, draw
from tests.one_operator import write as write_operator

FIXTURES = Path(__file__).parents[2] / "fixtures"
MODELS = sorted(FIXTURES.glob("*.tflite"))
FLOAT = [FIXTURES / f"{name}.tflite" for name in ("mnist", "mnist_float16", "cnn", "cnn_float16")]
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent))


def written(path: Path, folder: Path, **options: bool) -> Path:
    with inspector.open(path) as model:
        write(translate(model, **options), folder)
    return folder


def built(folder: Path):
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    return model


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_script_is_clean_and_formatted(path: Path, tmp_path: Path) -> None:
    script = written(path, tmp_path) / "model.py"
    assert RUFF, "ruff is one of the project's development dependencies"
    for check in (["check", "--isolated"], ["format", "--check", "--isolated"]):
        done = subprocess.run([RUFF, *check, script], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_script_reads_like_keras(tmp_path: Path) -> None:
    source = (written(FIXTURES / "mnist.tflite", tmp_path) / "model.py").read_text()
    assert 'layers.Dense(128, activation="relu"' in source
    assert "layers.Flatten(" in source
    assert "Lambda" not in source


def test_script_runs_by_itself(tmp_path: Path) -> None:
    written(FIXTURES / "mnist.tflite", tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", tmp_path / "model.py"]
        if sys.version_info >= (3, 11)
        else [sys.executable, tmp_path / "model.py"],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert "output (1, 10) float32" in done.stdout and "UserWarning" not in done.stderr


def test_emission_imports_no_tensorflow(tmp_path: Path) -> None:
    arguments = ["rebuild", str(FIXTURES / "cnn.tflite"), "-o", str(tmp_path / "o"), "--no-verify"]
    code = (
        "import sys, inspector.cli.main as m;"
        f"code = m.run({arguments!r});"
        "sys.exit(code or 10 * ('tensorflow' in sys.modules or 'keras' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


@pytest.mark.parametrize("path", FLOAT, ids=lambda path: path.stem)
def test_exported_weights_are_what_set_weights_takes(path: Path, tmp_path: Path) -> None:
    model = built(written(path, tmp_path))
    with inspector.open(path) as original:
        save(arrays(original, Layout.KERAS), tmp_path / "w.npz")
    exported = np.load(tmp_path / "w.npz")
    beside = np.load(tmp_path / "weights.npz")
    weighted = [layer for layer in model.layers if layer.weights]
    assert weighted
    for layer in weighted:
        keys = [f"{layer.name}/{variable.name}" for variable in layer.weights]
        layer.set_weights([exported[key] for key in keys])
        for key, variable in zip(keys, layer.get_weights(), strict=True):
            np.testing.assert_array_equal(variable, beside[key])


def test_all_weights_train(tmp_path: Path) -> None:
    model = built(written(FIXTURES / "cnn.tflite", tmp_path))
    assert len(model.trainable_weights) == len(model.weights) > 0


def test_dynamic_batch_gives_each_sample_its_own_answer(tmp_path: Path) -> None:
    model = built(written(FIXTURES / "cnn.tflite", tmp_path, dynamic_batch=True))
    images = np.random.default_rng(0).uniform(0, 1, (3, 32, 32, 3)).astype("float32")
    together = np.asarray(model(images))
    alone = [np.asarray(model(images[i : i + 1]))[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)  # sums in another order


@pytest.mark.parametrize("path", FLOAT, ids=lambda path: path.stem)
def test_map_names_a_line_for_each_tensor_that_is_computed(path: Path, tmp_path: Path) -> None:
    written(path, tmp_path)
    found = json.loads((tmp_path / "map.json").read_text())
    lines = (tmp_path / "model.py").read_text().splitlines()
    for place in found["tensors"].values():
        assert place["variable"] in lines[place["line"] - 1].partition(" = ")[0]
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        told = {c["operator"] for c in found["operators"]} | {int(i) for i in found["folded"]}
        assert told == set(range(len(graph.operators)))


@pytest.mark.parametrize("path", FLOAT, ids=lambda path: path.stem)
def test_rebuild_verifies_float_models(path: Path, tmp_path: Path, capsys) -> None:
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verify"]["verdict"] == "match"
    assert report["translated"] == report["operators"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(report["files"])
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    path = str(FIXTURES / "mnist.tflite")
    assert tfli(["rebuild", path, "-o", str(tmp_path), "--no-verify"]) == 2
    assert "--force" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_damaged_models_are_refused_in_words(tmp_path: Path) -> None:
    """Shapes and operands that lie: a translation refuses them, and never fails in another way."""
    draw = random.Random(5)
    sources = [path.read_bytes() for path in MODELS]
    for number in range(200):
        data = bytearray(draw.choice(sources))
        at = draw.randrange(4000)
        data[at : at + 4] = draw.choice((0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFF)).to_bytes(4, "little")
        path = tmp_path / f"{number}.tflite"
        path.write_bytes(data)
        with contextlib.suppress(inspector.InspectorError), inspector.open(path) as model:
            if not Statics(model.subgraphs[0]).needs_run:  # the interpreter may crash on it
                translate(model)


def test_convolutions_in_groups_are_run_without_a_word(tmp_path: Path, caplog) -> None:
    image, kernel = Input((1, 5, 5, 4)), np.ones((6, 3, 3, 2), np.float32)
    case = Case("CONV_2D", [image, kernel, np.ones(6, np.float32)], {"strideH": 1, "strideW": 1})
    with inspector.open(write_operator(case, tmp_path / "m.tflite")) as model:
        write(translate(model), tmp_path)
        candidate = open_candidate(model, tmp_path)
        for _ in range(6):  # TensorFlow warns of the fifth
            candidate.run(draw(case, 0))
    assert not caplog.records


def test_a_script_that_fails_is_told_in_a_line(tmp_path: Path, monkeypatch, capfd) -> None:
    pages = "\n\ndef build_model():\n    raise ValueError('no such axis\\nand pages more')\n"
    emitted = folder_of_a_script.emit

    def emit(program: Program) -> Script:
        script = emitted(program)
        return Script(script.source + pages, script.places, script.parts)

    monkeypatch.setattr(folder_of_a_script, "emit", emit)
    assert tfli(["rebuild", str(FIXTURES / "mnist.tflite"), "-o", str(tmp_path / "out")]) == 2
    told = capfd.readouterr().err.splitlines()
    assert told == ["tfli: written, and not verified: its model cannot be built: no such axis"]
