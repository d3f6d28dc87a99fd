"""All constants of a model, each where its layer looks for it, and nothing lost in silence."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import InputError
from inspector.weights import slots as slots_module
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.manifest import Entry, User
from inspector.weights.save import listing, save
from inspector.weights.slots import Skipped
from inspector.weights.values import Values
from tests.shared_models import plain_models
from tests.weights.constants import TYPES, litert_values, quantization
from tests.written import code, model, operator, subgraph, tensor, write

BUILTIN = schema.BuiltinOperator
FLOATS = np.array([1.5, -2], np.float32)


def exported(path: Path, **options: Any) -> tuple[dict[str, Entry], dict[str, np.ndarray]]:
    """Entries and arrays by key; nothing may be skipped."""
    with inspector.open(path) as opened:
        found = list(arrays(opened, **options))
    pairs = [each for each in found if not isinstance(each, Skipped)]
    assert len(pairs) == len(found)
    return {entry.key: entry for entry, _ in pairs}, {entry.key: array for entry, array in pairs}


def one_constant(
    folder: Path, dtype: str, shape: tuple[int, ...], stored: bytes, **fields: Any
) -> Path:
    """A constant that nothing uses."""
    tensors = [tensor("c", shape, type=TYPES[dtype], buffer=1, **fields), tensor("x")]
    return write(folder / "m.tflite", model([subgraph(tensors, inputs=[1])], [stored]))


def as_litert_reads(path: Path, index: int) -> tuple[Any, bytes]:
    """A tensor of the first subgraph, and its bytes."""
    found = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    stored = found.subgraphs[0].tensors[index]
    return stored, bytes(found.buffers[stored.buffer].data)


def test_an_entry_says_where_an_array_comes_from(fixtures: Path) -> None:
    entries, found = exported(fixtures / "cnn_int8.tflite")
    stored, data = as_litert_reads(fixtures / "cnn_int8.tflite", entries["mix/kernel"].tensor)
    assert entries["mix/kernel"] == Entry(
        key="mix/kernel",
        subgraph=0,
        tensor=entries["mix/kernel"].tensor,
        name=entries["mix/kernel"].name,
        dtype="float32",
        shape=(3, 3, 32, 32),
        stored_dtype="int8",
        stored_shape=(32, 3, 3, 32),
        transpose=(1, 2, 3, 0),
        dequantized=True,
        operator="CONV_2D",
        operator_index=entries["mix/kernel"].operator_index,
        operand=1,
        tensors=(entries["mix/kernel"].tensor,),
        uses=(User("CONV_2D", entries["mix/kernel"].uses[0].operator_index, 1, "mix/kernel"),),
        stored_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        scale=tuple(stored.quantization.scale),
        zero_point=tuple(stored.quantization.zeroPoint),
        scale_shape=(32, 1, 1, 1),
        quantized_dimension=stored.quantization.quantizedDimension,
    )
    assert found["mix/kernel"].shape == (3, 3, 32, 32)
    assert not entries["global_pool/axis"].dequantized
    assert entries["global_pool/axis"].transpose is None


def test_raw_values_are_the_stored_ones(fixtures: Path) -> None:
    path = fixtures / "cnn_int8.tflite"
    values = litert_values(path)
    entries, found = exported(path, layout=Layout.TFLITE, values=Values.STORED)
    whole = {key: entry for key, entry in entries.items() if entry.parameter_of is None}
    assert {entry.dtype for entry in whole.values()} == {"int8", "int32"}
    for key, entry in whole.items():
        np.testing.assert_array_equal(found[key], values[entry.tensor])


def test_float16_weights_are_exported_for_the_layer_behind_dequantize(fixtures: Path) -> None:
    entries, found = exported(fixtures / "mnist_float16.tflite")
    assert set(entries) == {"flatten/shape"} | {
        f"{layer}/{variable}" for layer in ("hidden", "logits") for variable in ("kernel", "bias")
    }
    assert entries["hidden/kernel"].stored_dtype == "float16"
    assert found["hidden/kernel"].dtype == np.float32
    _, stored = exported(fixtures / "mnist_float16.tflite", values=Values.STORED)
    assert stored["hidden/kernel"].dtype == np.float16
    np.testing.assert_array_equal(stored["hidden/kernel"], found["hidden/kernel"])


def test_arrays_come_in_the_order_of_execution(fixtures: Path) -> None:
    entries, _ = exported(fixtures / "mnist.tflite")
    assert list(entries) == [
        "flatten/shape",
        "hidden/kernel",
        "hidden/bias",
        "logits/kernel",
        "logits/bias",
    ]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("path", plain_models())
def test_every_constant_of_real_models_is_exported_or_skipped(path: Path, layout: Layout) -> None:
    with inspector.open(path) as opened:
        manifest = listing(arrays(opened, layout))
        expected = {
            (graph.index, stored.index)
            for graph in opened.subgraphs
            for stored in filter(opened.is_constant, graph.tensors)
        }
    keys = [entry.key for entry in manifest.arrays]
    assert len(set(keys)) == len(keys)
    held = {(entry.subgraph, tensor) for entry in manifest.arrays for tensor in entry.tensors}
    assert held | {(each.subgraph, each.tensor) for each in manifest.skipped} == expected
    joint = "." if layout is Layout.TORCH else "/"
    for name in keys:
        words = name.split(joint)
        assert len(words) in (2, 3) and all(word.isidentifier() for word in words)


def shared_model(folder: Path, shared: bytes, shape: tuple[int, ...], **fields: Any) -> Path:
    """Two dense layers, `a` and `b`, that have their kernel in common."""
    tensors = [
        tensor("x", (1, 2)),
        tensor("w", shape, buffer=1, **fields),
        tensor("net/a/MatMul", (1, 3)),
        tensor("net/b/MatMul", (1, 3)),
    ]
    operators = [operator([0, 1], [2]), operator([0, 1], [3])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[2, 3])
    codes = [code(BUILTIN.FULLY_CONNECTED)]
    return write(folder / "m.tflite", model([graph], [shared], operatorCodes=codes))


def test_a_weight_that_layers_share_is_written_once_and_names_them(tmp_path: Path) -> None:
    kernel = np.arange(6, dtype=np.float32)
    entries, found = exported(shared_model(tmp_path, kernel.tobytes(), (3, 2)))
    assert list(entries) == ["a/kernel"]
    np.testing.assert_array_equal(found["a/kernel"], kernel.reshape(3, 2).T)
    uses = [(use.operator_index, use.operand, use.key) for use in entries["a/kernel"].uses]
    assert uses == [(0, 1, "a/kernel"), (1, 1, "b/kernel")]


def in_two_layouts(folder: Path) -> Path:
    """A matrix that is the kernel of a dense layer, `a`, and the other side of a sum, `b`."""
    tensors = [tensor("x", (1, 2)), tensor("w", (3, 2), buffer=1)]
    tensors += [tensor("net/a/MatMul", (1, 3)), tensor("net/b/add", (3, 2))]
    operators = [operator([0, 1], [2]), operator([0, 1], [3], opcodeIndex=1)]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[2, 3])
    codes = [code(BUILTIN.FULLY_CONNECTED), code(BUILTIN.ADD)]
    stored = np.arange(6, dtype=np.float32).tobytes()
    return write(folder / "m.tflite", model([graph], [stored], operatorCodes=codes))


def test_a_weight_in_two_layouts_is_written_once_for_each(tmp_path: Path) -> None:
    entries, found = exported(in_two_layouts(tmp_path))
    assert list(entries) == ["a/kernel", "b_constant/value"]
    np.testing.assert_array_equal(found["a/kernel"], found["b_constant/value"].T)
    assert {entry.tensor for entry in entries.values()} == {1}
    once, _ = exported(in_two_layouts(tmp_path), layout=Layout.TFLITE)
    assert [use.key for use in once["a/kernel"].uses] == ["a/kernel", "b_constant/value"]


def test_copies_in_other_layouts_have_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots_module, "REPEATED_BYTES", -(1 << 30))
    with inspector.open(in_two_layouts(tmp_path)) as opened:
        manifest = listing(arrays(opened))
    assert [entry.key for entry in manifest.arrays] == ["a/kernel"]
    assert [(each.subgraph, each.tensor) for each in manifest.skipped] == [(0, 1)]
    assert "b_constant/value" in manifest.skipped[0].reason


def test_an_axis_that_operators_share_is_written_once(tmp_path: Path) -> None:
    tensors = [tensor("x", (2, 2)), tensor("axis", (1,), type=TYPES["int32"], buffer=1)]
    tensors += [tensor("a", (2,)), tensor("b", (2,))]
    operators = [operator([0, 1], [2]), operator([0, 1], [3])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[2, 3])
    path = write(
        tmp_path / "m.tflite", model([graph], [bytes(4)], operatorCodes=[code(BUILTIN.SUM)])
    )
    entries, _ = exported(path)
    assert [(entry.operator, entry.operand, entry.tensor) for entry in entries.values()] == [
        ("SUM", 1, 1)
    ]


def test_constants_that_nothing_uses_are_exported_too(tmp_path: Path) -> None:
    entries, found = exported(one_constant(tmp_path, "float32", (2,), FLOATS.tobytes()))
    np.testing.assert_array_equal(found["unused_0/value"], FLOATS)
    assert entries["unused_0/value"].operator is None
    assert entries["unused_0/value"].operand is None


def test_other_subgraphs_are_told_apart_by_a_prefix(tmp_path: Path) -> None:
    part = [tensor("c", (2,), buffer=1), tensor("x")]
    graphs = [subgraph(part, inputs=[1], name=name) for name in ("main", "While/Body", "")]
    path = write(tmp_path / "m.tflite", model(graphs, [FLOATS.tobytes()]))
    entries, _ = exported(path)
    assert {key: entry.subgraph for key, entry in entries.items()} == {
        "unused_0/value": 0,
        "while_body_1/unused_0/value": 1,
        "subgraph_2/unused_0/value": 2,
    }


@pytest.mark.parametrize(
    ("dtype", "stored", "expected"),
    [
        ("bfloat16", FLOATS.astype(ml_dtypes.bfloat16).tobytes(), np.array([1.5, -2], "float32")),
        (
            "float8_e5m2",
            FLOATS.astype(ml_dtypes.float8_e5m2).tobytes(),
            np.array([1.5, -2], "float32"),
        ),
        ("int4", b"\xf1", np.array([1, -1], "int8")),
        ("uint4", b"\xf1", np.array([1, 15], "uint8")),
        ("int2", b"\x0d", np.array([1, -1], "int8")),
        ("string", np.array([2, 16, 17, 19], "<i4").tobytes() + b"abc", np.array([b"a", b"bc"])),
    ],
)
def test_types_that_files_lack_are_written_as_wider_ones(
    dtype: str, stored: bytes, expected: np.ndarray, tmp_path: Path
) -> None:
    entries, found = exported(one_constant(tmp_path, dtype, (2,), stored))
    assert entries["unused_0/value"].stored_dtype == dtype
    assert found["unused_0/value"].dtype == expected.dtype
    np.testing.assert_array_equal(found["unused_0/value"], expected)


def test_quantised_int4_is_real_or_int8(tmp_path: Path) -> None:
    path = one_constant(tmp_path, "int4", (2,), b"\xf1", quantization=quantization([0.5], [0]))
    assert exported(path)[1]["unused_0/value"].tolist() == [0.5, -0.5]
    assert exported(path, values=Values.STORED)[1]["unused_0/value"].tolist() == [1, -1]


def test_one_long_string_among_many_is_refused(tmp_path: Path) -> None:
    ends = [*[4 * 10_002] * 10_000, 4 * 10_002 + 100_000]
    stored = np.array([10_000, *ends], "<i4").tobytes() + bytes(100_000)
    path = one_constant(tmp_path, "string", (10_000,), stored)
    with inspector.open(path) as opened:
        manifest = listing(arrays(opened))
    assert not manifest.arrays and "longest of 100000 bytes" in manifest.skipped[0].reason


def test_a_damaged_constant_is_skipped_and_the_rest_is_written(tmp_path: Path) -> None:
    tensors = [tensor("bad", (3,), buffer=1), tensor("good", (2,), buffer=2), tensor("x")]
    graph = subgraph(tensors, inputs=[2])
    path = write(tmp_path / "m.tflite", model([graph], [bytes(8), FLOATS.tobytes()]))
    with inspector.open(path) as opened:
        manifest = save(arrays(opened), tmp_path / "w.npz")
    assert [entry.name for entry in manifest.arrays] == ["good"]
    assert [(each.subgraph, each.tensor) for each in manifest.skipped] == [(0, 0)]
    assert np.load(tmp_path / "w.npz").files == ["unused_1/value"]


def test_names_pick_what_is_exported(fixtures: Path) -> None:
    entries, _ = exported(fixtures / "mnist.tflite", wanted=lambda name: name.endswith("/kernel"))
    assert set(entries) == {"hidden/kernel", "logits/kernel"}


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("name", ["cnn", "cnn_int8", "cnn_float16"])
def test_files_are_read_by_their_own_libraries(
    name: str, suffix: str, fixtures: Path, tmp_path: Path
) -> None:
    path, target = fixtures / f"{name}.tflite", tmp_path / f"w{suffix}"
    entries, expected = exported(path)
    with inspector.open(path) as opened:
        manifest = save(arrays(opened), target)
    assert manifest.arrays == list(entries.values()) and not manifest.skipped
    assert manifest.nbytes == sum(array.nbytes for array in expected.values())
    found = np.load(target) if suffix == ".npz" else safetensors.numpy.load_file(target)
    assert set(found) == set(expected)
    for key, array in expected.items():
        assert found[key].dtype == array.dtype
        np.testing.assert_array_equal(found[key], array)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_scalars_and_empty_arrays_keep_their_shapes(suffix: str, tmp_path: Path) -> None:
    tensors = [tensor("s", (), buffer=1), tensor("b", (3,), type=TYPES["bool"], buffer=2)]
    tensors += [tensor("l", (1,), type=TYPES["int64"], buffer=3), tensor("x")]
    stored = [FLOATS[:1].tobytes(), b"\1\0\1", bytes(8)]
    path = write(tmp_path / "m.tflite", model([subgraph(tensors, inputs=[3])], stored))
    target = tmp_path / f"w{suffix}"
    with inspector.open(path) as opened:
        save(arrays(opened), target)
    found = np.load(target) if suffix == ".npz" else safetensors.numpy.load_file(target)
    assert found["unused_0/value"].shape == () and found["unused_0/value"] == 1.5
    assert found["unused_1/value"].tolist() == [True, False, True]
    assert found["unused_2/value"].dtype == np.int64


def test_the_bytes_of_a_safetensors_file_are_aligned(tmp_path: Path) -> None:
    tensors = [tensor("b", (3,), type=TYPES["bool"], buffer=1), tensor("f", (2,), buffer=2)]
    graph = subgraph([*tensors, tensor("x")], inputs=[2])
    path = write(tmp_path / "m.tflite", model([graph], [b"\1\0\1", FLOATS.tobytes()]))
    with inspector.open(path) as opened:
        save(arrays(opened), tmp_path / "w.safetensors")
    data = (tmp_path / "w.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    assert length % 8 == 0
    assert header["unused_1/value"]["data_offsets"] == [0, 8]


def test_what_a_format_lacks_is_skipped(tmp_path: Path) -> None:
    stored = np.array([1, 12, 13], "<i4").tobytes() + b"a"
    path = one_constant(tmp_path, "string", (1,), stored)
    with inspector.open(path) as opened:
        manifest = save(arrays(opened), tmp_path / "w.safetensors")
    assert not manifest.arrays and "write an .npz" in manifest.skipped[0].reason


@pytest.mark.parametrize("name", ["w.txt", "w", "w.npy"])
def test_other_suffixes_are_refused(name: str, fixtures: Path, tmp_path: Path) -> None:
    path, says = fixtures / "mnist.tflite", r"\.npz or \.safetensors"
    with inspector.open(path) as opened, pytest.raises(InputError, match=says):
        save(arrays(opened), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_arrays_are_made_one_at_a_time(tmp_path: Path) -> None:
    count, elements = 20, 1 << 18
    tensors = [
        tensor(
            f"c{i}",
            (elements,),
            type=TYPES["int8"],
            buffer=1,
            quantization=quantization([0.5], [0]),
        )
        for i in range(count)
    ]
    graph = subgraph([*tensors, tensor("x")], inputs=[count])
    path = write(tmp_path / "m.tflite", model([graph], [bytes(elements)]))
    with inspector.open(path) as opened:
        tracemalloc.start()
        save(arrays(opened), tmp_path / "w.npz")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4 * 4 * elements < count * 4 * elements / 4
