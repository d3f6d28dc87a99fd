"""Captured tensors are what the interpreter itself computes, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.run.capture import Capture, Kernels, capture, same_bits
from inspector.run.inputs import inputs_of
from inspector.run.probe import Probe, Untouched
from inspector.run.runtime import Runtime
from inspector.run.session import Session
from tests.run.litert import BUILTIN, FIXTURES, REFERENCE, interpreter, shared
from tests.written import add_model, model, operator, subgraph, tensor, write

SHARED = [
    "networks/tinymaix-mbnet128_0.25_f.tflite",
    "networks/mlctiny-pretrainedresnet_quant.tflite",
    "networks/mww-vad.tflite",
    "networks/litert-recommendation_rnn_i10o100.tflite",
    "small/tflm-trained_lstm.tflite",
]


def check_against_preserve_all(path: Path, kernels: Kernels, resolver: OpResolverType) -> Capture:
    with inspector.open(path) as opened:
        graph, inputs = opened.subgraphs[0], inputs_of(opened).read([], seed=3)
        found = capture(opened, inputs, kernels=kernels)
        made_by = {i for op in graph.operators for i in op.outputs}
        named = {i: tensor.name for i, tensor in enumerate(graph.tensors)}
    expected = interpreter(path, inputs, resolver, preserve=True)
    for index, value in found.values.items():
        assert same_bits(value, np.asarray(expected.get_tensor(index))), named[index]
    assert found.outputs_equal
    assert made_by <= found.values.keys() | found.missing.keys()
    return found


@pytest.mark.parametrize("name", FIXTURES)
@pytest.mark.parametrize(
    "kernels, resolver", [(Kernels.BUILTIN, BUILTIN), (Kernels.REFERENCE, REFERENCE)]
)
def test_each_tensor_is_what_preserve_all_tensors_gives(
    fixtures: Path, name: str, kernels: Kernels, resolver: OpResolverType
) -> None:
    assert not check_against_preserve_all(fixtures / name, kernels, resolver).missing


@pytest.mark.parametrize("name", SHARED)
def test_so_it_is_on_models_of_other_people(name: str) -> None:
    check_against_preserve_all(shared(name), Kernels.BUILTIN, BUILTIN)


def test_inputs_intermediates_and_outputs_are_there_and_constants_are_not(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as opened:
        image = np.ones((1, 28, 28), np.float32)
        found = capture(opened, [image])
        assert sorted(found.values) == [0, 6, 7, 8, 9]
        assert np.array_equal(found.values[0], image)
        assert list(capture(opened, [image], tensors=[8, 1]).values) == [8]
        assert "constant" in capture(opened, [image], tensors=[1]).missing[1]


def test_a_tensor_without_a_value_is_told_of(tmp_path: Path) -> None:
    tensors = [
        tensor("a"),
        tensor("sum"),
        tensor("dead"),
        tensor("handle", (), type=schema.TensorType.RESOURCE),
    ]
    graph = subgraph(tensors, [operator([0, 0], [1])], inputs=[0], outputs=[1])
    with inspector.open(write(tmp_path / "m.tflite", model([graph]))) as opened:
        found = capture(opened, [np.ones(2, np.float32)])
    assert found.missing == {
        2: "no operator writes it",
        3: "its type is resource: a handle, which has no value",
    }


def test_an_output_may_be_named_twice_or_be_an_input(tmp_path: Path) -> None:
    graph = add_model()
    graph.subgraphs[0].outputs = [2, 2, 0]
    with inspector.open(write(tmp_path / "m.tflite", graph)) as opened:
        found = capture(opened, [np.ones(2, np.float32), np.ones(2, np.float32)])
    assert found.outputs_equal and found.values[2].tolist() == [2, 2]


def test_another_subgraph_runs_through_its_signature() -> None:
    path = shared("networks/lyra-quantizer.tflite")
    with inspector.open(path) as opened:
        inputs = inputs_of(opened, subgraph=1).read([], seed=1)
        found = capture(opened, inputs, subgraph=1)
        signature = opened.signatures[1]
        names = {opened.subgraphs[1].inputs.index(i): name for name, i in signature.inputs.items()}
    runner = interpreter(path, [np.zeros((46, 1, 1), np.int32)]).get_signature_runner("encode")
    expected = runner(**{names[place]: array for place, array in enumerate(inputs)})
    for name, index in signature.outputs.items():
        assert np.array_equal(found.values[index], expected[name])
    assert found.outputs_equal and len(found.values) > 300


def test_a_subgraph_that_no_signature_names_is_run_as_the_primary_one(tmp_path: Path) -> None:
    adding = [operator([0, 0], [1])]
    graphs = [
        subgraph([tensor("a"), tensor("b")], adding),
        subgraph([tensor("a", [3]), tensor("b", [3])], adding),
    ]
    with inspector.open(write(tmp_path / "two.tflite", model(graphs))) as opened:
        found = capture(opened, [np.array([1, 2, 3], np.float32)], subgraph=1)
    assert found.values[1].tolist() == [2, 4, 6] and found.outputs_equal


def test_what_runs_leave_behind_is_not_seen_by_the_next() -> None:
    path = shared("networks/mww-vad.tflite")
    with inspector.open(path) as opened:
        inputs = inputs_of(opened).read([], seed=1)
        probe = Probe(opened, opened.subgraphs[0].outputs, Runtime())
        first, second = probe.run(inputs), probe.run(inputs)
    assert all(np.array_equal(first[i], second[i]) for i in first)


def test_a_changed_output_fails_the_self_check(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def otherwise(check: Untouched) -> Session:
        return Session(check.runtime, fixtures / "mnist_float16.tflite")

    monkeypatch.setattr(Untouched, "load", otherwise)
    with inspector.open(fixtures / "mnist.tflite") as opened:
        assert not capture(opened, [np.ones((1, 28, 28), np.float32)]).outputs_equal


def test_the_self_check_looks_at_bits() -> None:
    nan, zero = np.array([np.nan]), np.array([0.0])
    assert same_bits(nan, nan.copy()) and not same_bits(zero, -zero)
    assert not same_bits(zero, zero.astype(np.float32)) and not same_bits(zero, zero[0])
    assert same_bits(np.array([b"a"], object), np.array([b"a"], object))
    assert same_bits(None, None) and not same_bits(None, zero)


def test_a_bad_input_is_named_with_the_model(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as opened:
        with pytest.raises(inspector.InputError, match=r"mnist.tflite: input 'serv.*' wants"):
            capture(opened, [np.ones((1, 28, 28))])
        with pytest.raises(inspector.InputError, match="2 inputs are given; the model has 1"):
            capture(opened, [np.ones(1), np.ones(1)])


@pytest.mark.parametrize("name", ["mnist_float16.tflite", "cnn_float16.tflite"])
def test_constants_that_the_delegate_unpacks_for_itself_have_their_values(
    fixtures: Path, name: str
) -> None:
    """XNNPACK leaves their memory as it was; DEQUANTIZE under the builtin kernels fills it."""
    with inspector.open(fixtures / name) as opened:
        inputs = inputs_of(opened).read([], 3)
        found = capture(opened, inputs, kernels=Kernels.XNNPACK).values
        expected = capture(opened, inputs, kernels=Kernels.BUILTIN).values
        graph = opened.subgraphs[0]
    made = [o.outputs[0] for o in graph.operators if o.name == "DEQUANTIZE"]
    assert made
    for index in made:
        np.testing.assert_array_equal(found[index], expected[index])
