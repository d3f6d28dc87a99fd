"""Patched files as LiteRT's generated classes read them: what changed, and nothing else did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.run.edit import slice_operators, with_outputs
from inspector.run.inputs import inputs_of
from tests.run.litert import BUILTIN, FIXTURES, REFERENCE, interpreter, shared
from tests.written import model, operator, subgraph, tensor, write

OTHERS = [
    "networks/armzoo-ds_cnn_quantized.tflite",
    "networks/mlctiny-model_toycar_quant.tflite",
    "networks/tflsupport-dilated_conv.tflite",
    "networks/coral-ssd_mobilenet_v1_coco_quant_postprocess_head_layers.tflite",
]


def unpacked(data: bytes) -> Any:
    return schema.ModelT.InitFromPackedBuf(bytearray(data), 0)


def plain(found: Any) -> Any:
    """An unpacked table and all below it as dictionaries and lists, which compare by value."""
    if isinstance(found, np.ndarray):
        return found.tolist()
    if isinstance(found, list):
        return [plain(one) for one in found]
    if hasattr(found, "__dict__"):
        return {name: plain(value) for name, value in vars(found).items()}
    return found


def produced(opened: inspector.Model) -> list[int]:
    """The tensors that operators write, in order."""
    return [i for op in opened.subgraphs[0].operators for i in op.outputs]


def fed_to(opened: inspector.Model, op: Any) -> list[int]:
    """The operands of an operator that come from elsewhere."""
    tensors = opened.subgraphs[0].tensors
    return [i for i in op.inputs if i >= 0 and not opened.is_constant(tensors[i])]


@pytest.mark.parametrize("name", FIXTURES)
def test_the_outputs_are_new_and_all_else_is_as_it_was(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        wanted = [*produced(opened), *opened.subgraphs[0].inputs]
        found = plain(unpacked(with_outputs(opened, 0, wanted)))
    expected = plain(unpacked((fixtures / name).read_bytes()))
    assert found["subgraphs"][0]["outputs"] == wanted
    expected["subgraphs"][0]["outputs"] = wanted
    assert found == expected


@pytest.mark.parametrize("resolver", [BUILTIN, REFERENCE])
@pytest.mark.parametrize("name", FIXTURES)
def test_the_values_are_as_they_were(fixtures: Path, name: str, resolver: Any) -> None:
    with inspector.open(fixtures / name) as opened:
        inputs, wanted = inputs_of(opened).read([], seed=4), produced(opened)
        found = interpreter(with_outputs(opened, 0, wanted), inputs, resolver)
    whole = interpreter(fixtures / name, inputs, resolver, preserve=True)
    for index in wanted:
        assert found.get_tensor(index).tobytes() == whole.get_tensor(index).tobytes()


def test_the_file_itself_is_not_touched(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"
    before = path.read_bytes()
    with inspector.open(path) as opened:
        with_outputs(opened, 0, [17])
        slice_operators(opened, 0, [3], fed_to(opened, opened.subgraphs[0].operators[3]), [20])
        assert opened.subgraphs[0].outputs == tuple(unpacked(before).subgraphs[0].outputs)
    assert path.read_bytes() == before


def test_a_patched_file_can_be_patched_again(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as opened:
        once = inspector.Model(with_outputs(opened, 0, [17, 18, 19]))
    twice = unpacked(with_outputs(once, 0, [20]))
    assert twice.subgraphs[0].outputs.tolist() == [20]
    assert len(twice.subgraphs[0].operators) == 15


def test_signatures_go_on_naming_the_same_tensors(fixtures: Path) -> None:
    image = np.random.default_rng(0).random((1, 28, 28), np.float32)
    with inspector.open(fixtures / "mnist.tflite") as opened:
        found = interpreter(with_outputs(opened, 0, [7, 9]), [image])
    expected = interpreter(fixtures / "mnist.tflite", [image]).get_signature_runner()(image=image)
    answer = found.get_signature_runner("serving_default")(image=image)
    assert np.array_equal(answer["probabilities"], expected["probabilities"])


def test_only_the_subgraph_that_was_asked_for_changes(tmp_path: Path) -> None:
    graphs = [subgraph([tensor("a"), tensor("b")], [operator([0, 0], [1])]) for _ in range(3)]
    path = write(tmp_path / "three.tflite", model(graphs))
    with inspector.open(path) as opened:
        found = plain(unpacked(with_outputs(opened, 1, [0, 1])))
    expected = plain(unpacked(path.read_bytes()))
    expected["subgraphs"][1]["outputs"] = [0, 1]
    assert found == expected


@pytest.mark.parametrize("name", FIXTURES)
def test_a_slice_holds_one_operator_and_every_tensor_and_constant(
    fixtures: Path, name: str
) -> None:
    expected = unpacked((fixtures / name).read_bytes())
    with inspector.open(fixtures / name) as opened:
        for op in opened.subgraphs[0].operators:
            fed = fed_to(opened, op)
            found = unpacked(slice_operators(opened, 0, [op.index], fed, op.outputs))
            graph, original = found.subgraphs[0], expected.subgraphs[0]
            (left,) = graph.operators
            assert plain(left) == plain(original.operators[op.index])
            codes = found.operatorCodes, expected.operatorCodes
            used, meant = (plain(held[left.opcodeIndex]) for held in codes)
            assert used == meant
            assert (list(graph.inputs), list(graph.outputs)) == (fed, list(op.outputs))
            assert plain(graph.tensors) == plain(original.tensors)
    assert plain(found.buffers) == plain(expected.buffers)
    assert plain(found.metadata) == plain(expected.metadata)


def test_a_run_of_operators_cut_out_computes_what_it_did(fixtures: Path) -> None:
    path = fixtures / "cnn_int8.tflite"
    with inspector.open(path) as opened:
        operators = opened.subgraphs[0].operators
        inputs = inputs_of(opened).read([], seed=4)
        fed, last = fed_to(opened, operators[1]), operators[2].outputs
        part = slice_operators(opened, 0, [1, 2], fed, last)
    whole = interpreter(path, inputs, preserve=True)
    found = interpreter(part, [whole.get_tensor(i) for i in fed])
    assert np.array_equal(found.get_tensor(last[0]), whole.get_tensor(last[0]))


@pytest.mark.parametrize("name", OTHERS)
def test_operators_of_other_peoples_models_run_alone(name: str) -> None:
    path = shared(name)
    with inspector.open(path) as opened:
        inputs = inputs_of(opened).read([], seed=5)
        whole = interpreter(path, inputs, preserve=True)
        for op in opened.subgraphs[0].operators:
            fed = fed_to(opened, op)
            content = slice_operators(opened, 0, [op.index], fed, op.outputs)
            found = interpreter(content, [whole.get_tensor(i) for i in fed])
            for index in op.outputs:
                same = found.get_tensor(index).tobytes() == whole.get_tensor(index).tobytes()
                assert same, f"operator {op.index} ({op.name})"


@pytest.mark.parametrize("index", [-2, -1, 32, 2**31, 2**40])
def test_a_tensor_that_is_not_there_is_refused(fixtures: Path, index: int) -> None:
    words = f"no tensor {index}; it has 32"
    with inspector.open(fixtures / "cnn.tflite") as opened:
        with pytest.raises(inspector.InputError, match=words):
            with_outputs(opened, 0, [17, index])
        with pytest.raises(inspector.InputError, match=words):
            slice_operators(opened, 0, [0], [index], [17])
        with pytest.raises(inspector.InputError, match=words):
            slice_operators(opened, 0, [0], [0], [index])


def test_so_is_a_subgraph_or_operator_counted_from_the_end(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as opened:
        with pytest.raises(inspector.InputError, match="1 subgraphs, none -1"):
            with_outputs(opened, -1, [17])
        with pytest.raises(inspector.InputError, match="no operator -1; it has 15"):
            slice_operators(opened, 0, [-1], [0], [17])
