"""Edited arrays put back: what comes of them is read by the interpreter, or by LiteRT's classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import InputError, InspectorError, UnsupportedError
from inspector.weights import edits
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.plan import Change
from inspector.weights.quantized import Scales, affine
from inspector.weights.restore import restore
from inspector.weights.slots import Skipped
from inspector.weights.values import Dtype, Values
from tests.run.litert import FIXTURES, interpreter
from tests.shared_models import plain_models
from tests.weights.constants import TYPES, litert_values, quantization, unpacking
from tests.weights.test_sparse import COMPRESSED, DENSE, encode, thinned
from tests.written import code, made, model, operator, packed, subgraph, tensor, write

BUILTIN = schema.BuiltinOperator
RANDOM = np.random.default_rng(3)


def exported(path: Path, **options: Any) -> dict[str, np.ndarray]:
    """The arrays of a model by key, with the scales beside them if there are; each a copy."""
    with inspector.open(path) as opened:
        found = (each for each in arrays(opened, **options) if not isinstance(each, Skipped))
        return {entry.key: np.array(array) for entry, array in found}


def put_back(
    path: Path, weights: dict[str, np.ndarray], **options: Any
) -> tuple[Path, list[Change]]:
    """The new model, beside the old one, and what changed."""
    target = path.with_name("new.tflite")
    with inspector.open(path) as opened:
        return target, restore(opened, weights, target, force=True, **options)


def one_constant(
    folder: Path, dtype: str, shape: tuple[int, ...], stored: bytes, **fields: Any
) -> Path:
    """A constant that nothing uses, `unused_0/value`."""
    tensors = [tensor("c", shape, type=TYPES[dtype], buffer=1, **fields), tensor("x")]
    return write(folder / "m.tflite", model([subgraph(tensors, inputs=[1])], [stored]))


def stored_bytes(path: Path, buffer: int = 1) -> bytes:
    """A buffer's bytes, as LiteRT's generated classes read them."""
    return bytes(schema.Model.GetRootAs(path.read_bytes(), 0).Buffers(buffer).DataAsNumpy())


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


def quantizing(path: Path, dtype: str, values: np.ndarray, scales: Any) -> Path:
    """A model of one QUANTIZE, from a float constant to the output."""
    tensors = [
        tensor("real", values.shape, buffer=1),
        tensor("stored", values.shape, type=TYPES[dtype], quantization=scales),
    ]
    graph = subgraph(tensors, [operator([0], [1])], inputs=[], outputs=[1])
    return write(path, model([graph], [values.tobytes()], operatorCodes=[code(BUILTIN.QUANTIZE)]))


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point"),
    [
        ("int8", [0.03], [5]),
        ("uint8", [0.02], [128]),
        ("int16", [0.0007], [0]),
        ("int8", [0.01, 0.02, 0.5], [0, 0, 0]),
        ("int8", [0.0123, 0.1, 3.0], [1, -7, 100]),
    ],
)
def test_real_numbers_are_quantised_as_by_litert(
    dtype: str, scale: list[float], zero_point: list[int], tmp_path: Path
) -> None:
    ends, scales = np.iinfo(dtype), quantization(scale, zero_point)
    halves = (np.arange(20) - 9.5) * np.float32(scale[0])  # between two integers
    real = np.concatenate([halves, RANDOM.normal(0, 2, 380), [1e4, -1e4, -0.0, 1e-30]])
    real = np.stack([real.astype(np.float32)] * 3)
    expected = litert_values(quantizing(tmp_path / "q.tflite", dtype, real, scales))[1]
    old = np.full(real.shape, ends.min, dtype).tobytes()
    path = one_constant(tmp_path, dtype, real.shape, old, quantization=scales)
    new, (change,) = put_back(path, {"unused_0/value": real})
    found = np.frombuffer(stored_bytes(new), dtype).reshape(real.shape)
    np.testing.assert_array_equal(found, expected)
    assert change.clamped >= 6 and change.edited == real.size


def test_the_unused_end_of_a_symmetric_type_stays_unused(tmp_path: Path) -> None:
    stored, scales = np.array([-127, 5], np.int8), quantization([1.0], [0])
    path = one_constant(tmp_path, "int8", (2,), stored.tobytes(), quantization=scales)
    new, (change,) = put_back(path, {"unused_0/value": np.array([-500, 500], np.float32)})
    assert np.frombuffer(stored_bytes(new), np.int8).tolist() == [-127, 127]
    assert (change.clamped, change.largest_error, change.changed) == (2, 373, 1)


def test_what_is_not_edited_keeps_its_integer_whatever_the_rounding(tmp_path: Path) -> None:
    """Of int32 with a scale, float32 holds only the first 24 bits."""
    stored = RANDOM.integers(-(2**31), 2**31, 1000).astype(np.int32)
    scales = quantization([0.001], [0])
    path = one_constant(tmp_path, "int32", (1000,), stored.tobytes(), quantization=scales)
    weights = exported(path)
    weights["unused_0/value"][7] = 1
    new, (change,) = put_back(path, weights)
    found = np.frombuffer(stored_bytes(new), np.int32)
    assert np.flatnonzero(found != stored).tolist() == [7] and found[7] == 1000
    assert (change.edited, change.changed) == (1, 1)


@pytest.mark.parametrize("counts", [(1, 1, 1), (1, 12, 1), (1, 1, 5), (1, 4, 1), (1, 6, 5)])
def test_parts_are_converted_with_the_scales_of_their_own(
    counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real numbers that stand for integers come back as those, however the array is cut."""
    monkeypatch.setattr(edits, "BLOCK", 16)
    shape = (1, 12, 5)
    wanted = RANDOM.integers(-128, 128, shape).astype(np.int8)
    scale = RANDOM.uniform(0.01, 1, counts).astype(np.float32)
    scales = Scales(scale, RANDOM.integers(-3, 4, counts))
    real, old = affine(wanted, scales), np.full(shape, -128, np.int8)
    found = edits.edit(old, np.full(shape, np.nan, np.float32), real, scales)
    np.testing.assert_array_equal(found.values, wanted)
    assert (found.edited, found.clamped, found.largest_error) == (60, 0, 0)


@pytest.mark.parametrize("dtype", ["int4", "uint4", "int2"])
def test_packed_integers_are_packed_again(dtype: str, tmp_path: Path) -> None:
    bits = int(dtype[-1])
    low = 0 if dtype.startswith("u") else -(2 ** (bits - 1))
    scales = quantization([0.5], [0])
    real = (RANDOM.integers(0, 2**bits, (3, 5)) + low).astype(np.float32) / 2
    old = bytes(range(128, 128 - (-15 * bits // 8)))
    path = unpacking(
        tmp_path / "m.tflite", "DEQUANTIZE", dtype, real.shape, old, quantization=scales
    )
    before = exported(path)["unused_0/value"]
    np.testing.assert_array_equal(before, litert_values(path)[1])
    new, _ = put_back(path, {"unused_0/value": real})
    assert before.min() == low / 2  # so that all values of the type are allowed
    np.testing.assert_array_equal(litert_values(new)[1], real)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_floats_are_rounded_to_what_is_stored(dtype: str, tmp_path: Path) -> None:
    kind = np.dtype(dtype if dtype == "float16" else getattr(ml_dtypes, dtype))
    path = one_constant(tmp_path, dtype, (50,), bytes(50 * kind.itemsize))
    real = RANDOM.normal(size=50).astype(np.float32)
    new, (change,) = put_back(path, {"unused_0/value": real})
    assert stored_bytes(new) == real.astype(kind).tobytes()
    assert change.largest_error == np.abs(real.astype(kind).astype(float) - real).max()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, ml_dtypes.bfloat16])
def test_an_export_in_another_float_type_keeps_what_is_not_edited(dtype: Any, copied: Any) -> None:
    path = copied("cnn_int8.tflite")
    weights = exported(path)
    other = {k: a.astype(dtype) if a.dtype == np.float32 else a for k, a in weights.items()}
    new, changes = put_back(path, other)
    assert new.read_bytes() == path.read_bytes() and not changes


def test_what_a_narrower_export_made_infinite_stays(tmp_path: Path) -> None:
    stored = np.array([1e30, 2], np.float32)
    path = one_constant(tmp_path, "float32", (2,), stored.tobytes())
    edited = exported(path, dtype=Dtype.FLOAT16)
    edited["unused_0/value"][1] = 3
    new, (change,) = put_back(path, edited)
    assert np.frombuffer(stored_bytes(new), np.float32).tolist() == [np.float32(1e30), 3]
    assert change.edited == 1


def sparse(folder: Path) -> tuple[np.ndarray, Path]:
    """A sparse constant behind DENSIFY, and its dense form."""
    dense = thinned((8, 6), "float32")
    sparsity, stored = encode(dense, [0, 1], {}, [DENSE, COMPRESSED])
    name = ("DENSIFY", "float32", dense.shape, stored)
    return dense, unpacking(folder / "m.tflite", *name, sparsity=sparsity)


def test_sparse_values_are_put_back_where_values_are_stored(tmp_path: Path) -> None:
    dense, path = sparse(tmp_path)
    edited = dense * 1.5
    edited[tuple(np.argwhere(dense)[0])] = 0
    new, _ = put_back(path, {"unused_0/value": edited})
    np.testing.assert_array_equal(litert_values(new)[1], edited)


def test_another_pattern_of_zeros_is_refused(tmp_path: Path) -> None:
    dense, path = sparse(tmp_path)
    dense[tuple(np.argwhere(dense == 0)[0])] = 3
    with pytest.raises(InputError, match=r"unused_0/value: 1 values are not 0 where the file"):
        put_back(path, {"unused_0/value": dense})


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


def test_integers_beyond_their_type_are_refused(tmp_path: Path) -> None:
    path = one_constant(tmp_path, "int4", (2,), b"\xf1")
    with pytest.raises(InputError, match="1 edited values are outside of int4"):
        put_back(path, {"unused_0/value": np.array([8, -1], np.int8)})


def test_floats_beyond_their_type_are_refused(tmp_path: Path) -> None:
    path = one_constant(tmp_path, "float16", (3,), bytes(6))
    with pytest.raises(InputError, match="2 edited values are beyond what float16 holds"):
        put_back(path, {"unused_0/value": np.array([1e5, -1e9, np.inf], np.float32)})


def test_strings_stay_as_they_are(tmp_path: Path) -> None:
    stored = np.array([2, 16, 17, 19], "<i4").tobytes() + b"abc"
    path = one_constant(tmp_path, "string", (2,), stored)
    assert put_back(path, exported(path))[0].read_bytes() == path.read_bytes()
    with pytest.raises(UnsupportedError, match="strings have lengths of their own"):
        put_back(path, {"unused_0/value": np.array([b"a", b"xyz"])})


def test_a_scale_of_zero_cannot_quantise(tmp_path: Path) -> None:
    path = one_constant(tmp_path, "int8", (2,), bytes(2), quantization=quantization([0.0], [0]))
    with pytest.raises(InspectorError, match="a scale of 0 or NaN"):
        put_back(path, {"unused_0/value": np.array([0, -0.0], np.float32)})


def test_over_an_existing_file_only_by_force(copied: Any) -> None:
    path = copied("mnist.tflite")
    with inspector.open(path) as opened, pytest.raises(InputError, match="--force"):
        restore(opened, {}, path)
