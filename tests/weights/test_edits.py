"""What becomes of edited values on their way to the stored bytes, held against the interpreter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from inspector.errors import InputError, InspectorError, UnsupportedError
from inspector.weights import edits
from inspector.weights.quantized import Scales, affine
from inspector.weights.values import Dtype
from tests.weights.constants import TYPES, litert_values, quantization, unpacking
from tests.weights.restored import exported, one_constant, put_back, stored_bytes
from tests.weights.test_sparse import COMPRESSED, DENSE, encode, thinned
from tests.written import code, model, operator, subgraph, tensor, write

BUILTIN = schema.BuiltinOperator
RANDOM = np.random.default_rng(3)


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
def test_an_export_in_another_float_type_keeps_what_is_not_edited(
    dtype: Any, fixtures: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(fixtures / "cnn_int8.tflite", tmp_path))
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
