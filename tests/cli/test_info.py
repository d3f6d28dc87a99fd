"""`tfli info`: one object, one page, and damaged parts among the warnings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import by_schema
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from conftest import Result
from written import made, operator, subgraph, tensor

Tfli = Callable[..., Result]


@pytest.mark.parametrize("name", ["mnist", "mnist_int8", "cnn", "cnn_float16", "cnn_dynamic"])
def test_the_object_says_what_the_file_and_the_interpreter_say(
    tfli: Tfli, fixtures: Path, name: str
) -> None:
    path = fixtures / f"{name}.tflite"
    result = tfli("info", path, "--json")
    found, data = result.json, path.read_bytes()
    assert (result.code, result.err) == (0, "")
    assert found["schema"] == "tfli/1"
    assert found["file"] == str(path)
    assert found["size"] == len(data)
    assert found["sha256"] == hashlib.sha256(data).hexdigest()
    model = by_schema.unpacked(data)
    assert found["version"] == model.version
    assert found["description"] == by_schema.text(model.description)
    operators = [
        by_schema.operator_fields(o, model.operatorCodes) for o in model.subgraphs[0].operators
    ]
    assert found["op_histogram"] == Counter(fields["name"] for fields in operators)
    assert found["metadata"] == {
        by_schema.text(entry.name): len(model.buffers[entry.buffer].data)
        for entry in model.metadata
    }
    interpreter = Interpreter(str(path))
    for side in ("inputs", "outputs"):
        details = getattr(interpreter, f"get_{side[:-1]}_details")()
        assert found["subgraphs"][0][side] == [detail["index"] for detail in details]
        assert [t["name"] for t in found[side]] == [detail["name"] for detail in details]
        assert [t["shape"] for t in found[side]] == [detail["shape"].tolist() for detail in details]
    signatures = interpreter.get_signature_list()
    assert {s["key"]: [[*s["inputs"]], [*s["outputs"]]] for s in found["signatures"]} == {
        key: [names["inputs"], names["outputs"]] for key, names in signatures.items()
    }
    assert found["warnings"] == []


def test_the_page_answers_what_is_asked_first(tfli: Tfli, fixtures: Path) -> None:
    page = tfli("info", fixtures / "cnn_int8.tflite").out
    words = " ".join(page.split())
    assert "cnn_int8.tflite (33.2 kB)" in words
    assert "parameters 21.8 k in 22.2 kB: int8 21.6 kB, int32 616 B" in words
    assert "precision int8 (operators with weights: 7 int8; weights per channel in 7)" in words
    assert "in serving_default_image:0 int8 1×32×32×3 0.003922 × (q + 128)" in words
    assert "serving_default 0 image probabilities" in words
    assert "CONV_2D 4 27 % 913 k 96 % 19.5 kB 88 %" in words
    assert "activations 15.4 kB in LiteRT's plan, the least there is" in words
    assert "min_runtime_version 16" in words
    assert len(page.splitlines()) < 40


def test_damaged_parts_are_told_beside_the_rest(tfli: Tfli, tmp_path: Path) -> None:
    tensors = [tensor("left"), tensor("bad\nname", type=77), tensor("sum")]
    graph = subgraph(tensors, [operator([0, 9], [2]), operator([0, 0], [2])], inputs=[0])
    entry = made(schema.MetadataT, name="note", buffer=8)
    path = written.write(tmp_path / "m.tflite", written.model([graph], metadata=[entry]))
    result = tfli("info", path, "--json")
    assert result.code == 2
    assert result.json["op_histogram"] == {"ADD": 1}
    assert [t["name"] for t in result.json["inputs"]] == ["left"]
    assert [warning.split(":")[0] for warning in result.json["warnings"]] == [
        "subgraph 0, tensor 1",
        "subgraph 0, operator 0",
        "buffer 8 is asked for, and the model has 1",
    ]
    (line,) = result.err.splitlines()
    assert line.startswith(f"tfli: {path}: subgraph 0, tensor 1: its type is 77")
    assert line.endswith("(3 faults in all, see the warnings)")


def test_a_model_without_subgraphs_is_told(tfli: Tfli, tmp_path: Path) -> None:
    result = tfli("info", written.write(tmp_path / "m.tflite", written.model([])))
    assert result.code == 0
    assert "the model has no subgraph" in result.out


def test_long_lists_are_shortened_on_the_page_alone(tfli: Tfli, tmp_path: Path) -> None:
    graph = subgraph([tensor(f"t{i}") for i in range(40)])
    path = written.write(tmp_path / "m.tflite", written.model([graph]))
    assert "31 more" in tfli("info", path).out
    assert len(tfli("info", path, "--json").json["inputs"]) == 39


def test_the_object_tells_what_the_file_stores_for_nothing(tfli: Tfli, tmp_path: Path) -> None:
    constants = [b"\1\2\3\4" * 500, b"\1\2\3\4" * 500, bytes(3000), b"\5" * 2000]
    tensors = [tensor(f"t{i}", (500,), buffer=i + 1) for i in range(3)]
    graph = subgraph([*tensors, tensor("y")], [operator([0, 1, 2], [3])], inputs=[])
    path = written.write(tmp_path / "m.tflite", written.model([graph], constants))
    path.write_bytes(path.read_bytes() + b"more" * 20)
    found = tfli("info", path, "--json").json
    assert found["duplicate_buffers"] == [{"bytes": 2000, "buffers": [1, 2]}]
    assert found["duplicate_bytes"] == 2000
    assert found["zero_buffers"] == [{"buffer": 3, "bytes": 3000}]
    assert found["zero_bytes"] == 3000
    assert found["unchecked_buffers"] == []
    assert found["unreferenced"] == {
        "buffers": [{"buffer": 4, "bytes": 2000}],
        "gaps": [],
        "trailing_bytes": 80,
    }
    assert found["unreferenced_bytes"] == 2080
    words = " ".join(tfli("info", path).out.split())
    told = "2.00 kB stored more than once, 3.00 kB of zeros, 2.08 kB that nothing refers to"
    assert told in words


def test_the_object_tells_the_memory_of_each_subgraph(tfli: Tfli, tmp_path: Path) -> None:
    tensors = [tensor("x", (256,)), tensor("state", (10,), isVariable=True), tensor("y", (256,))]
    first = subgraph(tensors, [operator([0, 1], [2])], inputs=[0])
    second = subgraph([tensor("a", (16,)), tensor("b", (16,))], [operator([0, 0], [1])])
    path = written.write(tmp_path / "m.tflite", written.model([first, second]))
    found = tfli("info", path, "--json").json
    expected = {"planned": 2048, "lower_bound": 2048, "kept": 64, "unknown": 0, "assumed": 0}
    assert found["arena"] == expected
    assert [arena["planned"] for arena in found["arenas"]] == [2048, 128]
    words = " ".join(tfli("info", path).out.split())
    assert "2.05 kB in LiteRT's plan, the least there is; 64 B of state" in words
    assert "128 B in 1 more subgraph" in words


def test_absurd_shapes_are_no_reason_to_fail(tfli: Tfli, tmp_path: Path) -> None:
    huge = [tensor(f"t{i}", [2**31 - 1] * 60) for i in range(3)]
    graph = subgraph(huge, [operator([0, 1], [2])])
    codes = [written.code(schema.BuiltinOperator.BATCH_MATMUL)]
    path = written.write(tmp_path / "m.tflite", written.model([graph], operatorCodes=codes))
    assert tfli("info", path).code == 0
    assert tfli("info", path, "--json").json["macs"] == (2**31 - 1) ** 61
    assert tfli("ops", path).code == 0


def sparse_tensor(shape: list[int], block: int, **fields: object) -> object:
    """A matrix of `shape` with one block of `block` elements in each row, in the CSR way."""
    rows = shape[0]
    values = {"values": list(range(rows + 1))}, {"values": [0] * rows}
    vectors = [made(schema.Uint8VectorT, **each) for each in values]
    kind = schema.SparseIndexVector.Uint8Vector
    csr = made(
        schema.DimensionMetadataT,
        format=schema.DimensionType.SPARSE_CSR,
        arraySegments=vectors[0],
        arraySegmentsType=kind,
        arrayIndices=vectors[1],
        arrayIndicesType=kind,
    )
    dense = [made(schema.DimensionMetadataT, denseSize=size) for size in (rows, block)]
    blocked = {
        "traversalOrder": [0, 1, 2],
        "blockMap": [1],
        "dimMetadata": [dense[0], csr, dense[1]],
    }
    plain = {"traversalOrder": [0, 1], "dimMetadata": [dense[0], csr]}
    held = made(schema.SparsityParametersT, **(blocked if block > 1 else plain))
    return tensor("kernel", shape, sparsity=held, **fields)


def test_sparse_constants_are_told_with_their_zeros(tfli: Tfli, tmp_path: Path) -> None:
    blocked = sparse_tensor([4, 16], 4, buffer=1)
    plain = sparse_tensor([3, 8], 1, buffer=2, type=schema.TensorType.INT8)
    again = sparse_tensor([4, 16], 4, buffer=1)
    graph = subgraph([blocked, plain, again, tensor("out")], [operator([0, 1], [3])])
    path = written.write(tmp_path / "s.tflite", written.model([graph], [bytes(64), bytes(3)]))
    told = [
        (each["index"], each["elements"], each["stored"], each["block"])
        for each in tfli("info", path, "--json").json["sparse"]
    ]
    assert told == [(0, 64, 16, [4]), (1, 24, 3, [])]
    # 69 of 88 elements are left out; 4 bytes of each float, 1 of each integer
    words = "2 constants of 88 elements, 78 % of them zeros: 67 B of values in place of 280 B"
    assert f"sparse       {words}, in blocks of 4" in tfli("info", path).out


def test_nothing_is_said_of_sparse_constants_where_there_are_none(
    tfli: Tfli, fixtures: Path
) -> None:
    path = fixtures / "mnist.tflite"
    assert tfli("info", path, "--json").json["sparse"] == []
    assert "sparse" not in tfli("info", path).out
