"""Training an exact script: its weights move, by whole steps of the file's integers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inspector
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
from rebuild.translate.quantized import EXACT
from rebuild.translate.translator import translate
from tests.quantized_operator import Q, QuantizedCase, write
from tests.rebuild.cases.quantized import kernel
from tests.rebuild.cases.quantized_recurrent import HYBRID_RECURRENT

FIXTURES = Path(__file__).parents[2] / "fixtures"


def exact(path: Path, folder: Path):
    """The exact script's model, with its weights."""
    with inspector.open(path) as model:
        write_folder(translate(model, reading=EXACT), folder)
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    return model


def real_part(whole):
    """The model from the real numbers of its input to its logits.

    Of a probability that is rounded to 0, a loss says nothing of where to go.
    """
    first = next(layer for layer in whole.layers if type(layer).__name__ != "InputLayer")
    start = first.output if type(first).__name__ == "Dequantize" else first.input
    last = next(layer for layer in whole.layers if type(layer).__name__ == "Softmax")
    return import_keras().Model(start, last.input)


def steps(whole, folder: Path) -> dict[str, np.ndarray]:
    """Each quantised weight of a model in steps from the zero point of its integers in the file."""
    found = {}
    with np.load(folder / "weights.npz") as arrays:
        for layer in whole.layers:
            for variable in layer.trainable_weights:
                key = f"{layer.name}/{variable.name}"
                if f"{key}_scale" in arrays:
                    found[key] = np.asarray(variable) / arrays[f"{key}_scale"]
    return found


@pytest.mark.parametrize("name", ["cnn_int8", "cnn_dynamic", "mnist_int8"])
def test_an_epoch_lowers_the_loss_and_leaves_all_weights_on_their_grids(
    name: str, tmp_path: Path
) -> None:
    keras = import_keras()
    whole = exact(FIXTURES / f"{name}.tflite", tmp_path)
    before, model = steps(whole, tmp_path), real_part(whole)
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 1, (32, *model.inputs[0].shape[1:])).astype("float32")
    labels = rng.integers(0, 10, 32)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss)
    at_first = model.evaluate(images, labels, batch_size=1, verbose=0)
    model.fit(images, labels, batch_size=1, epochs=1, shuffle=False, verbose=0)
    assert model.evaluate(images, labels, batch_size=1, verbose=0) < at_first
    after = steps(whole, tmp_path)
    assert after.keys() == before.keys() and before
    for key, found in after.items():
        np.testing.assert_allclose(found, np.round(found), atol=1e-3)  # of float32 quotients
        assert key.endswith("bias") or np.abs(found).max() <= 128
    assert any(np.any(np.round(after[key]) != np.round(before[key])) for key in before)


@pytest.mark.parametrize(("dtype", "limits"), [("int8", (-128, 127)), ("int4", (-8, 7))])
def test_small_updates_add_up_to_steps(dtype: str, limits: tuple[int, int], tmp_path: Path) -> None:
    """Against the same in NumPy: gradients where the rounded weight is, summed beside it."""
    keras = import_keras()
    weights = kernel(dtype, 3, 12)
    case = QuantizedCase(
        "FULLY_CONNECTED",
        [Q((4, 12), "float32", None), weights, None],
        [Q((), "float32", None)],
    )
    whole = exact(write(case, tmp_path / "m.tflite"), tmp_path)
    layer = next(layer for layer in whole.layers if layer.trainable_weights)
    scale = float(np.float32(weights.scale))
    expected = weights.values.T * scale
    summed, optimizer = expected.copy(), keras.optimizers.SGD(1.0)
    rng = np.random.default_rng(1)
    for _ in range(20):
        gradient = rng.normal(size=expected.shape, scale=0.4 * scale)
        optimizer.apply([gradient.astype("float32")], [layer.kernel])
        summed = np.clip(summed - gradient, limits[0] * scale, limits[1] * scale)
        expected = np.clip(np.round(summed / scale), *limits) * scale
        np.testing.assert_allclose(layer.kernel, expected, atol=1e-5 * scale)


def test_recurrent_weights_stay_on_their_grids_too(tmp_path: Path) -> None:
    keras = import_keras()
    path = write(HYBRID_RECURRENT["hybrid lstm"], tmp_path / "m.tflite")
    whole = exact(path, tmp_path)
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(2, 5, width)).astype("float32") for width in (3, 4))
    whole.compile(keras.optimizers.Adam(1e-2), "mse")
    before = whole.evaluate(x, y, batch_size=2, verbose=0)
    whole.fit(x, y, batch_size=2, epochs=5, verbose=0)
    assert whole.evaluate(x, y, batch_size=2, verbose=0) < before
    for found in steps(whole, tmp_path).values():
        np.testing.assert_allclose(found, np.round(found), atol=1e-3)
