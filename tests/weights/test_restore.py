"""Edited arrays put back: what comes of them is read by the interpreter, or by LiteRT's classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import InputError, UnsupportedError
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.restore import restore
from inspector.weights.slots import Skipped
from inspector.weights.values import Values
from tests.run.litert import FIXTURES, interpreter
from tests.shared_models import plain_models
from tests.weights.constants import TYPES
from tests.weights.restored import exported, put_back, stored_bytes
from tests.written import code, made, model, operator, packed, subgraph, tensor, write

BUILTIN = schema.BuiltinOperator
RANDOM = np.random.default_rng(3)


@pytest.fixture
def copied(fixtures: Path, tmp_path: Path) -> Any:
    """A function that copies a fixture to where a test may write."""

    def copy(name: str) -> Path:
        target = tmp_path / name
        target.write_bytes((fixtures / name).read_bytes())
        return target

    return copy


@pytest.mark.parametrize("values", Values)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("name", FIXTURES)
def test_an_unchanged_export_gives_the_same_file(
    name: str, layout: Layout, values: Values, copied: Any
) -> None:
    path = copied(name)
    weights = exported(path, layout=layout, values=values)
    new, changes = put_back(path, weights, layout=layout, values=values)
    assert new.read_bytes() == path.read_bytes() and not changes


@pytest.mark.parametrize("path", plain_models())
def test_an_unchanged_export_of_a_real_model_gives_the_same_file(
    path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "new.tflite"
    with inspector.open(path) as opened:
        assert restore(opened, exported(path), target) == []
    assert target.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("name", ["cnn.tflite", "mnist_float16.tflite"])
def test_edited_weights_are_those_that_the_interpreter_finds(
    name: str, layout: Layout, copied: Any
) -> None:
    path = copied(name)
    weights = exported(path, layout=layout)
    edited = {
        key: np.float16(RANDOM.normal(size=array.shape)).astype(array.dtype)
        for key, array in weights.items()
        if array.dtype == np.float32
    }
    new, changes = put_back(path, edited, layout=layout)
    assert {key for change in changes for key in change.keys} == set(edited)
    assert all(change.largest_error == 0 for change in changes)
    with inspector.open(new) as opened:
        entries = [each[0] for each in arrays(opened, layout) if not isinstance(each, Skipped)]
        (image,) = (opened.subgraphs[0].tensors[i] for i in opened.subgraphs[0].inputs)
    found = interpreter(new, [np.zeros(image.shape, np.float32)], preserve=True)
    for entry in entries:
        if entry.key in edited:
            held = found.get_tensor(entry.tensor).astype(np.float32)
            expected = np.sort(edited[entry.key], axis=None)
            np.testing.assert_array_equal(np.sort(held, axis=None), expected)
            if entry.transpose:
                np.testing.assert_array_equal(held.transpose(entry.transpose), edited[entry.key])


def test_the_outputs_are_those_of_the_edited_weights(copied: Any) -> None:
    path = copied("mnist.tflite")
    weights = exported(path)
    kernel, bias = np.zeros_like(weights["logits/kernel"]), np.arange(10, dtype=np.float32)
    new, _ = put_back(path, {"logits/kernel": kernel, "logits/bias": bias})
    with inspector.open(new) as opened:
        graph = opened.subgraphs[0]
        image = np.ones(graph.tensors[graph.inputs[0]].shape, np.float32)
    found = interpreter(new, [image])
    scores = found.get_tensor(found.get_output_details()[0]["index"]).reshape(-1)
    assert np.argsort(scores).tolist() == list(range(10))


def two_layers(folder: Path, second: int = 1, **fields: Any) -> Path:
    """Two layers, `a` and `b`, with a kernel each (tensors 1 and 2); `second` is b's buffer."""
    tensors = [
        tensor("x", (1, 2)),
        tensor("w", (3, 2), buffer=1),
        tensor("v", (3, 2), buffer=second, **fields),
        tensor("net/a/MatMul", (1, 3)),
        tensor("net/b/MatMul", (1, 3)),
    ]
    operators = [operator([0, 1], [3]), operator([0, 2], [4])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[3, 4])
    codes, kernel = [code(BUILTIN.FULLY_CONNECTED)], np.arange(6, dtype=np.float32)
    constants = [kernel.tobytes(), kernel.tobytes()]
    return write(folder / "m.tflite", model([graph], constants, operatorCodes=codes))


def test_arrays_of_the_same_bytes_may_be_edited_alike(tmp_path: Path) -> None:
    path = two_layers(tmp_path)
    edited = RANDOM.normal(size=(2, 3)).astype(np.float32)
    new, (change,) = put_back(path, {"a/kernel": edited, "b/kernel": edited})
    assert change.keys == ("a/kernel", "b/kernel") and change.edited == 6
    np.testing.assert_array_equal(exported(new)["b/kernel"], edited)


def test_arrays_of_the_same_bytes_that_differ_are_refused_by_name(tmp_path: Path) -> None:
    path = two_layers(tmp_path)
    weights = exported(path)
    weights["b/kernel"][1, 1] += 1
    with pytest.raises(InputError, match=r"a/kernel and b/kernel are the same values .* in 1;"):
        put_back(path, weights)
    assert not (tmp_path / "new.tflite").exists()


def test_an_array_that_was_left_out_changes_with_its_bytes_and_that_is_told(
    tmp_path: Path,
) -> None:
    path = two_layers(tmp_path)
    new, (change,) = put_back(path, {"a/kernel": np.ones((2, 3), np.float32)})
    assert change.others == ("b/kernel",)
    assert (exported(new)["b/kernel"] == 1).all()


def test_arrays_of_other_bytes_stay(tmp_path: Path) -> None:
    path = two_layers(tmp_path, second=2)
    new, (change,) = put_back(path, {"a/kernel": np.ones((2, 3), np.float32)})
    assert change.others == ()
    assert stored_bytes(new, 2) == stored_bytes(path, 2) != stored_bytes(new, 1)


def test_bytes_seen_as_two_types_are_not_edited_together(tmp_path: Path) -> None:
    path = two_layers(tmp_path, type=TYPES["int32"])
    weights = exported(path)
    assert put_back(path, weights)[1] == []
    weights["a/kernel"][0, 0] = 5
    with pytest.raises(UnsupportedError, match="a/kernel and b/kernel: the same bytes"):
        put_back(path, weights)


def test_integers_are_put_back_as_they_are_stored(copied: Any) -> None:
    path = copied("cnn_int8.tflite")
    weights = exported(path, values=Values.STORED)
    weights["stem/kernel"][...] = RANDOM.integers(-127, 128, weights["stem/kernel"].shape)
    new, (change,) = put_back(path, weights, values=Values.STORED)
    assert (change.keys, change.stored_dtype) == (("stem/kernel",), "int8")
    held = litert_tensor(new, change.tensor)
    np.testing.assert_array_equal(held.transpose(1, 2, 3, 0), weights["stem/kernel"])


def litert_tensor(path: Path, index: int) -> np.ndarray:
    """A constant of a model, as the interpreter holds it."""
    from ai_edge_litert.interpreter import Interpreter

    found = Interpreter(model_path=str(path))
    found.allocate_tensors()
    return np.array(found.get_tensor(index))


def test_constants_behind_the_flatbuffer_are_written_over_there(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32)

    def bytes_with(offset: int) -> bytes:
        held = made(schema.BufferT, offset=offset, size=values.nbytes)
        tensors = [tensor("c", (6,), buffer=1), tensor("x")]
        found = model([subgraph(tensors, inputs=[1])])
        found.buffers.append(held)
        return packed(found)

    flatbuffer = bytes_with(offset=len(bytes_with(offset=1 << 20)))
    path = tmp_path / "m.tflite"
    path.write_bytes(flatbuffer + values.tobytes() + b"and more")
    new, _ = put_back(path, {"unused_0/value": values * 2})
    assert new.read_bytes() == flatbuffer + (values * 2).tobytes() + b"and more"


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("hiden/kernel", lambda a: a, "no array 'hiden/kernel' in the layout keras; is it 'hidden"),
        ("hidden/kernel", lambda a: a.T, r"hidden/kernel: it has shape \[\d+, \d+\], and should"),
        ("hidden/kernel", lambda a: a[..., None], "hidden/kernel: it has shape"),
        (
            "hidden/kernel",
            lambda a: a.astype(np.int8),
            "it is int8, and should be float32; .*--raw",
        ),
        ("hidden/kernel", lambda a: a.astype(complex), "it is complex128, and should be float32"),
        ("hidden/kernel", lambda a: a.astype("V2"), r"it is \|V2, and should be float32"),
        ("hidden/kernel", lambda a: a.astype(ml_dtypes.int4), "it is int4, and should be float32"),
        ("hidden/kernel", lambda a: a.astype(object), "it is object, and should be float32"),
        ("hidden/kernel", lambda a: a * np.nan, r"hidden/kernel: \d+ edited values are NaN"),
        ("hidden/kernel", lambda a: a + np.inf, r"hidden/kernel: \d+ edited values are NaN"),
        ("flatten/shape", lambda a: a.astype(np.int64), "it is int64, and should be int32"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    key: str, change: Any, says: str, copied: Any, tmp_path: Path
) -> None:
    path = copied("mnist_int8.tflite")
    weights = exported(path)
    source = key if key in weights else "hidden/kernel"
    with pytest.raises(InputError, match=says):
        put_back(path, {key: change(weights[source]), "logits/bias": weights["logits/bias"]})
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_arrays_of_another_layout_are_refused(copied: Any) -> None:
    path = copied("mnist.tflite")
    with pytest.raises(InputError, match=r"none of the arrays .* layout keras; .* --layout"):
        put_back(path, {"hidden.weight": np.zeros(3)})


def test_over_an_existing_file_only_by_force(copied: Any) -> None:
    path = copied("mnist.tflite")
    with inspector.open(path) as opened, pytest.raises(InputError, match="--force"):
        restore(opened, {}, path)
