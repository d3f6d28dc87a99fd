"""Recurrent operators from call to call, under the names and values of their weights."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from inspector.cli.main import run as tfli
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.save import save
from rebuild.execute import load
from rebuild.folder import write as write_folder
from rebuild.translate.translator import translate
from tests.one_operator import Case, draw, packed, write
from tests.rebuild.cases.recurrent import CASES, changed, sequence, step
from tests.shared_models import FOLDER
from tests.weights.layer_cases import lstm

FORGET_BIAS, OUTPUT_BIAS = 13, 15

NETWORKS = (
    "networks/litert-recommendation_rnn_i10o100.tflite",
    "networks/mlts-endpointer_float.tflite",
    "small/litert-custom_lstm.bin",
    "small/tflm-trained_lstm.tflite",
)
STEPPED = (
    "lstm",
    "lstm all but coupled",
    "lstm all time major",
    "lstm diagonal",
    "lstm step",
    "lstm step all features",
    "lstm basic with variables",
    "lstm both ways projection",
    "lstm both ways time major",
    "lstm both ways unlike",
    "lstm both ways aux coupled",
    "rnn step",
    "rnn relu time major",
    "rnn both ways unlike",
    "rnn both ways aux stacked",
    "svdf rank",
)


def built(path: Path, folder: Path):
    """The emitted script's module and its model, with weights."""
    program = translate(inspector.open(path))
    assert not program.all_unsupported
    write_folder(program, folder)
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    return module, model


def outputs_of(value) -> list[np.ndarray]:
    return [np.asarray(v) for v in (value if isinstance(value, (list, tuple)) else [value])]


def compiled(model):
    """The model as a function of TensorFlow, as it runs when it is deployed."""
    import tensorflow as tf

    return tf.function(lambda inputs: model(inputs if len(inputs) > 1 else inputs[0]))


def opened(path: Path) -> Interpreter:
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    return interpreter


def invoked(interpreter: Interpreter, inputs: list[np.ndarray]) -> list[np.ndarray]:
    for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]


@pytest.mark.parametrize("name", STEPPED)
def test_twenty_calls_stay_equal(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    path = write(case, tmp_path / "m.tflite")
    module, model = built(path, tmp_path)
    called = compiled(model)
    interpreter, first = opened(path), None
    for seed in range(20):
        inputs = draw(case, seed)
        expected = invoked(interpreter, inputs)
        found = outputs_of(called(inputs))
        first = first or found
        for ours, theirs in zip(found, expected, strict=True):
            # Each step adds in another order; with RELU the sums grow, so it is a share of them.
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    module.reset_state(model)
    inputs = draw(case, 0)
    for ours, before in zip(outputs_of(called(inputs)), first or [], strict=True):
        np.testing.assert_array_equal(ours, before)


@pytest.mark.parametrize(
    "name",
    [
        "lstm",
        "lstm all features",
        "lstm diagonal",
        "lstm basic with variables",
        "lstm both ways coupled",
        "lstm both ways projection",
        "lstm both ways aux",
        "rnn both ways aux",
        "svdf",
    ],
)
def test_weights_are_those_that_are_exported(name: str, tmp_path: Path) -> None:
    path = write(CASES[name], tmp_path / "m.tflite")
    _, model = built(path, tmp_path)
    with inspector.open(path) as original:
        save(arrays(original, Layout.KERAS), tmp_path / "w.npz")
    exported = np.load(tmp_path / "w.npz")
    beside = np.load(tmp_path / "weights.npz")
    states = {key for key in beside if key.startswith("state/")}
    assert set(exported) == set(beside) - states
    for key in exported:
        np.testing.assert_array_equal(exported[key], beside[key])
    trained = sum(variable.shape.num_elements() for variable in model.trainable_weights)
    assert trained == sum(array.size for array in exported.values())


def test_keras_has_what_the_plain_kernels_do(tmp_path: Path) -> None:
    for name, made in (
        ("lstm", "layers.LSTM(\n        4, return_sequences=True, return_state=True"),
        ("lstm step", "layers.LSTMCell(4"),
        ("lstm both ways", "layers.Bidirectional(\n        layers.LSTM(4, "),
        ("rnn", "layers.SimpleRNN(\n        4, return_sequences=True, return_state=True"),
        ("rnn step", "layers.SimpleRNNCell(4"),
        ("rnn both ways", "layers.Bidirectional(\n        layers.SimpleRNN(4, "),
    ):
        folder = tmp_path / name
        folder.mkdir()
        path = write(CASES[name], folder / "m.tflite")
        write_folder(translate(inspector.open(path)), folder)
        source = (folder / "model.py").read_text()
        assert made in source
        assert "Cell(layers.Layer)" not in source


def twice(case: Case, path: Path, *, one_state: bool) -> Path:
    """The operator, and another with its weights on what it gives, with its state or its own.

    Two gates have the same bias, so that one tensor stands in two places.
    """
    graph_model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(packed(case, [(2, 4)]), 0))
    graph = graph_model.subgraphs[0]
    first = graph.operators[0]
    first.inputs = list(first.inputs)
    first.inputs[FORGET_BIAS] = first.inputs[OUTPUT_BIAS]
    second = copy.deepcopy(first)
    second.inputs[0], second.outputs = first.outputs[0], [len(graph.tensors)]
    graph.tensors.append(copy.deepcopy(graph.tensors[first.outputs[0]]))
    for place in () if one_state else (18, 19):
        graph.tensors.append(copy.deepcopy(graph.tensors[second.inputs[place]]))
        second.inputs[place] = len(graph.tensors) - 1
    graph.operators.append(second)
    graph.outputs = [*first.outputs, *second.outputs]
    builder = flatbuffers.Builder(1024)
    builder.Finish(graph_model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


@pytest.mark.parametrize("one_state", [True, False])
@pytest.mark.parametrize("cifg", [True, False])
def test_operators_that_share_weights_and_state(
    cifg: bool, one_state: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = lstm("LSTM", (2, 4), 4, cifg=cifg)
    path = twice(case, tmp_path / "m.tflite", one_state=one_state)
    folder = tmp_path / "out"
    assert tfli(["rebuild", str(path), "-o", str(folder), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verify"]["verdict"] == "match"
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    interpreter = opened(path)
    for seed in range(3):
        inputs = draw(case, seed)
        for ours, theirs in zip(model(inputs[0]), invoked(interpreter, inputs), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_real_networks_stay_equal_for_twenty_calls(name: str, tmp_path: Path) -> None:
    path = FOLDER / name
    if not path.exists():
        pytest.skip("../shared/models is not there")
    _, model = built(path, tmp_path)
    called, interpreter = compiled(model), opened(path)
    rng = np.random.default_rng(0)
    for _ in range(20):
        inputs = [
            rng.uniform(-1, 1, d["shape"]).astype(np.float32)
            if d["dtype"] is np.float32
            else rng.integers(0, 9, d["shape"]).astype(d["dtype"])
            for d in interpreter.get_input_details()
        ]
        for ours, theirs in zip(
            outputs_of(called(inputs)), invoked(interpreter, inputs), strict=True
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["lstm of one sequence", "lstm both ways coupled"])
def test_with_a_free_batch_each_sequence_begins_anew(name: str, tmp_path: Path) -> None:
    path = write(CASES[name], tmp_path / "m.tflite")
    write_folder(translate(inspector.open(path), dynamic_batch=True), tmp_path)
    module, _ = load(tmp_path / "model.py")
    model = module.build_model()
    module.load_weights(model, tmp_path / "weights.npz")
    samples = [draw(CASES[name], seed) for seed in range(3)]
    together = model(np.concatenate([x for (x,) in samples]))
    interpreter = opened(path)
    for one, (x,) in zip(together, samples, strict=True):
        interpreter.reset_all_variables()
        np.testing.assert_allclose(one, invoked(interpreter, [x])[0][0], rtol=1e-5, atol=1e-6)


def test_a_step_is_of_the_batch_that_its_state_has(tmp_path: Path) -> None:
    for name in ("lstm step", "rnn step", "svdf", "lstm basic with variables"):
        path = write(CASES[name], tmp_path / "m.tflite")
        (found,) = translate(inspector.open(path), dynamic_batch=True).unsupported
        assert "leave out --dynamic-batch" in found.reason


def reason(case: Case, path: Path) -> str:
    """Why the operator is not translated."""
    path.write_bytes(packed(case, [(2, 5, 4)] * case.outputs))
    (found,) = translate(inspector.open(path)).unsupported
    return found.reason


def without(case: Case, *places: int) -> Case:
    """The case without some of its operands."""
    operands = [None if place in places else o for place, o in enumerate(case.operands)]
    return Case(case.operator, operands, case.options, case.outputs, case.output_dtype)


def test_what_the_kernel_refuses_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    assert "it has no forget_gate_bias" in reason(without(sequence(), 13), path)
    assert "it has no recurrent_to_input_weights" in reason(without(sequence(), 5), path)
    assert "it has no cell_to_output_weights" in reason(without(sequence(peephole=True), 11), path)
    assert "none may be negative" in reason(changed(sequence(), cellClip=-1.0), path)
    assert "it has no output_state" in reason(without(step(), 18), path)
    assert "without a projection" in reason(without(sequence(projection=2), 16), path)


def test_what_the_kernel_leaves_to_chance_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    linear = changed(sequence(), fusedActivationFunction=0)
    assert "what was in its memory" in reason(linear, path)
    merged = changed(CASES["lstm both ways apart"], mergeOutputs=True)
    merged = Case(merged.operator, merged.operands, merged.options)
    assert "differently from run to run" in reason(merged, path)
