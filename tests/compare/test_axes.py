"""Models and recordings whose axes stand in another order than the reference's."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.compare.axes import inverse, moves, nearest, orders, told
from inspector.compare.passes import compare
from inspector.compare.recording import Recording
from inspector.compare.result import Comparison
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.errors import InputError
from inspector.run.capture import capture
from inspector.run.inputs import inputs_of
from inspector.run.store import array_key
from tests.compare.faults import CHANGES, planted, spots
from tests.written import buffer, code, operator, packed, tensor

FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def channels_first(content: bytes) -> bytes:
    """The model as a converter from PyTorch leaves it: fed NCHW, transposed, under other names."""
    model = schema.ModelT.InitFromPackedBuf(bytearray(content), 0)
    graph = model.subgraphs[0]
    for index, held in enumerate(graph.tensors):
        held.name = f"torch_{index}"
    old = graph.tensors[graph.inputs[0]]
    order, fed = len(graph.tensors), len(graph.tensors) + 1
    model.buffers.append(buffer(np.int32(LAST).tobytes()))
    graph.tensors += [
        tensor("order", [4], type=schema.TensorType.INT32, buffer=len(model.buffers) - 1),
        tensor("args_0", [old.shape[i] for i in FIRST], type=old.type),
    ]
    graph.tensors[fed].quantization = old.quantization
    moving = operator([fed, order], [graph.inputs[0]], opcodeIndex=len(model.operatorCodes))
    model.operatorCodes.append(code(schema.BuiltinOperator.TRANSPOSE))
    graph.operators.insert(0, moving)
    graph.inputs, model.signatureDefs = [fed], None
    return packed(model)


def against(path: Path, other: bytes, **_: Any) -> Comparison:
    with inspector.open(path) as model:
        candidate = TfliteCandidate(model, inspector.Model(other, "torch.tflite"))
        return compare(model, candidate, [inputs_of(model).read([], seed=3)])


def sources(found: Comparison) -> list[int]:
    return [op.index for op in found.operators if op.verdict is Verdict.SOURCE]


def test_an_order_brings_one_shape_to_the_other() -> None:
    for order in permutations(range(4)):
        theirs = np.arange(2 * 3 * 5 * 7).reshape(2, 3, 5, 7)
        ours = theirs.transpose(order)
        assert orders(ours.shape, theirs.shape) == [order]
        assert np.array_equal(ours.transpose(inverse(order)), theirs)


def test_the_likeliest_order_is_the_first() -> None:
    assert orders((1, 8, 8, 8), (1, 8, 8, 8))[0] == (0, 1, 2, 3)
    assert orders((1, 8, 8, 3), (1, 3, 8, 8))[0] == LAST
    assert orders((1, 3, 8, 8), (1, 8, 8, 3))[0] == FIRST
    assert orders((2, 3), (3, 3)) == orders((6,), (2, 3)) == []


def test_axes_of_one_element_are_nowhere() -> None:
    assert orders((1, 1, 1, 8), (1, 1, 1, 8)) == [(0, 1, 2, 3)]
    assert orders((1, 1, 1, 8), (1, 8, 1, 1)) == [LAST]
    assert orders((1, 8, 1, 1), (1, 1, 1, 8)) == [FIRST]
    assert not moves((0, 2, 1), (4, 1, 7)) and moves((0, 2, 1), (4, 2, 7))


def test_numbers_tell_where_shapes_do_not() -> None:
    theirs = np.random.default_rng(0).normal(size=(1, 4, 4, 4))
    among = orders((1, 4, 4, 4), (1, 4, 4, 4))
    assert len(among) == 6
    for order in among:
        assert nearest(theirs.transpose(order) + 1e-3, theirs, among) == order
    assert nearest(np.zeros((1, 4, 4, 4)), theirs, among) == (0, 1, 2, 3)


def test_words() -> None:
    assert (told(LAST), told((0, 1)), told(None)) == (", NCHW for NHWC", "", "")


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite"])
def test_a_model_that_is_fed_nchw_matches(fixtures: Path, name: str) -> None:
    found = against(fixtures / name, channels_first((fixtures / name).read_bytes()))
    assert found.outcome is Outcome.MATCH
    assert {op.verdict for op in found.operators} == {Verdict.OK}


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite"])
def test_its_fault_is_named(fixtures: Path, name: str) -> None:
    path = fixtures / name
    for spot in [spot for spot in spots(path) if spot.operand == 1]:
        found = against(path, channels_first(planted(path, spot, CHANGES["reverse"])))
        assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [spot.operator])


def test_the_reference_may_be_the_one_that_is_fed_nchw(fixtures: Path, tmp_path: Path) -> None:
    path = tmp_path / "torch.tflite"
    path.write_bytes(channels_first((fixtures / "cnn.tflite").read_bytes()))
    found = against(path, (fixtures / "cnn.tflite").read_bytes())
    assert sources(found) == [] and found.outputs[0].error
    assert found.outputs[0].error.worst.sqnr_db == np.inf


@pytest.fixture
def arrays(fixtures: Path) -> dict[int, np.ndarray]:
    model = inspector.Model((fixtures / "cnn.tflite").read_bytes())
    return dict(capture(model, inputs_of(model).read([], seed=5)).values)


def as_torch_has_them(arrays: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    return {t: a.transpose(FIRST) if a.ndim == 4 else a for t, a in arrays.items()}


def recorded(path: Path, arrays: dict[str, np.ndarray]) -> Comparison:
    with inspector.open(path) as model:
        recording = Recording(model, "acts.npz", arrays)
        return compare(model, recording, [recording.samples()[0]])


def test_a_recording_in_nchw_matches(fixtures: Path, arrays: dict[int, np.ndarray]) -> None:
    path = fixtures / "cnn.tflite"
    with inspector.open(path) as model:
        tensors = model.subgraphs[0].tensors
        keyed = {array_key(tensors[i]): a for i, a in as_torch_has_them(arrays).items()}
    found = recorded(path, keyed)
    assert found.outcome is Outcome.MATCH
    assert found.operators[0].match.endswith("NCHW for NHWC")
    assert "NCHW" not in found.operators[12].match


def test_arrays_may_be_called_as_tensors_or_layers_are(
    fixtures: Path, arrays: dict[int, np.ndarray]
) -> None:
    from inspector.weights.names import layer_names

    path = fixtures / "cnn.tflite"
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        layers = dict(zip((o.outputs[0] for o in graph.operators), layer_names(graph), strict=True))
        by_tensor = {graph.tensors[i].name: a for i, a in arrays.items()}
        given = {graph.tensors[i].name: arrays[i] for i in graph.inputs}
        by_layer = given | {layers[i]: a for i, a in arrays.items() if i in layers}
    for keyed in (by_tensor, by_layer):
        assert recorded(path, keyed).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda x: x[..., ::-1], "channels are in reverse"),
        (lambda x: x / 2 + 0.5, "2 x -1 of these"),
        (lambda x: x + np.linspace(0, 1, x.size).reshape(x.shape) ** 3, "than those given"),
    ],
)
def test_how_the_inputs_differ_is_said(
    fixtures: Path, arrays: dict[int, np.ndarray], change: Any, words: str
) -> None:
    with inspector.open(fixtures / "cnn.tflite") as model:
        graph = model.subgraphs[0]
        keyed = {array_key(graph.tensors[i]): a for i, a in arrays.items()}
        recording = Recording(model, "acts.npz", keyed)
        with pytest.raises(InputError, match=words):
            compare(model, recording, [[change(arrays[graph.inputs[0]]).astype(np.float32)]])


def test_a_wrong_normalisation_is_told_where_the_inputs_were_not_recorded(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"
    with inspector.open(path) as model:
        graph, (image,) = model.subgraphs[0], inputs_of(model).read([], seed=5)
        values = capture(model, [(image / 2 + 0.5)]).values
        keyed = {array_key(graph.tensors[i]): a for i, a in values.items() if i not in graph.inputs}
        found = compare(model, Recording(model, "acts.npz", keyed), [[image]])
        assert sources(found) == [0]
        assert found.operators[0].hint == "its input looks normalised otherwise: 0.5 x + 0.5"
