"""The float reading: networks that read, and train, as if they had never been quantised."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.cli.main import run as tfli
from inspector.read.schema import TensorType
from inspector.weights.decode import decode
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
from rebuild.translate.translator import translate
from tests.one_operator import KERNELS, run
from tests.quantized_operator import Q, QuantizedCase, draw, write
from tests.rebuild.cases.quantized import CONV, POOL, QUANTIZED, bias, given, kernel
from tests.rebuild.stepping import built

FIXTURES = Path(__file__).parents[2] / "fixtures"
SIX = 6 / 255


def source(path: Path, folder: Path) -> str:
    """The script of a model."""
    with inspector.open(path) as model:
        write_folder(translate(model), folder)
    return (folder / "model.py").read_text()


@pytest.mark.parametrize("name", ["cnn", "mnist"])
def test_the_script_is_that_of_the_network_before_it_was_quantised(
    name: str, tmp_path: Path
) -> None:
    for kind in ("", "_int8", "_dynamic"):
        (tmp_path / f"of{kind}").mkdir()
    before = source(FIXTURES / f"{name}.tflite", tmp_path / "of")
    for kind in ("_int8", "_dynamic"):
        found = source(FIXTURES / f"{name}{kind}.tflite", tmp_path / f"of{kind}")
        assert found.replace(f"{name}{kind}", name) == before


def convolution(
    scale: float, zero_point: int, dtype: str = "uint8", fused: int = 0
) -> QuantizedCase:
    """A convolution whose output has a grid, and an activation."""
    x, weights = given(dtype, 1, 7, 9, 4), kernel(dtype, 5, 3, 3, 4)
    options = {**CONV, "fusedActivationFunction": fused}
    operands = [x, weights, bias(x, weights, 5)]
    return QuantizedCase("CONV_2D", operands, [Q((), dtype, scale, zero_point)], options)


def sums(zero_point: int, operator: str = "ADD", scale: float = 0.05) -> QuantizedCase:
    """Two operands that begin at a multiple of a step, into an output that begins at 0."""
    x, y = (Q((2, 3, 4), "int8", 0.03, zero_point) for _ in range(2))
    return QuantizedCase(operator, [x, y], [Q((), "int8", scale, -128)])


SATURATING = {
    "0 to 6": (convolution(SIX, 0), 'activation="relu6"'),
    "0 to 6 signed": (convolution(SIX, -128, "int8"), 'activation="relu6"'),
    "0 to less": (convolution(0.01, 0), 'activation="relu"'),
    "below 0": (convolution(0.02, 3), None),
    "said by the file": (convolution(SIX, 0, fused=1), 'activation="relu"'),
    "sum": (sums(-100), "ops.relu("),
    "sum up to 6": (sums(-100, scale=SIX), "ops.relu6("),
    "sum of none below 0": (sums(-128), None),
    "difference": (sums(-128, "SUB"), "ops.relu("),
    "product": (sums(-100, "MUL"), "ops.relu("),
    "product of none below 0": (sums(-128, "MUL"), None),
    "pool": (
        QuantizedCase(
            "AVERAGE_POOL_2D", [given("int8", 1, 7, 9, 4)], [Q((), "int8", 0.05, -5)], POOL
        ),
        None,
    ),
    "sigmoid": (
        QuantizedCase("LOGISTIC", [given("int8", 3, 8)], [Q((), "int8", 1 / 256, -128)]),
        None,
    ),
}
"""Operators with the grid of their output, and what of an activation the script then has."""


@pytest.mark.parametrize("name", SATURATING)
def test_saturation_that_stands_for_an_activation_is_one(name: str, tmp_path: Path) -> None:
    case, wanted = SATURATING[name]
    path = write(case, tmp_path / "m.tflite")
    script = source(path, tmp_path)
    assert ("relu" in script) == (wanted is not None)
    assert wanted is None or wanted in "".join(script.split())


@pytest.mark.parametrize("name", [name for name, (_, wanted) in SATURATING.items() if wanted])
def test_real_numbers_end_where_integers_end(name: str, tmp_path: Path) -> None:
    case, _ = SATURATING[name]
    path = write(case, tmp_path / "m.tflite")
    assert_near(path, case, tmp_path)


CASTS = {name: case for name, case in QUANTIZED.items() if case.operator == "CAST"}
CASTS["cast to int8"] = QuantizedCase(
    "CAST", [Q((3, 50), "float32", None)], [Q((), "int8", 0.5, 3)]
)
CASTS["cast int8 to int32"] = QuantizedCase("CAST", [given("int8", 3, 50)], [Q((), "int32", None)])
CASTS["cast between grids"] = QuantizedCase(
    "CAST", [given("int8", 3, 50)], [Q((), "int16", 0.3, 0)]
)


@pytest.mark.parametrize("name", CASTS)
def test_a_cast_takes_integers_as_they_are_stored(name: str, tmp_path: Path) -> None:
    case = CASTS[name]
    assert_near(write(case, tmp_path / "m.tflite"), case, tmp_path, steps=1e-3)


def assert_near(path: Path, case: QuantizedCase, folder: Path, steps: float = 1.5) -> None:
    """Compare with what the interpreter's integers stand for, below where they end.

    The kernel rounds its result by half a step, and fixed-point products by another one.
    """
    _, model = built(path, folder)
    arrays = draw(case, 1)
    inputs = [real(each, array) for each, array in zip(case.inputs, arrays, strict=True)]
    found = np.asarray(model(inputs if len(inputs) > 1 else inputs[0]))
    (integers,) = run(path, arrays, KERNELS[0])
    expected, scale = real(case.outputs[0], integers), case.outputs[0].scale or 1
    inside = integers < (np.iinfo(integers.dtype).max if integers.dtype.kind in "iu" else np.inf)
    assert inside.any()
    np.testing.assert_allclose(found[inside], expected[inside], atol=steps * float(scale))


def real(of: Q, array: np.ndarray) -> np.ndarray:
    """What stored numbers stand for."""
    if of.scale is None:
        return array
    return ((array.astype("float64") - of.zero_point) * float(np.float32(of.scale))).astype(
        "float32"
    )


def test_an_epoch_on_random_data_lowers_the_loss(tmp_path: Path) -> None:
    keras = import_keras()
    with inspector.open(FIXTURES / "cnn_int8.tflite") as original:
        write_folder(translate(original), tmp_path)
    module, _ = load(tmp_path / "model.py")
    model = module.build_model()
    module.load_weights(model, tmp_path / "weights.npz")
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 1, (32, 32, 32, 3)).astype("float32")
    labels = rng.integers(0, 10, 32)
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    before = model.evaluate(images, labels, batch_size=1, verbose=0)
    model.fit(images, labels, batch_size=1, epochs=1, shuffle=False, verbose=0)
    assert model.evaluate(images, labels, batch_size=1, verbose=0) < before


def test_weights_of_float16_stay_so_where_they_are_asked_for(tmp_path: Path, capsys) -> None:
    path, folder = FIXTURES / "cnn_float16.tflite", tmp_path / "out"
    assert tfli(["rebuild", str(path), "-o", str(folder), "--dtype", "float16", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verify"]["verdict"] == "match"
    with np.load(folder / "weights.npz") as arrays, inspector.open(path) as model:
        assert {arrays[key].dtype for key in arrays.files} == {np.dtype("float16")}
        stored = [t for t in model.subgraphs[0].tensors if t.dtype is TensorType.FLOAT16]
        expected = sorted(tuple(np.sort(decode(model, t), axis=None)) for t in stored)
        assert sorted(tuple(np.sort(arrays[key], axis=None)) for key in arrays.files) == expected


def test_a_model_without_float16_has_none_to_keep(tmp_path: Path, capsys) -> None:
    arguments = ["rebuild", str(FIXTURES / "cnn.tflite"), "-o", str(tmp_path / "out")]
    assert tfli([*arguments, "--dtype", "float16"]) == 2
    assert "no weights of float16" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_error_of_outputs_is_told_in_steps_of_the_integers_before_them(
    tmp_path: Path, capsys
) -> None:
    paths = []
    for scale in (0.05, 0.051):
        case = QuantizedCase("DEQUANTIZE", [Q((3, 50), "int8", scale, 4)], [Q((), "float32", None)])
        paths.append(str(write(case, tmp_path / f"{scale}.tflite")))
    tfli(["compare", *paths, "--json"])
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    assert output["max_abs"] > 0
    assert output["max_lsb"] == pytest.approx(output["max_abs"] / float(np.float32(0.05)))
