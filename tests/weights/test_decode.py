"""A constant is what a kernel sees of it, wherever it is stored and whatever stands before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import InspectorError, ModelError
from inspector.weights.decode import constant, decode, real
from tests.shared_models import plain_models
from tests.weights.constants import TYPES, litert_values, quantization
from tests.written import code, model, operator, subgraph, tensor, write

CONV_2D = schema.BuiltinOperator.CONV_2D
DEQUANTIZE = schema.BuiltinOperator.DEQUANTIZE
MINE = {"bfloat16": 2, "float8_e4m3fn": 1, "float8_e5m2": 1}


def one_constant(
    folder: Path, dtype: str, shape: tuple[int, ...], stored: bytes, **fields: Any
) -> Path:
    tensors = [tensor("c", shape, type=TYPES[dtype], buffer=1, **fields), tensor("x")]
    return write(folder / "m.tflite", model([subgraph(tensors, inputs=[1])], [stored]))


@pytest.mark.parametrize("name", ["cnn_float16", "mnist_float16"])
def test_float16_weights_are_what_dequantize_gives(name: str, fixtures: Path) -> None:
    path = fixtures / f"{name}.tflite"
    values = litert_values(path)
    with inspector.open(path) as opened:
        graph = opened.subgraphs[0]
        unpacked = [o.outputs[0] for o in graph.operators if o.name == "DEQUANTIZE"]
        assert unpacked
        for index in unpacked:
            np.testing.assert_array_equal(constant(opened, graph, index), values[index])


@pytest.mark.parametrize("name", ["cnn", "cnn_float16", "cnn_dynamic", "cnn_int8"])
def test_stored_values_are_what_the_interpreter_holds(name: str, fixtures: Path) -> None:
    path = fixtures / f"{name}.tflite"
    values = litert_values(path)
    with inspector.open(path) as opened:
        graph = opened.subgraphs[0]
        for stored in filter(opened.is_constant, graph.tensors):
            found = decode(opened, stored)
            assert found.shape == stored.shape
            np.testing.assert_array_equal(found, values[stored.index])


@pytest.mark.parametrize("path", plain_models())
def test_every_constant_of_real_models_has_its_shape(path: Path) -> None:
    with inspector.open(path) as opened:
        for graph in opened.subgraphs:
            for stored in filter(opened.is_constant, graph.tensors):
                assert decode(opened, stored).shape == stored.shape


@pytest.mark.parametrize("dtype", MINE)
def test_types_that_numpy_lacks_are_those_of_ml_dtypes(dtype: str, tmp_path: Path) -> None:
    values = np.array(
        [0, -1.5, 0.25, np.inf if "e4" not in dtype else 2], getattr(ml_dtypes, dtype)
    )
    path = one_constant(tmp_path, dtype, (2, 2), values.tobytes())
    with inspector.open(path) as opened:
        found = decode(opened, opened.subgraphs[0].tensors[0])
    assert found.dtype == values.dtype
    assert found.tolist() == values.reshape(2, 2).tolist()


def test_computed_tensors_are_no_constants(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn_float16.tflite") as opened:
        graph = opened.subgraphs[0]
        assert constant(opened, graph, graph.inputs[0]) is None
        assert constant(opened, graph, graph.outputs[0]) is None
        assert real(opened, graph, graph.outputs[0]) is None


def test_a_ring_of_dequantize_has_no_constant(tmp_path: Path) -> None:
    ring = [operator([0], [1]), operator([1], [0])]
    graph = subgraph([tensor(), tensor()], ring)
    path = write(tmp_path / "m.tflite", model([graph], operatorCodes=[code(DEQUANTIZE)]))
    with inspector.open(path) as opened:
        assert constant(opened, opened.subgraphs[0], 0) is None


def test_shapes_and_axes_stay_integers(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn_int8.tflite") as opened:
        graph = opened.subgraphs[0]
        mean = next(o for o in graph.operators if o.name == "MEAN")
        axes = real(opened, graph, mean.inputs[1])
        assert axes is not None and axes.dtype == np.int32 and axes.tolist() == [1, 2]


def conv_model(folder: Path, bias_scale: Any) -> Path:
    """An int8 convolution of two channels, whose int32 bias has the scales given, or none."""
    int8, int32 = TYPES["int8"], TYPES["int32"]
    tensors = [
        tensor("x", (1, 1, 1, 1), type=int8, quantization=quantization([0.5], [0])),
        tensor(
            "w", (2, 1, 1, 1), type=int8, buffer=1, quantization=quantization([0.25, 2], [0, 0])
        ),
        tensor("b", (2,), type=int32, buffer=2, quantization=bias_scale),
        tensor("y", (1, 1, 1, 2), type=int8, quantization=quantization([1], [0])),
    ]
    graph = subgraph(tensors, [operator([0, 1, 2], [3])], inputs=[0])
    stored = [b"\1\1", np.array([8, 3], "<i4").tobytes()]
    return write(folder / "m.tflite", model([graph], stored, operatorCodes=[code(CONV_2D)]))


def test_a_bias_without_scales_has_those_of_input_times_kernel(tmp_path: Path) -> None:
    with inspector.open(conv_model(tmp_path, None)) as opened:
        found = real(opened, opened.subgraphs[0], 2)
    assert found is not None and found.tolist() == [8 * 0.5 * 0.25, 3 * 0.5 * 2]


def test_a_bias_with_scales_has_its_own(tmp_path: Path) -> None:
    with inspector.open(conv_model(tmp_path, quantization([10, 100], [0, 0]))) as opened:
        found = real(opened, opened.subgraphs[0], 2)
    assert found is not None and found.tolist() == [80, 300]


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        ("float32", (3,), 8),
        ("float32", (-1,), 4),
        ("float32", (-1, -1), 4),
        ("int4", (3,), 1),
        ("int4", (-1, -3), 2),
        ("int8", (1 << 30, 1 << 30), 8),
        ("string", (-1, -1), 12),
        ("resource", (1,), 4),
        ("variant", (1,), 4),
    ],
)
def test_stored_bytes_that_do_not_fit_are_refused(
    dtype: str, shape: tuple[int, ...], size: int, tmp_path: Path
) -> None:
    path = one_constant(tmp_path, dtype, shape, bytes(size))
    with inspector.open(path) as opened, pytest.raises(ModelError, match="subgraph 0, tensor 0: "):
        decode(opened, opened.subgraphs[0].tensors[0])


@pytest.mark.parametrize("scales", [-1, -2, 5])
def test_blockwise_scales_that_are_no_tensor_are_refused(scales: int, tmp_path: Path) -> None:
    details = schema.BlockwiseQuantizationT()
    details.scales, details.zeroPoints, details.blockSize = scales, -1, 2
    params = schema.QuantizationParametersT()
    params.details, params.detailsType = details, schema.QuantizationDetails.BlockwiseQuantization
    path = one_constant(tmp_path, "int8", (4,), bytes(4), quantization=params)
    with inspector.open(path) as opened, pytest.raises(InspectorError, match="its scales"):
        real(opened, opened.subgraphs[0], 0)
