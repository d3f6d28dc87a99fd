"""Compressed constants, against coremltools' own decompression, which it infers values by."""

import numpy as np
import pytest
import torch

from tests.rebuild.coreml.programs import evaluate, mb, samples, target, types

RANDOM = np.random.default_rng(0)
INTEGERS = RANDOM.integers(-128, 128, (6, 4, 3)).astype(np.int8)
FIRST = np.zeros((1,), np.float32)
INT4 = types.nptype_from_builtin(types.int4)
UINT4 = types.nptype_from_builtin(types.uint4)
UINT1 = types.nptype_from_builtin(types.uint1)
UINT2 = types.nptype_from_builtin(types.uint2)


def packed(values, bits):
    """Small unsigned numbers as bytes, least significant bits first."""
    each = (values.reshape(-1, 1) >> np.arange(bits)) & 1
    return np.packbits(each.astype(np.uint8).reshape(-1), bitorder="little")


MASK = np.arange(24).reshape(4, 6) % 3 == 0
NONZERO = RANDOM.normal(size=MASK.sum()).astype(np.float32)
INDICES = RANDOM.integers(0, 4, (6, 2)).astype(np.uint8)
CASES = {
    "affine": lambda: mb.constexpr_affine_dequantize(
        quantized_data=INTEGERS, zero_point=np.int8(3), scale=np.float32(0.02), axis=np.int32(0)
    ),
    "affine by channel": lambda: mb.constexpr_affine_dequantize(
        quantized_data=INTEGERS,
        zero_point=np.array([1, -2, 0, 5], np.int8),
        scale=np.array([0.1, 0.2, 0.3, 0.4], np.float32),
        axis=np.int32(1),
    ),
    "affine of float16": lambda: mb.constexpr_affine_dequantize(
        quantized_data=INTEGERS.astype(np.uint8),
        zero_point=np.uint8(128),
        scale=np.float16(0.013),
        axis=np.int32(0),
    ),
    "table of 2 bits": lambda: mb.constexpr_lut_to_dense(
        indices=packed(INDICES, 2),
        lut=np.array([0.5, -1, 2, 7], np.float32),
        shape=np.array([6, 2], np.uint32),
    ),
    "sparse": lambda: mb.constexpr_sparse_to_dense(
        nonzero_data=NONZERO,
        mask=np.packbits(MASK.reshape(-1), bitorder="little"),
        shape=np.array(MASK.shape, np.uint32),
    ),
    "cast": lambda: mb.constexpr_cast(
        source_val=samples(3, 4).astype(np.float16), output_dtype="fp32"
    ),
}
NEWER = {
    "blocks": lambda: mb.constexpr_blockwise_shift_scale(
        data=INTEGERS,
        scale=RANDOM.uniform(0.1, 1, (3, 4, 1)).astype(np.float32),
        offset=RANDOM.integers(-9, 9, (3, 4, 1)).astype(np.int8),
    ),
    "blocks of int4": lambda: mb.constexpr_blockwise_shift_scale(
        data=RANDOM.integers(-8, 8, (4, 8)).astype(INT4),
        scale=RANDOM.uniform(0.1, 1, (4, 2)).astype(np.float16),
    ),
    "blocks of uint4": lambda: mb.constexpr_blockwise_shift_scale(
        data=RANDOM.integers(0, 16, (4, 8)).astype(UINT4),
        scale=RANDOM.uniform(0.1, 1, (4, 1)).astype(np.float32),
        offset=RANDOM.integers(0, 16, (4, 1)).astype(UINT4),
    ),
    "tables of blocks": lambda: mb.constexpr_lut_to_dense(
        indices=INDICES.astype(UINT2), lut=RANDOM.normal(size=(2, 1, 4, 1)).astype(np.float32)
    ),
    "table of vectors": lambda: mb.constexpr_lut_to_dense(
        indices=INDICES.astype(UINT2),
        lut=RANDOM.normal(size=(1, 1, 4, 3)).astype(np.float32),
        vector_axis=1,
    ),
    "sparse": lambda: mb.constexpr_sparse_to_dense(nonzero_data=NONZERO, mask=MASK.astype(UINT1)),
}


def check(build, opset):
    """Compare a constant that takes part in a sum with coremltools' value of it."""
    kept = []

    def constant(x):
        var = build()
        kept.append(var.op.materialized_val_inference())
        return var, mb.identity(x=x)

    found, _ = evaluate(constant, FIRST, opset=opset)
    assert found.dtype == kept[0].dtype
    np.testing.assert_allclose(found, kept[0], rtol=1e-6 if found.dtype == np.float32 else 1e-3)


@pytest.mark.parametrize("name", CASES)
def test_constants(name):
    check(CASES[name], target.iOS16)


@pytest.mark.parametrize("name", NEWER)
def test_constants_of_ios_18(name):
    check(NEWER[name], target.iOS18)


def test_sparse_constants_of_blocks_and_tables():
    """The reference's own examples: the mask goes through, the numbers are scaled or looked up."""
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0]]).astype(UINT1)
    data = np.array([10, 11, 3, 4, 5, 6, 7, 8, 9], np.int8)
    scale = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    offset = np.array([[1, 2, 3, 4]], np.int8)

    def scaled(x):
        return *mb.constexpr_sparse_blockwise_shift_scale(
            data_mask=mask, nonzero_data=data, scale=scale, offset=offset
        ), mb.identity(x=x)

    found_mask, values, _ = evaluate(scaled, FIRST, opset=target.iOS18)
    np.testing.assert_array_equal(found_mask, mask)
    expected = [0.9, 1.8, 0.2, 0.4, 0.6, 0.9, 1.2, 0.7, 1.4]
    np.testing.assert_allclose(values, expected, rtol=1e-6)

    def looked_up(x):
        return *mb.constexpr_lut_to_sparse(
            indices_mask=mask,
            indices_nonzero_data=np.array([0, 1, 1, 0, 1, 1, 0, 0, 1]).astype(UINT1),
            lut=np.array([2.0, 3.0], np.float32).reshape(1, 1, 2, 1),
        ), mb.identity(x=x)

    found_mask, values, _ = evaluate(looked_up, FIRST, opset=target.iOS18)
    np.testing.assert_array_equal(found_mask, mask)
    np.testing.assert_array_equal(values, [2, 3, 3, 2, 3, 3, 2, 2, 3])


@pytest.mark.parametrize("axis", [None, 1])
def test_quantising_while_running(axis):
    x = samples(3, 4, 5, low=-3, high=3)
    scale = np.float32(0.02) if axis is None else np.array([0.01, 0.02, 0.03, 0.005], np.float32)
    zero = np.int8(7) if axis is None else np.array([0, 3, -5, 100], np.int8)
    along = {} if axis is None else {"axis": axis}
    steps, back = evaluate(
        lambda a: (
            q := mb.quantize(input=a, zero_point=zero, scale=scale, output_dtype="int8", **along),
            mb.dequantize(input=q, zero_point=zero, scale=scale, **along),
        ),
        x,
    )
    if axis is None:
        expected = torch.fake_quantize_per_tensor_affine(torch.tensor(x), 0.02, 7, -128, 127)
    else:
        settings = torch.tensor(scale), torch.tensor(zero).int(), axis, -128, 127
        expected = torch.fake_quantize_per_channel_affine(torch.tensor(x), *settings)
    assert steps.dtype == np.int8
    np.testing.assert_allclose(back, expected, rtol=1e-5, atol=1e-6)
