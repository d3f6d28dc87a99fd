"""A `.keras` file as the candidate: saved by a rebuilt script, or the origin of a `.tflite`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inspector
from inspector.compare.passes import compare
from inspector.compare.result import Comparison
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.inputs import inputs_of
from rebuild.execute import load
from rebuild.keras_file import open_candidate
from tests.compare.planting import Copy

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")


def make(folder: Path) -> None:
    """A Keras model, what TensorFlow's converter makes of it, and a copy with a flipped kernel."""
    keras.utils.set_random_seed(1)
    model = network()
    for layer in model.layers:
        if "norm" in layer.name:
            layer.set_weights([np.random.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    model.save(folder / "made.keras")
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    (folder / "made.tflite").write_bytes(converter.convert())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    sample = np.random.uniform(-1, 1, (20, 1, 12, 12, 3)).astype(np.float32)
    converter.representative_dataset = lambda: ([x] for x in sample)
    (folder / "made_int8.tflite").write_bytes(converter.convert())
    change(model, "deep", lambda kernel, bias: [kernel[::-1, ::-1], bias])
    model.save(folder / "faulty.keras")


def network() -> Any:
    layers = keras.layers
    image = keras.Input((12, 12, 3), name="image")
    x = layers.Conv2D(8, 3, padding="same", name="first")(image)
    x = layers.ReLU(6.0, name="cap")(layers.BatchNormalization(name="first_norm")(x))
    y = layers.DepthwiseConv2D(3, padding="same", name="deep")(x)
    y = layers.BatchNormalization(name="deep_norm")(y)
    x = layers.Activation("relu", name="active")(layers.Add(name="plus")([x, y]))
    x = layers.Flatten(name="flat")(layers.MaxPooling2D(name="pool")(x))
    return keras.Model(image, layers.Softmax()(layers.Dense(10, name="out")(x)))


def change(model: Any, layer: str, change: Callable[..., list[np.ndarray]]) -> None:
    found = model.get_layer(layer)
    found.set_weights(change(*found.get_weights()))


def compared(reference: Path, file: Path) -> Comparison:
    with inspector.open(reference) as model:
        sample = [inputs_of(model).read([], seed=3)]
        return compare(model, open_candidate(model, file), sample)


def sources(found: Comparison) -> list[str]:
    return [op.op for op in found.operators if op.verdict is Verdict.SOURCE]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converter's own
        make(folder)
    return folder


def test_what_a_rebuilt_script_saves_matches(
    tfli: Callable[..., Any], fixtures: Path, tmp_path: Path
) -> None:
    folder, name, layer = tmp_path / "rebuilt", "cnn.tflite", "mix"
    tfli("rebuild", fixtures / name, "-o", folder, "--no-verify")
    script, _ = load(folder / "model.py")
    model = script.build_model()
    script.load_weights(model, folder / "weights.npz")
    model.save(folder / "saved.keras")
    change(model, layer, lambda kernel, bias: [kernel, 0 * bias])
    model.save(folder / "faulty.keras")
    found = compared(fixtures / name, folder / "saved.keras")
    assert (found.outcome, {op.verdict for op in found.operators}) == (Outcome.MATCH, {Verdict.OK})
    assert f"layer {layer!r}" in " ".join(op.match for op in found.operators)
    wrong = tfli("compare", fixtures / name, folder / "faulty.keras", "--json")
    (source,) = (op for op in wrong.json["ops"] if op["verdict"] == "SOURCE")
    assert wrong.code == 1 and source["hint"] == "its bias looks left out"


@pytest.mark.parametrize("name", ["made.tflite", "made_int8.tflite"])
def test_the_model_that_a_file_was_made_from_matches_it(made: Path, name: str) -> None:
    found = compared(made / name, made / "made.keras")
    assert (found.outcome, sources(found)) == (Outcome.MATCH, [])
    assert found.counts["UNKNOWN"] == 0


@pytest.mark.parametrize("name", ["made.tflite", "made_int8.tflite"])
def test_its_fault_is_named_though_the_converter_has_folded_layers(made: Path, name: str) -> None:
    found = compared(made / name, made / "faulty.keras")
    assert (found.outcome, sources(found)) == (Outcome.MISMATCH, ["DEPTHWISE_CONV_2D"])
    (source,) = (op for op in found.operators if op.verdict is Verdict.SOURCE)
    assert source.hint == "its kernel looks reversed in height and width"


def test_a_model_of_another_network_is_refused(made: Path, fixtures: Path) -> None:
    with pytest.raises(inspector.InputError, match="two versions of one network"):
        compared(fixtures / "mnist.tflite", made / "made.keras")


def test_code_in_a_file_is_not_run(tmp_path: Path, fixtures: Path) -> None:
    image = keras.Input((28, 28), batch_size=1)
    flat = keras.layers.Flatten()(keras.layers.Lambda(lambda x: x + 1)(image))
    keras.Model(image, keras.layers.Dense(10)(flat)).save(tmp_path / "code.keras")
    with pytest.raises(inspector.InputError, match="Keras cannot load it"):
        compared(fixtures / "mnist.tflite", tmp_path / "code.keras")


@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
def test_a_model_without_a_graph_is_refused(tmp_path: Path, fixtures: Path) -> None:
    keras.Sequential([keras.layers.Dense(3)]).save(tmp_path / "unbuilt.keras")
    with pytest.raises(inspector.InputError, match="without a graph of its own"):
        compared(fixtures / "mnist.tflite", tmp_path / "unbuilt.keras")


def test_names_that_the_converter_has_merged_do_not_mislead(made: Path, tmp_path: Path) -> None:
    """Equal constants are one, with the names of all their users: as in `a/Relu6;b/Conv2D`."""
    copy = Copy(made / "made.tflite")
    first = copy.graph.operators[0]
    assert copy.name(0) == "CONV_2D"
    copy.graph.tensors[first.outputs[0]].name = b"cap/Relu6;deep/depthwise;first/Conv2D"
    path = tmp_path / "merged.tflite"
    path.write_bytes(copy.packed())
    assert compared(path, made / "made.keras").outcome is Outcome.MATCH
    assert sources(compared(path, made / "faulty.keras")) == ["DEPTHWISE_CONV_2D"]
