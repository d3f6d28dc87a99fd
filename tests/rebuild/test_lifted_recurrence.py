"""Loops and unrolled steps come back as the layers that they were made of.

Expected are the configuration and the weights of the original Keras layers, and the values of the
interpreter; none of them is written here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inspector
from inspector.compare.passes import compare
from inspector.compare.verdicts import Outcome
from inspector.errors import UnsupportedError
from inspector.run.inputs import inputs_of
from inspector.weights.layouts import Layout
from rebuild.emit import emit
from rebuild.execute import load
from rebuild.folder import write as write_folder
from rebuild.parity import open_candidate
from rebuild.translate.translator import translate
from tests.rebuild.networks import Rebuilt, answer
from tests.run.litert import interpreter
from tests.weights.restored import exported, put_back

keras = pytest.importorskip("keras")
networks = pytest.importorskip("tests.rebuild.recurrent_networks")

TOLD = ("units", "activation", "recurrent_activation", "use_bias", "reset_after", "go_backwards")
TOLD += ("return_sequences", "return_state")
KINDS = ("LSTM", "GRU", "SimpleRNN")


class Made:
    """A Keras model, what the converter makes of it, and what is rebuilt of that."""

    def __init__(self, original: Any, folder: Path, **options: Any) -> None:
        self.original, self.folder = original, folder
        self.path = networks.converted(original, folder / "m.tflite", **options)
        self.rebuilt = Rebuilt(self.path, folder)
        self.model = self.rebuilt.build()

    def layers(self) -> dict[str, Any]:
        """The recurrent layers of the rebuilt model by the names of the original's."""
        found = recurrent(self.model)
        originals = recurrent(self.original)
        return {
            name: next(layer for own, layer in found.items() if name in own) for name in originals
        }


def recurrent(model: Any) -> dict[str, Any]:
    """The recurrent layers of a model; the two of a bidirectional one."""
    found = {}
    for layer in model.layers:
        inside = [getattr(layer, way, None) for way in ("forward_layer", "backward_layer")]
        for each in [one for one in inside if one is not None] or [layer]:
            if type(each).__name__ in KINDS:
                found[each.name] = each
    return found


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(networks.side_by_side(1), tmp_path_factory.mktemp("loops"))


@pytest.fixture(scope="module")
def unrolled(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """As a converter writes it for one sequence, the first step's zeros worked in."""
    original = networks.side_by_side(1, unroll=True)
    original.name = "worked_in"
    return Made(original, tmp_path_factory.mktemp("unrolled"))


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Unrolled, the number of sequences left open."""
    return Made(networks.side_by_side(None, unroll=True), tmp_path_factory.mktemp("free"))


@pytest.fixture(scope="module")
def stacked(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(networks.stacked(), tmp_path_factory.mktemp("stacked"))


@pytest.fixture(params=["loops", "unrolled", "free", "stacked"])
def each(request: pytest.FixtureRequest) -> Made:
    found: Made = request.getfixturevalue(request.param)
    return found


def test_each_layer_comes_back_as_it_was(each: Made) -> None:
    originals, found = recurrent(each.original), each.layers()
    for name, original in originals.items():
        theirs, ours = original.get_config(), found[name].get_config()
        assert type(found[name]) is type(original)
        assert {key: ours.get(key) for key in TOLD} == {key: theirs.get(key) for key in TOLD}, name


def test_nothing_else_is_left_of_them(each: Made) -> None:
    """No loop, no step of its own, no helper: as many recurrent lines as there were layers."""
    assert not [layer for layer in each.model.layers if "Loop" in type(layer).__name__]
    assert len(recurrent(each.model)) == len(recurrent(each.original))
    assert "layers.Dense" not in each.rebuilt.source


def test_the_whole_agrees_with_the_interpreter_operator_by_operator(each: Made) -> None:
    with inspector.open(each.path) as model:
        samples = [inputs_of(model).read([], seed=seed) for seed in range(2)]
        found = compare(model, open_candidate(model, each.folder), samples)
    assert found.outcome is Outcome.MATCH, found
    assert not found.counts.get("UNKNOWN")


def test_weights_are_those_of_the_original_layers(each: Made) -> None:
    """The same keys in the rebuilt folder and in an export, with Keras' own arrays."""
    weights = exported(each.path)
    with np.load(each.folder / "weights.npz") as file:
        rebuilt = dict(file)
    for name, layer in each.layers().items():
        for variable, array in zip(layer.weights, layer.get_weights(), strict=True):
            key = f"{layer.name}/{variable.name}"
            np.testing.assert_array_equal(weights[key], array)
            np.testing.assert_array_equal(rebuilt[key], array)
        theirs = recurrent(each.original)[name].get_weights()
        for array, original in zip(layer.get_weights(), theirs, strict=True):
            np.testing.assert_array_equal(array, original)


def test_weights_go_back_into_the_file(each: Made) -> None:
    """Other ones: then the file computes what the rebuilt model computes with them."""
    kept, random = (
        {"bias"} if each.original.name == "worked_in" else set(),
        np.random.default_rng(7),
    )
    weights = exported(each.path)
    for layer in each.layers().values():
        for key in [f"{layer.name}/{v.name}" for v in layer.weights if v.name not in kept]:
            scale = random.uniform(0.5, 1.5, weights[key].shape)
            weights[key] = (weights[key] * scale).astype(np.float32)
    path, changes = put_back(each.path, weights)
    assert changes
    for layer in each.layers().values():
        layer.set_weights([weights[f"{layer.name}/{v.name}"] for v in layer.weights])
    with inspector.open(path) as model:
        inputs = inputs_of(model).read([], seed=3)
    answers = each.model(inputs if len(inputs) > 1 else inputs[0])
    each.rebuilt.module.load_weights(each.model, each.folder / "weights.npz")
    for ours, theirs in zip(answers, outputs_of(path, inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)  # other sums, step by step


def test_biases_that_the_file_has_worked_in_are_not_put_back(unrolled: Made) -> None:
    weights = exported(unrolled.path)
    weights[f"{unrolled.layers()['gru_after'].name}/bias"] += 1
    with pytest.raises(UnsupportedError, match=r"gru_after.*/bias: .* convert the network anew"):
        put_back(unrolled.path, weights)


def test_a_layer_that_the_operators_do_not_compute_is_not_put_in_their_place(
    loops: Made, tmp_path: Path
) -> None:
    """A loop that ends a step too early has all that a layer has: only running it tells."""
    content = bytearray(loops.path.read_bytes())
    with inspector.open(loops.path) as model:
        condition = next(g for g in model.subgraphs if "gru_after" in g.name and "cond" in g.name)
        limit = condition.operators[0].inputs[1]
        start, size = model.buffer_extent(condition.tensors[limit].buffer)
    content[start : start + size] = np.int32(networks.STEPS - 1).tobytes()
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    with inspector.open(path) as model:
        source = emit(translate(model)).source
    assert "Loop(" in source
    assert not [kind for kind in KINDS if f"layers.{kind}" in source]  # they share the constant


def test_time_that_is_left_open_stays_open(tmp_path: Path) -> None:
    x = keras.Input((None, 3), batch_size=1)
    original = networks.filled(keras.Model(x, keras.layers.GRU(4, return_sequences=True)(x)))
    made = Made(original, tmp_path)
    (layer,) = recurrent(made.model).values()
    for steps in (1, 4, 9):
        sequences = np.random.default_rng(steps).normal(size=(1, steps, 3)).astype(np.float32)
        (expected,) = outputs_of(made.path, [sequences])
        np.testing.assert_allclose(layer(sequences), expected, atol=1e-6)  # sums of 3 and 4


def test_the_batch_can_be_left_open(loops: Made) -> None:
    """The script of a loop over one sequence runs over several, each as the interpreter has it."""
    folder = loops.folder / "open"
    folder.mkdir()
    with inspector.open(loops.path) as model:
        write_folder(translate(model, dynamic_batch=True), folder)
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    sequences = np.random.default_rng(0).normal(size=(3, 5, 3)).astype(np.float32)
    answers = model(sequences)
    for place in range(3):
        expected = outputs_of(loops.path, [sequences[place : place + 1]])
        for ours, theirs in zip(answers, expected, strict=True):
            np.testing.assert_allclose(ours[place : place + 1], theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", networks.BY_HAND)
def test_steps_in_other_forms_are_one_layer_too(name: str, tmp_path: Path) -> None:
    path = networks.written_out(name, tmp_path / "m.tflite")
    rebuilt = Rebuilt(path, tmp_path)
    model = rebuilt.build()
    (layer,) = recurrent(model).values()
    assert type(layer).__name__.lower() == name.split()[0]
    assert len(model.layers) == len(model.inputs) + 1
    with inspector.open(path) as opened:
        inputs = inputs_of(opened).read([], seed=0)
    for ours, theirs in zip(answer(model, inputs), outputs_of(path, inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)  # sums of seven products


@pytest.mark.parametrize("name", ["lstm_last", "gru_after", "rnn_tanh"])
def test_weights_in_the_layout_of_torch_compute_the_same(loops: Made, name: str) -> None:
    torch = pytest.importorskip("torch")
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[name.split("_")[0]]
    module = kind(networks.FEATURES, 4, batch_first=True)
    weights = exported(loops.path, layout=Layout.TORCH)
    prefix = f"{loops.layers()[name].name}."
    own = {key.removeprefix(prefix): value for key, value in weights.items() if prefix in key}
    module.load_state_dict({key: torch.from_numpy(value) for key, value in own.items()})
    sequences = np.random.default_rng(0).normal(size=(1, 5, 3)).astype(np.float32)
    with torch.no_grad():
        found = module(torch.from_numpy(sequences))[0].numpy()
    place = list(networks.LAYERS).index(name)
    expected = loops.original(sequences)[place]
    found = found[:, -1] if name.endswith("last") else found
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_steps_that_round_while_they_run_stay_as_they_are(tmp_path: Path) -> None:
    """Weights of 8 bits: the kernels round each state to 8 bits, too, and no layer does."""
    x = keras.Input((5, 40), batch_size=1)
    original = networks.filled(keras.Model(x, keras.layers.GRU(64, unroll=True)(x)))
    path = networks.converted(
        original, tmp_path / "m.tflite", optimizations=[networks.tf.lite.Optimize.DEFAULT]
    )
    with inspector.open(path) as model:
        assert {str(tensor.dtype) for tensor in model.subgraphs[0].tensors} >= {"int8"}
        assert "layers.GRU" not in emit(translate(model)).source


def outputs_of(path: Path, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """What the interpreter gives."""
    run = interpreter(path, inputs)
    return [run.get_tensor(detail["index"]) for detail in run.get_output_details()]
