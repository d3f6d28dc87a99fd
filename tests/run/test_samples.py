"""Random inputs: what may be in them, and that a seed means the same each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import TensorType
from inspector.run.inputs import inputs_of
from inspector.run.integers import integer_ranges
from inspector.run.samples import sample
from tests.written import code, model, operator, subgraph, tensor, write

CODES = schema.BuiltinOperator
SCALE = Quantization((0.5,), (3,))


def one(dtype: TensorType, shape: tuple[int, ...] = (4, 500), **fields: Any) -> Tensor:
    given = {"shape_signature": (), "buffer": 0, "is_variable": False, "quantization": None}
    return Tensor(0, 0, "x", shape, dtype=dtype, sparsity=None, **{**given, **fields})


def drawn(wanted: Tensor) -> np.ndarray:
    return sample([wanted], seed=5)[0]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_lie_between_minus_one_and_one(dtype: str) -> None:
    found = drawn(one(TensorType[dtype.upper()]))
    assert found.dtype == dtype and found.shape == (4, 500)
    assert -1 <= found.min() < -0.9 and 0.9 < found.max() <= 1


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_quantised_integers_fill_their_type(dtype: str) -> None:
    found, limits = drawn(one(TensorType[dtype.upper()], quantization=SCALE)), np.iinfo(dtype)
    assert found.dtype == dtype
    assert found.min() < limits.min * 0.95 + 5 and found.max() > limits.max * 0.95


def test_large_inputs_are_drawn_in_parts_and_are_the_same() -> None:
    """Whole, the random numbers of an input take eight bytes each."""
    shape = (3, 2_000_000)
    numbers = np.random.default_rng([5, 0]).uniform(-1, 1, shape)
    np.testing.assert_array_equal(drawn(one(TensorType.FLOAT32, shape)), numbers.astype(np.float32))
    numbers = np.random.default_rng([5, 0]).integers(-128, 127, shape, np.int64, endpoint=True)
    np.testing.assert_array_equal(drawn(one(TensorType.INT8, shape, quantization=SCALE)), numbers)


def test_other_types() -> None:
    assert set(drawn(one(TensorType.BOOL)).ravel().tolist()) == {False, True}
    assert not drawn(one(TensorType.INT32)).any()
    assert drawn(one(TensorType.STRING, (2,))).tolist() == [b"", b""]
    complex_ = drawn(one(TensorType.COMPLEX64))
    assert complex_.dtype == np.complex64 and complex_.imag.std() > 0.5
    assert drawn(one(TensorType.BFLOAT16)).dtype == ml_dtypes.bfloat16
    assert set(drawn(one(TensorType.INT4, quantization=SCALE)).ravel().tolist()) == {*range(-8, 8)}
    with pytest.raises(inspector.ModelError, match="resource"):
        drawn(one(TensorType.RESOURCE))


def test_open_dimensions_are_one() -> None:
    assert drawn(one(TensorType.FLOAT32, (-1, 3, -1))).shape == (1, 3, 1)


def test_a_seed_and_an_index_name_a_sample() -> None:
    wanted = [one(TensorType.FLOAT32), one(TensorType.INT8, quantization=SCALE)]
    first, again, other = sample(wanted, 1), sample(wanted, 1, 0), sample(wanted, 1, 1)
    assert all(map(np.array_equal, first, again))
    assert not any(map(np.array_equal, first, other))
    assert np.array_equal(first[0], np.random.default_rng(1).uniform(-1, 1, (4, 500)).astype("f4"))
    with pytest.raises(inspector.InputError, match="below 0"):
        sample(wanted, -1)


def looked_up(path: Path, second: int, third: int | None = None) -> Path:
    """`ids` into a table of 7 rows, and through operators `second` and `third` elsewhere."""
    int32 = schema.TensorType.INT32
    tensors = [tensor("ids", (3,), type=int32), tensor("table", (7, 2), buffer=1)]
    tensors += [tensor("rows", (3, 2)), tensor("other", (3,), type=int32)]
    operators = [operator([1, 0], [2]), operator([0, 0], [3], opcodeIndex=1)]
    codes, outputs = [code(schema.BuiltinOperator.GATHER), code(second)], [2, 3]
    if third is not None:
        tensors.append(tensor("more", (3, 2)))
        operators.append(operator([1, 3], [4], opcodeIndex=2))
        codes.append(code(third))
        outputs.append(4)
    graph = subgraph(tensors, operators, inputs=[0], outputs=outputs)
    return write(path, model([graph], [b"\0" * 56], operatorCodes=codes))


def ranges(path: Path) -> dict[int, range]:
    with inspector.open(path) as opened:
        return integer_ranges(opened, opened.subgraphs[0])


def test_an_index_into_a_table_is_one_of_its_rows(tmp_path: Path) -> None:
    path = looked_up(tmp_path / "m.tflite", CODES.EQUAL)
    assert ranges(path) == {0: range(7)}
    with inspector.open(path) as opened:
        inputs = inputs_of(opened)
        ids = np.stack([inputs.read([], 0, index)[0] for index in range(50)])
    assert set(ids.ravel().tolist()) == {*range(7)}


def test_an_index_may_be_reckoned_with_unless_an_index_comes_of_it(tmp_path: Path) -> None:
    assert ranges(looked_up(tmp_path / "a.tflite", CODES.ADD)) == {0: range(7)}
    path = looked_up(tmp_path / "b.tflite", CODES.ADD, CODES.GATHER)
    assert ranges(path) == {}
    with inspector.open(path) as opened:
        assert not inputs_of(opened).read([], 0)[0].any()


def test_a_divisor_is_never_zero_and_other_numbers_are_small(tmp_path: Path) -> None:
    int32 = schema.TensorType.INT32
    tensors = [tensor(name, (50,), type=int32) for name in ("a", "b", "quotient", "rest")]
    operators = [operator([0, 1], [2]), operator([2, 0], [3], opcodeIndex=1)]
    codes = [code(CODES.FLOOR_DIV), code(CODES.SUB)]
    graph = subgraph(tensors, operators, inputs=[0, 1], outputs=[3])
    path = write(tmp_path / "m.tflite", model([graph], operatorCodes=codes))
    assert ranges(path) == {0: range(-9, 10), 1: range(1, 10)}


def test_what_may_be_a_shape_is_zero(tmp_path: Path) -> None:
    int32 = schema.TensorType.INT32
    tensors = [tensor("shape", (2,), type=int32), tensor("value", ()), tensor("filled", (2, 2))]
    graph = subgraph(tensors, [operator([0, 1], [2])], inputs=[0, 1], outputs=[2])
    path = write(tmp_path / "m.tflite", model([graph], operatorCodes=[code(CODES.FILL)]))
    assert ranges(path) == {}
