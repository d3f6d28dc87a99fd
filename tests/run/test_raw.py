"""Raw bytes against those that NumPy writes."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.run.inputs import Inputs
from tests.run.described import inputs_like
from tests.written import tensor

NAMES = [
    "FLOAT16",
    "FLOAT32",
    "FLOAT64",
    "BFLOAT16",
    "COMPLEX64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
]
NAMES += ["UINT8", "UINT16", "UINT32", "UINT64"]


def of_type(tmp_path: Path, name: str, *shape: int, open_: list[int] | None = None) -> Inputs:
    kind = getattr(schema.TensorType, name)
    return inputs_like(tmp_path / "m", [tensor("x", shape, type=kind, shapeSignature=open_)])


@pytest.mark.parametrize("ending", ["raw", "bin"])
@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_of_an_array_give_it_back(tmp_path: Path, name: str, ending: str) -> None:
    dtype = np.dtype(ml_dtypes.bfloat16 if name == "BFLOAT16" else name.lower())
    array = (np.random.default_rng(1).normal(size=(2, 3)) * 50).astype(dtype)
    (tmp_path / f"x.{ending}").write_bytes(array.tobytes())
    inputs = of_type(tmp_path, name, 2, 3)
    (found,) = inputs.read([str(tmp_path / f"x.{ending}")], 0)
    assert found.dtype == dtype and found.shape == (2, 3) and found.tobytes() == array.tobytes()


def test_any_byte_but_zero_is_true(tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(bytes([0, 1, 2, 255]))
    (found,) = of_type(tmp_path, "BOOL", 4).read([str(tmp_path / "x.raw")], 0)
    assert found.dtype == bool and found.tolist() == [False, True, True, True]


def test_an_open_size_is_what_the_bytes_make_it(tmp_path: Path) -> None:
    (tmp_path / "x.raw").write_bytes(bytes(4 * 3 * 5))
    path = str(tmp_path / "x.raw")
    assert of_type(tmp_path, "FLOAT32", 1, 3, open_=[-1, 3]).read([path], 0)[0].shape == (5, 3)
    several = of_type(tmp_path, "FLOAT32", 1, 1, open_=[-1, -1])
    with pytest.raises(inspector.InputError, match="leaves several sizes open"):
        several.read([path], 0)
    assert several.reshaped(["3,5"]).read([path], 0)[0].shape == (3, 5)


@pytest.mark.parametrize(
    "name, size, words",
    [
        ("FLOAT32", 23, r"x.raw: has 23 bytes; input 'x' of float32 \[2, 3\] takes 24"),
        ("FLOAT32", 6, "has 6 bytes"),
        ("FLOAT32", 0, "has 0 bytes"),
        ("INT8", 24, r"of int8 \[2, 3\] takes 6"),
        ("INT4", 6, "int4, are none; give an array"),
        ("STRING", 6, "string, are none"),
    ],
)
def test_another_number_of_bytes_is_refused(
    tmp_path: Path, name: str, size: int, words: str
) -> None:
    (tmp_path / "x.raw").write_bytes(bytes(size))
    with pytest.raises(inspector.InputError, match=words):
        of_type(tmp_path, name, 2, 3).read([str(tmp_path / "x.raw")], 0)
