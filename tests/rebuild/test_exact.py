"""The exact reading: what the interpreter's integers are, within one step, operator by operator."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.cli.main import run as tfli
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.save import save
from inspector.weights.values import Values
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
from rebuild.parity import open_candidate
from rebuild.translate.quantized import EXACT, FLOAT, Reading
from rebuild.translate.rescaling import FORMS
from rebuild.translate.translator import translate
from tests.one_operator import run
from tests.quantized_operator import draw, packed, write
from tests.rebuild.cases.quantized import EXACT_HELPERS, QUANTIZED
from tests.rebuild.networks import Network
from tests.run.litert import shared
from tests.written import made

FIXTURES = Path(__file__).parents[2] / "fixtures"
INTEGERS = [FIXTURES / f"{name}_int8.tflite" for name in ("cnn", "mnist")]
HYBRID = [FIXTURES / f"{name}_dynamic.tflite" for name in ("cnn", "mnist")]
KERNELS = (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF)
SHIFTED = [
    name
    for name, case in QUANTIZED.items()
    if case.operator in FORMS and all(o.dtype in ("int8", "uint8") for o in case.outputs)
]
"""Cases whose integers kernels multiply by 31 bits; sums of 16-bit ones pass what float32 holds."""
RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent))


PRODUCTS = [
    name
    for name in QUANTIZED
    if name.startswith(("hybrid conv", "hybrid dense", "hybrid depthwise"))
]
"""Cases whose floats come from sums of 8-bit integers."""


def rebuilt(path: Path, folder: Path):
    """The model of the exact script, with its weights."""
    with inspector.open(path) as model:
        program = translate(model, reading=EXACT)
        assert not program.all_unsupported
        write_folder(program, folder)
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    return model


def answers(model, inputs: list[np.ndarray]) -> list[np.ndarray]:
    value = model(inputs if len(inputs) > 1 else inputs[0])
    return [np.asarray(v) for v in (value if isinstance(value, (list, tuple)) else [value])]


def steps_apart(found: np.ndarray, expected: np.ndarray) -> float:
    """The distance in steps of integers; in 1e-5ths of the range between floats."""
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    gap = np.abs(found.astype(float) - expected.astype(float)).max(initial=0)
    if expected.dtype.kind != "f":
        return float(gap)
    return float(gap / max(np.abs(expected).max(initial=0), 1e-30) / 1e-5)


@pytest.mark.parametrize("name", PRODUCTS)
def test_floats_of_integer_sums_equal_the_optimised_kernel(name: str, tmp_path: Path) -> None:
    path = write(QUANTIZED[name], tmp_path / "model.tflite")
    model, inputs = rebuilt(path, tmp_path), draw(QUANTIZED[name], 1)
    (expected,) = run(path, inputs, KERNELS[0])
    np.testing.assert_array_equal(answers(model, inputs)[0], expected)


@pytest.mark.parametrize("name", QUANTIZED)
def test_an_operator_is_within_one_step_of_its_kernel(name: str, tmp_path: Path) -> None:
    path = write(QUANTIZED[name], tmp_path / "model.tflite")
    model, inputs = rebuilt(path, tmp_path), draw(QUANTIZED[name], 1)
    sides = [side for kernels in KERNELS if (side := run(path, inputs, kernels))]
    for place, found in enumerate(answers(model, inputs)):
        apart = [steps_apart(found, side[place]) for side in sides]
        assert min(apart) <= (1 if found.dtype not in (bool, np.int32) else 0)


@pytest.mark.parametrize("name", SHIFTED)
def test_kernels_that_multiply_and_shift_are_met_to_the_bit(name: str, tmp_path: Path) -> None:
    path = write(QUANTIZED[name], tmp_path / "model.tflite")
    model, inputs = rebuilt(path, tmp_path), draw(QUANTIZED[name], 1)
    np.testing.assert_array_equal(answers(model, inputs)[0], run(path, inputs, KERNELS[0])[0])


@pytest.mark.parametrize("operator", ["LOGISTIC", "TANH"])
def test_tables_of_bytes_give_steps(operator: str, tmp_path: Path) -> None:
    """What comes out of them is one of 256 numbers, also where floats follow."""
    network = Network()
    main = network.graph("main")
    scale, zero_point = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}[operator]
    x = main.input((1, 40), "int8", quantization=grid(0.05, 3))
    y = main.op(operator, [x], main.tensor((1, 40), "int8", quantization=grid(scale, zero_point)))
    main.outputs = [main.op("DEQUANTIZE", [y], main.tensor((1, 40)))]
    path = network.write(tmp_path / "m.tflite")
    given = np.linspace(-128, 127, 40).astype("int8")[None]
    (found,) = answers(rebuilt(path, tmp_path), [given])
    np.testing.assert_allclose(found, run(path, [given], KERNELS[0])[0], atol=1e-6)


def grid(scale: float, zero_point: int) -> Any:
    """The quantisation of a tensor."""
    return made(schema.QuantizationParametersT, scale=[scale], zeroPoint=[zero_point])


@pytest.mark.parametrize("operator, at", [("CONV_2D", 2), ("TRANSPOSE_CONV", 3)])
def test_a_short_bias_that_nobody_promised_is_refused(
    operator: str, at: int, tmp_path: Path
) -> None:
    """The kernel reads it as if it had 64 bits."""
    cases = (case for name, case in QUANTIZED.items() if name.endswith("int16 promised"))
    case = next(each for each in cases if each.operator == operator)
    options = {k: v for k, v in case.options.items() if k != "quantizedBiasType"}
    path = tmp_path / "m.tflite"
    path.write_bytes(packed(replace(case, options=options), [(1, 14, 18, 5)]))
    assert str(case.operands[at].dtype) == "int32"
    with inspector.open(path) as model:
        (found,) = translate(model, reading=EXACT).unsupported
    assert "its kernel reads int64" in found.reason


@pytest.mark.parametrize("helper", EXACT_HELPERS)
def test_a_model_with_a_helper_is_saved_and_loaded(helper: str, tmp_path: Path) -> None:
    case = QUANTIZED[EXACT_HELPERS[helper]]
    model = rebuilt(write(case, tmp_path / "m.tflite"), tmp_path)
    assert re.search(rf"^class {helper}\b", (tmp_path / "model.py").read_text(), re.MULTILINE)
    model.save(tmp_path / "m.keras")
    again = import_keras().models.load_model(tmp_path / "m.keras")
    inputs = draw(case, 1)
    np.testing.assert_array_equal(answers(again, inputs)[0], answers(model, inputs)[0])


@pytest.mark.parametrize("name", sorted({*EXACT_HELPERS.values()}))
def test_scripts_are_clean_and_formatted(name: str, tmp_path: Path) -> None:
    rebuilt(write(QUANTIZED[name], tmp_path / "m.tflite"), tmp_path)
    assert RUFF, "ruff is one of the project's development dependencies"
    for check in (["check", "--isolated"], ["format", "--check", "--isolated"]):
        command = [RUFF, *check, tmp_path / "model.py"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [*INTEGERS, *HYBRID], ids=lambda path: path.stem)
def test_networks_are_verified(path: Path, tmp_path: Path, capsys) -> None:
    output = str(tmp_path / "out")
    assert tfli(["rebuild", str(path), "-o", output, "--quantized", "exact", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verify"]["verdict"] == "match"
    found = [op["isolated"]["max_lsb"] for op in report["verify"]["ops"] if op["isolated"]]
    assert max(lsb or 0 for lsb in found) <= 1


@pytest.mark.parametrize("reading, rounds", [(FLOAT, False), (EXACT, True)])
def test_what_kernels_round_as_they_run_is_held_against_the_exact_reading_only(
    reading: Reading, rounds: bool, tmp_path: Path
) -> None:
    with inspector.open(HYBRID[1]) as model:
        write_folder(translate(model, reading=reading), tmp_path)
        candidate, graph = open_candidate(model, tmp_path), model.subgraphs[0]
        steps = [candidate.roundings(unit) for unit in candidate.units]
        dense = {o.inputs[0] for o in graph.operators if o.name == "FULLY_CONNECTED"}
    assert {t for each in steps for t in each.inputs} == (set() if rounds else dense)
    assert not any(each.outputs or each.constants for each in steps)


def test_real_numbers_in_place_of_rounded_ones_are_no_mismatch(tmp_path: Path) -> None:
    path = shared("networks/mlctiny-model_toycar_quant.tflite")
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("path", INTEGERS, ids=lambda path: path.stem)
def test_integers_go_in_and_come_out(path: Path, tmp_path: Path) -> None:
    model = rebuilt(path, tmp_path)
    with inspector.open(path) as original:
        graph = original.subgraphs[0]
        ends = [str(graph.tensors[t].dtype) for t in (*graph.inputs, *graph.outputs)]
    assert [value.dtype for value in (*model.inputs, *model.outputs)] == ends


@pytest.mark.parametrize("path", INTEGERS, ids=lambda path: path.stem)
def test_the_weights_are_the_integers_that_are_exported(path: Path, tmp_path: Path) -> None:
    rebuilt(path, tmp_path)
    with inspector.open(path) as original:
        save(arrays(original, Layout.KERAS, Values.STORED), tmp_path / "raw.npz")
    found, exported = np.load(tmp_path / "weights.npz"), np.load(tmp_path / "raw.npz")
    assert any(found[key].dtype == np.int8 for key in found.files)
    of_sums = {key for key in found.files if key.endswith("_rescale/kernel_scale")}
    assert set(found.files) - of_sums <= set(exported.files)
    for key in set(found.files) - of_sums:
        assert found[key].dtype == exported[key].dtype
        np.testing.assert_array_equal(found[key], exported[key])


def test_training_lowers_the_loss_and_stays_on_the_grid(tmp_path: Path) -> None:
    keras = import_keras()
    whole = rebuilt(FIXTURES / "cnn_int8.tflite", tmp_path)
    grids = ("Requantize", "Rescale")
    real = next(layer for layer in reversed(whole.layers) if type(layer).__name__ in grids)
    first = next(layer for layer in whole.layers if type(layer).__name__ != "InputLayer")
    model = keras.Model(first.output, real.output)
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 1, (16, *model.inputs[0].shape[1:])).astype("float32")
    wanted = np.eye(model.outputs[0].shape[-1], dtype="float32")[np.full(16, 3)]
    model.compile(keras.optimizers.Adam(5e-4), "mse")
    before = model.evaluate(images, wanted, verbose=0)
    model.fit(images, wanted, batch_size=16, epochs=20, shuffle=False, verbose=0)
    assert model.evaluate(images, wanted, verbose=0) < before
    steps = np.asarray(model(images[:1])) / real.scale
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
