"""Dequantised constants equal what LiteRT's reference kernel of DEQUANTIZE computes, bit for bit.

(Its optimised kernel for vector units adds `-zero_point * scale` instead, and rounds twice.)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import ModelError
from inspector.weights.decode import dequantize, real
from inspector.weights.export import arrays
from inspector.weights.quantized import Scales, affine
from inspector.weights.save import listing
from tests.weights.constants import TYPES, litert_values, quantization, unpacking
from tests.written import code, made, model, operator, subgraph, tensor, write

rng = np.random.default_rng(5)
ODD_SHAPE = (3, 5, 7)


def packed(values: np.ndarray, bits: int) -> bytes:
    """Small integers, the first in the lowest bits of the first byte."""
    places = [(int(value) & (2**bits - 1)) << i * bits for i, value in enumerate(values.flat)]
    return sum(places).to_bytes(-(-values.size * bits // 8), "little")


def integers(dtype: str, shape: tuple[int, ...] = ODD_SHAPE) -> tuple[np.ndarray, bytes]:
    """Random values of a type over its whole range, and how they are stored."""
    small = {"int2": (-2, 2), "int4": (-8, 8), "uint4": (0, 16)}
    low, high = small.get(dtype) or (np.iinfo(dtype).min, np.iinfo(dtype).max + 1)
    values = rng.integers(low, high, shape)
    if dtype in small:
        return values, packed(values, int(dtype[-1]))
    return values, values.astype(dtype).tobytes()


def real_values(path: Path) -> np.ndarray:
    with inspector.open(path) as opened:
        found = real(opened, opened.subgraphs[0], 1)
    assert found is not None
    return found


@pytest.mark.parametrize("dtype", ["int2", "int4", "uint4", "int8", "uint8", "int16"])
def test_per_tensor(dtype: str, tmp_path: Path) -> None:
    _, stored = integers(dtype)
    zero_point = 0 if dtype == "int16" else 1
    scales = quantization([0.0123456789], [zero_point])
    path = unpacking(
        tmp_path / "m.tflite", "DEQUANTIZE", dtype, ODD_SHAPE, stored, quantization=scales
    )
    np.testing.assert_array_equal(real_values(path), litert_values(path)[1])


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["int2", "int4", "int8", "uint8"])
def test_per_channel(dtype: str, axis: int, tmp_path: Path) -> None:
    _, stored = integers(dtype)
    channels = ODD_SHAPE[axis]
    zero_points = rng.integers(-100, 100, channels).tolist()
    scales = quantization(rng.uniform(1e-9, 1e3, channels).tolist(), zero_points, axis)
    path = unpacking(
        tmp_path / "m.tflite", "DEQUANTIZE", dtype, ODD_SHAPE, stored, quantization=scales
    )
    np.testing.assert_array_equal(real_values(path), litert_values(path)[1])


def biased(path: Path, axis: int) -> Path:
    """A depthwise convolution whose kernel (tensor 1) is zeros; of its bias (2), `axis` is told."""
    scales, pixel = [0.25, 0.5, 1.0, 2.0], [1, 1, 1, 4]
    own = [quantization([scale * 0.5 for scale in scales], [0] * 4, axis)]
    kinds = [quantization([0.5], [0]), quantization(scales, [0] * 4, 3), *own]
    tensors = [
        tensor("x", pixel, type=TYPES["int8"], quantization=kinds[0]),
        tensor("kernel", pixel, type=TYPES["int8"], buffer=1, quantization=kinds[1]),
        tensor("bias", [4], type=TYPES["int32"], buffer=2, quantization=kinds[2]),
        tensor("y", pixel, type=TYPES["int8"], quantization=quantization([0.125], [0])),
    ]
    options = made(schema.DepthwiseConv2DOptionsT, strideW=1, strideH=1, depthMultiplier=1)
    kind = schema.BuiltinOptions.DepthwiseConv2DOptions
    convolution = operator([0, 1, 2], [3], builtinOptions=options, builtinOptionsType=kind)
    graph = subgraph(tensors, [convolution], inputs=[0], outputs=[3])
    codes = [code(schema.BuiltinOperator.DEPTHWISE_CONV_2D, version=3)]
    bias = np.array([4, -3, 2, 1], np.int32)
    return write(path, model([graph], [bytes(4), bias.tobytes()], operatorCodes=codes))


def test_the_scales_of_a_bias_go_along_its_only_axis(tmp_path: Path) -> None:
    """Whatever dimension the file names. LiteRT, which takes 0 alone, gives the bias itself."""
    expected = litert_values(biased(tmp_path / "right.tflite", axis=0))[3] * np.float32(0.125)
    with inspector.open(biased(tmp_path / "odd.tflite", axis=3)) as opened:
        found = real(opened, opened.subgraphs[0], 2)
    np.testing.assert_array_equal(found, expected.ravel())


@pytest.mark.parametrize("scale", [1e-42, 3e38, float("inf"), float("nan"), 0.0, -0.5])
def test_scales_at_the_ends_of_float32(scale: float, tmp_path: Path) -> None:
    _, stored = integers("int8")
    scales = quantization([scale], [3])
    path = unpacking(
        tmp_path / "m.tflite", "DEQUANTIZE", "int8", ODD_SHAPE, stored, quantization=scales
    )
    np.testing.assert_array_equal(real_values(path), litert_values(path)[1])


def test_float16_is_widened_exactly(tmp_path: Path) -> None:
    every = np.arange(1 << 16, dtype=np.uint16)
    path = unpacking(tmp_path / "m.tflite", "DEQUANTIZE", "float16", [1 << 16], every.tobytes())
    np.testing.assert_array_equal(real_values(path), litert_values(path)[1])


def test_blockwise_scales_are_a_tensor_of_the_subgraph(tmp_path: Path) -> None:
    values, stored = integers("int4", (6, 8))
    scale = rng.uniform(0.01, 1, (6, 2)).astype(np.float16)
    details = made(schema.BlockwiseQuantizationT, scales=1, zeroPoints=-1, blockSize=4)
    path = block_model(
        tmp_path, stored, scale, details, schema.QuantizationDetails.BlockwiseQuantization
    )
    expected = values.reshape(6, 2, 4).astype(np.float32) * scale.astype(np.float32)[..., None]
    with inspector.open(path) as opened:
        found = real(opened, opened.subgraphs[0], 0)
    np.testing.assert_array_equal(found, expected.reshape(6, 8))


def test_an_export_tells_tensors_of_scales_from_unused_ones(tmp_path: Path) -> None:
    _, stored = integers("int4", (6, 8))
    details = made(schema.BlockwiseQuantizationT, scales=1, zeroPoints=-1, blockSize=4)
    kind = schema.QuantizationDetails.BlockwiseQuantization
    path = block_model(tmp_path, stored, np.ones((6, 2), np.float16), details, kind)
    with inspector.open(path) as opened:
        keys = [entry.key for entry in listing(arrays(opened)).arrays]
    assert keys == ["unused_0/value", "scales_1/value"]


def test_multi_axis_scales_have_one_for_each_index_of_two_axes(tmp_path: Path) -> None:
    values, stored = integers("int4", (6, 8))
    scale = rng.uniform(0.01, 1, (6, 8)).astype(np.float16)
    details = made(
        schema.MultiAxisQuantizationT,
        scales=1,
        zeroPoints=-1,
        blockSize=0,
        quantizedDimensions=[0, 1],
    )
    kind = schema.QuantizationDetails.MultiAxisQuantization
    path = block_model(tmp_path, stored, scale, details, kind)
    with inspector.open(path) as opened:
        found = real(opened, opened.subgraphs[0], 0)
    np.testing.assert_array_equal(found, values.astype(np.float32) * scale.astype(np.float32))


def test_blocks_may_extend_along_several_axes(tmp_path: Path) -> None:
    values, stored = integers("int4", (6, 8))
    scale = rng.uniform(0.01, 1, (2, 4)).astype(np.float16)
    details = made(
        schema.BlockwiseQuantizationT, scales=1, zeroPoints=-1, blockSize=0, blockShape=[3, 2]
    )
    kind = schema.QuantizationDetails.BlockwiseQuantization
    expected = values.astype(np.float32) * scale.astype(np.float32).repeat(3, 0).repeat(2, 1)
    with inspector.open(block_model(tmp_path, stored, scale, details, kind)) as opened:
        np.testing.assert_array_equal(real(opened, opened.subgraphs[0], 0), expected)
    details.blockShape = [3, 3]
    with inspector.open(block_model(tmp_path, stored, scale, details, kind)) as opened:
        with pytest.raises(ModelError, match=r"blocks of \[3, 3\] do not fit"):
            real(opened, opened.subgraphs[0], 0)


def block_model(folder: Path, stored: bytes, scale: np.ndarray, details: Any, kind: int) -> Path:
    scales = made(schema.QuantizationParametersT, detailsType=kind, details=details)
    tensors = [
        tensor("weights", (6, 8), type=TYPES["int4"], buffer=1, quantization=scales),
        tensor("scales", scale.shape, type=TYPES["float16"], buffer=2),
        tensor("other"),
    ]
    return write(folder / "m.tflite", model([subgraph(tensors)], [stored, scale.tobytes()]))


@pytest.mark.parametrize(
    ("scale", "zero_point", "axis", "says"),
    [
        ([1, 2], [0, 0], 0, "2 scales"),
        ([1, 2, 3], [0, 0], 0, "2 zero points"),
        ([1, 2, 3], [0], 7, "axis 7"),
        ([1, 2, 3], [0], -1, "axis -1"),
    ],
)
def test_scales_that_do_not_fit_are_refused(
    scale: list[float], zero_point: list[int], axis: int, says: str, tmp_path: Path
) -> None:
    scales = quantization(scale, zero_point, axis)
    path = unpacking(
        tmp_path / "m.tflite", "DEQUANTIZE", "int8", (3, 2), bytes(6), quantization=scales
    )
    with inspector.open(path) as opened, pytest.raises(ModelError, match=says):
        real(opened, opened.subgraphs[0], 1)


def test_integers_without_a_scale_cannot_be_dequantised(tmp_path: Path) -> None:
    path = unpacking(tmp_path / "m.tflite", "DEQUANTIZE", "int8", (6,), bytes(6))
    with inspector.open(path) as opened, pytest.raises(ModelError, match="subgraph 0, tensor 0"):
        dequantize(opened, opened.subgraphs[0].tensors[0], np.zeros(6, np.int8))


def test_a_scalar_has_no_axis(tmp_path: Path) -> None:
    scales = quantization([0.5], [-3])
    path = unpacking(
        tmp_path / "m.tflite", "DEQUANTIZE", "int8", (), bytes([7]), quantization=scales
    )
    found = real_values(path)
    assert found.shape == () and found == litert_values(path)[1] == 5.0


def test_int32_is_scaled_with_one_rounding() -> None:
    stored = rng.integers(-(2**31), 2**31, 1000, dtype=np.int32)
    scale = np.float32(0.0123456789)
    found = affine(stored, Scales(np.array([scale]), np.array([0])))
    np.testing.assert_array_equal(found, (np.float64(scale) * stored).astype(np.float32))
