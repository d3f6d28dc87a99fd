"""Patched copies of a model, as LiteRT loads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.run import edit
from inspector.run.edit import slice_operators, with_outputs
from inspector.run.samples import sample
from tests.run.litert import FIXTURES, REFERENCE, interpreter
from tests.written import code, made, model, operator, packed, subgraph, tensor, write

CODES = schema.BuiltinOperator


def drawn(opened: inspector.Model) -> list[np.ndarray]:
    graph = opened.subgraphs[0]
    return sample([graph.tensors[i] for i in graph.inputs], seed=1)


def chain(**fields: object) -> object:
    """left + right = sum, then ceil(sum) = whole: two operators with codes of their own."""
    tensors = [tensor("left"), tensor("right"), tensor("sum"), tensor("whole")]
    operators = [operator([0, 1], [2]), operator([2], [3], opcodeIndex=1)]
    graph = subgraph(tensors, operators, inputs=[0, 1], outputs=[3])
    return model([graph], **{"operatorCodes": [code(), code(CODES.CEIL)], **fields})


@pytest.mark.parametrize("name", FIXTURES)
def test_outputs_are_the_tensors_asked_for_in_their_order(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        made_by = [i for o in opened.subgraphs[0].operators for i in o.outputs]
        wanted = made_by[::-1]
        found = interpreter(with_outputs(opened, 0, wanted), drawn(opened))
    assert [details["index"] for details in found.get_output_details()] == wanted


def test_only_one_offset_changes_and_a_vector_is_added(fixtures: Path) -> None:
    original = (fixtures / "cnn.tflite").read_bytes()
    with inspector.open(fixtures / "cnn.tflite") as opened:
        patched = with_outputs(opened, 0, [17, 18])
    changed = [i for i, (a, b) in enumerate(zip(original, patched, strict=False)) if a != b]
    assert changed and changed[-1] - changed[0] < 4
    assert patched[-12:] == np.array([2, 17, 18], "<i4").tobytes()
    assert len(patched) - len(original) - 12 in range(4)


def test_constants_behind_the_flatbuffer_stay_where_they_are(tmp_path: Path) -> None:
    tensors = [tensor("left"), tensor("right", buffer=1), tensor("sum")]
    whole = model([subgraph(tensors, [operator([0, 1], [2])], inputs=[0])], [b""])
    whole.buffers[1] = made(schema.BufferT, offset=1 << 20, size=8)
    path, values = tmp_path / "m.tflite", np.array([3, 4], np.float32)
    path.write_bytes(packed(whole).ljust(1 << 20, b"\0") + values.tobytes())
    with inspector.open(path) as opened:
        found = interpreter(with_outputs(opened, 0, [2]), [np.array([1, 2], np.float32)])
    assert found.get_tensor(2).tolist() == [4, 6]


@pytest.mark.parametrize("name", FIXTURES)
def test_an_operator_cut_out_computes_what_it_did(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        graph, inputs = opened.subgraphs[0], drawn(opened)
        whole = interpreter(fixtures / name, inputs, preserve=True)
        for op in graph.operators:
            fed = [i for i in op.inputs if not opened.is_constant(graph.tensors[i])]
            content = slice_operators(opened, 0, [op.index], fed, op.outputs)
            part = interpreter(content, [whole.get_tensor(i) for i in fed])
            assert np.array_equal(part.get_tensor(op.outputs[0]), whole.get_tensor(op.outputs[0]))


def test_operators_left_out_need_no_kernels(tmp_path: Path) -> None:
    path = write(tmp_path / "chain.tflite", chain())
    inputs = [np.array([1.5, 2], np.float32), np.array([0, 0.5], np.float32)]
    with pytest.raises(ValueError, match="CEIL"):  # the reference kernels have none
        interpreter(path, inputs, REFERENCE)
    with inspector.open(path) as opened:
        found = interpreter(slice_operators(opened, 0, [0], [0, 1], [2]), inputs, REFERENCE)
    assert found.get_tensor(2).tolist() == [1.5, 2.5]


def test_operators_keep_their_order_of_execution(tmp_path: Path) -> None:
    with inspector.open(write(tmp_path / "chain.tflite", chain())) as opened:
        again = inspector.Model(slice_operators(opened, 0, [1, 0, 1], [0, 1], [3]))
    assert [op.name for op in again.subgraphs[0].operators] == ["ADD", "CEIL"]


def test_other_subgraphs_stay_as_they_were(tmp_path: Path) -> None:
    graphs = [subgraph([tensor("a"), tensor("b")], [operator([0, 0], [1])]) for _ in range(2)]
    with inspector.open(write(tmp_path / "two.tflite", model(graphs))) as opened:
        again = inspector.Model(slice_operators(opened, 1, [], [0], [0]))
    assert [len(graph.operators) for graph in again.subgraphs] == [1, 0]
    assert [graph.outputs for graph in again.subgraphs] == [(1,), (0,)]


def test_what_is_not_there_is_named(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as opened:
        with pytest.raises(inspector.InputError, match="no tensor 99; it has 10"):
            with_outputs(opened, 0, [99])
        with pytest.raises(inspector.InputError, match="1 subgraphs, none 3"):
            with_outputs(opened, 3, [0])
        with pytest.raises(inspector.InputError, match="no operator 7; it has 4"):
            slice_operators(opened, 0, [7], [0], [1])


def test_a_subgraph_without_an_outputs_field_cannot_be_patched(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tflite", model([subgraph([tensor("a")], outputs=None)]))
    with inspector.open(path) as opened, pytest.raises(inspector.UnsupportedError, match="outputs"):
        with_outputs(opened, 0, [0])


def test_models_over_2_gb_go_another_way(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit, "LARGEST", 1000)
    opened = inspector.open(fixtures / "mnist.tflite")
    with opened, pytest.raises(inspector.UnsupportedError, match="preserve_all_tensors"):
        with_outputs(opened, 0, [9])
