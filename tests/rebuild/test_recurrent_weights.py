"""Weights of recurrent layers: under the names that are exported, shared, and of 8 bits."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.cli.main import run as tfli
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.operands import operand_name
from inspector.weights.save import save
from rebuild.execute import load
from tests.one_operator import Case, draw, packed, write
from tests.rebuild.cases.recurrent import CASES
from tests.rebuild.stepping import built, compiled, invoked, opened, outputs_of
from tests.weights.layer_cases import lstm

FORGET_BIAS, OUTPUT_BIAS = 13, 15


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
    path.write_bytes(flat(graph_model))
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
    module.keep_state(model)
    interpreter = opened(path)
    for seed in range(3):
        inputs = draw(case, seed)
        for ours, theirs in zip(model(inputs[0]), invoked(interpreter, inputs), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def in_eight_bits(path: Path, real: Path, small: Path) -> None:
    """Write a model with weights of 8 bits, and with the real numbers that those stand for."""
    found = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    graph = found.subgraphs[0]
    names = [operand_name(inspector.open(path).subgraphs[0].operators[0], k) for k in range(48)]
    stored = {}
    for name, tensor in zip(names, graph.operators[0].inputs, strict=False):
        if tensor >= 0 and "weights" in name:
            buffer = found.buffers[graph.tensors[tensor].buffer]
            values = np.frombuffer(bytes(buffer.data), np.float32)
            scale = abs(values).max() / np.float32(127)
            stored[tensor] = np.round(values / scale).astype(np.int8), scale
            buffer.data = np.frombuffer((stored[tensor][0] * scale).tobytes(), np.uint8)
    real.write_bytes(flat(found))
    for tensor, (values, scale) in stored.items():
        record = graph.tensors[tensor]
        found.buffers[record.buffer].data = values.view(np.uint8)
        record.type, record.quantization = schema.TensorType.INT8, quantization(float(scale))
    small.write_bytes(flat(found))


def flat(found: schema.ModelT) -> bytes:
    builder = flatbuffers.Builder(1024)
    builder.Finish(found.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize(
    "name", ["lstm all but coupled", "lstm step", "lstm both ways coupled", "rnn", "svdf rank"]
)
def test_weights_of_eight_bits_are_read_as_real_numbers(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    real, small = tmp_path / "real.tflite", tmp_path / "small.tflite"
    in_eight_bits(write(case, tmp_path / "m.tflite"), real, small)
    _, model = built(small, tmp_path)
    interpreter, hybrid, called = opened(real), opened(small), compiled(model)
    for seed in range(3):
        inputs = draw(case, seed)
        found = outputs_of(called(inputs))
        for ours, theirs in zip(found, invoked(interpreter, inputs), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
        for ours, theirs in zip(found, invoked(hybrid, inputs), strict=True):
            # That kernel rounds what comes in to 8 bits too, at each step.
            np.testing.assert_allclose(ours, theirs, atol=0.1 * abs(theirs).max())


GRIDS = {"input": 0.02, "weights_feature": 0.01, "weights_time": 1e-4, "state": 5e-4, "y": 0.01}
"""The scales of an SVDF of integers; its bias has that of the state times that of the time."""


def of_integers(path: Path) -> Path:
    """The SVDF in `path` with tensors of integers, as its quantised kernel takes them."""
    found = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    graph = found.subgraphs[0]
    operator = graph.operators[0]
    types = (("INT8", np.int8), ("INT8", np.int8), ("INT16", np.int16), ("INT32", np.int32))
    types += (("INT16", np.int16), ("INT8", np.int8))
    scales = [GRIDS[name] for name in ("input", "weights_feature", "weights_time")]
    scales += [GRIDS["state"] * GRIDS["weights_time"], GRIDS["state"], GRIDS["y"]]
    for tensor, (kind, dtype), scale in zip(
        [*operator.inputs, operator.outputs[0]], types, scales, strict=True
    ):
        record = graph.tensors[tensor]
        record.type, record.quantization = getattr(schema.TensorType, kind), quantization(scale)
        buffer = found.buffers[record.buffer]
        if buffer.data is not None:
            values = np.frombuffer(bytes(buffer.data), np.float32) / np.float32(scale)
            limits = np.iinfo(dtype)
            stored = np.clip(np.round(values), limits.min, limits.max).astype(dtype)
            buffer.data = np.frombuffer(stored.tobytes(), np.uint8)
    path.write_bytes(flat(found))
    return path


def quantization(scale: float) -> schema.QuantizationParametersT:
    found = schema.QuantizationParametersT()
    found.scale, found.zeroPoint = [scale], [0]
    return found


def test_an_svdf_of_integers_is_exact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = of_integers(write(CASES["svdf rank"], tmp_path / "m.tflite"))
    command = ["rebuild", str(path), "-o", str(tmp_path / "out"), "--quantized", "exact", "--json"]
    assert tfli(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["verify"]["verdict"] == "match"
