"""Weights in blocks of 4x16 are brought in order: they are what their kernel multiplies by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.weights.export import Values, arrays
from inspector.weights.layouts import Layout
from inspector.weights.slots import Skipped
from tests.one_operator import run
from tests.weights.captured import by_use
from tests.weights.constants import quantization
from tests.written import code, made, model, operator, subgraph, tensor, write

ROWS, COLUMNS = 8, 32
INPUT_SCALE, KERNEL_SCALE, OUTPUT_SCALE = 1 / 64, 1 / 32, 1 / 128
TYPES = schema.TensorType
rng = np.random.default_rng(0)
STORED = rng.integers(0, 256, (ROWS, COLUMNS), np.uint8)
BIAS = rng.integers(-3000, 3000, ROWS, np.int32)


def shuffled(
    folder: Path, shape: tuple[int, int] = (ROWS, COLUMNS), dtype: int = TYPES.UINT8
) -> Path:
    """One FULLY_CONNECTED whose weights, the bytes of `STORED`, are in blocks."""
    quantized = [(INPUT_SCALE, 128), (KERNEL_SCALE, 128), (INPUT_SCALE * KERNEL_SCALE, 0)]
    quantized += [(OUTPUT_SCALE, 0)]
    x, w, b, y = (quantization([scale], [zero]) for scale, zero in quantized)
    tensors = [
        tensor("x", (1, shape[1]), type=TYPES.UINT8, quantization=x),
        tensor("w", shape, type=dtype, quantization=w, buffer=1),
        tensor("b", (shape[0],), type=TYPES.INT32, quantization=b, buffer=2),
        tensor("y", (1, shape[0]), type=TYPES.INT16, quantization=y),
        tensor("workspace", (1, shape[1]), type=TYPES.UINT8, quantization=x),
    ]
    options = made(
        schema.FullyConnectedOptionsT,
        weightsFormat=schema.FullyConnectedOptionsWeightsFormat.SHUFFLED4x16INT8,
    )
    kind = schema.BuiltinOptions.FullyConnectedOptions
    node = operator([0, 1, 2], [3, 4], builtinOptions=options, builtinOptionsType=kind)
    codes = [code(schema.BuiltinOperator.FULLY_CONNECTED, version=2)]
    graph = subgraph(tensors, [node], inputs=[0], outputs=[3])
    found = model([graph], [STORED.tobytes(), BIAS.tobytes()], operatorCodes=codes)
    return write(folder / "m.tflite", found)


@pytest.mark.parametrize(
    ("layout", "key"), [(Layout.KERAS, "dense/kernel"), (Layout.TORCH, "dense.weight")]
)
def test_they_compute_what_the_kernel_computes(layout: Layout, key: str, tmp_path: Path) -> None:
    path = shuffled(tmp_path)
    x = rng.integers(0, 256, (1, COLUMNS), np.uint8)
    expected = run(path, [x], OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)[0]
    found = by_use(path, layout)
    kernel = found[key] if layout is Layout.KERAS else found[key].T
    bias = found[f"dense{key[5]}bias"]
    y = (x.astype(np.float64) - 128) * INPUT_SCALE @ kernel + bias
    stored = np.clip(np.round(y / OUTPUT_SCALE), -32768, 32767)
    assert np.abs(stored - expected).max() <= 1  # the multiplier is of 31 bits
    assert np.abs(expected).max() > 1000


def test_as_stored_they_are_the_integers_that_the_kernel_reads(tmp_path: Path) -> None:
    with inspector.open(shuffled(tmp_path)) as opened:
        found = list(arrays(opened, Layout.TFLITE, Values.STORED))
    kernel = next(each[1] for each in found if not isinstance(each, Skipped))
    np.testing.assert_array_equal(kernel, STORED.view(np.int8))


@pytest.mark.parametrize(
    ("shape", "dtype", "says"),
    [
        ((4, 64), TYPES.INT8, "are int8"),
        ((16, 16), TYPES.UINT8, ""),
        ((2, 128), TYPES.UINT8, "blocks of 4x16"),
        ((32, 8), TYPES.UINT8, "blocks of 4x16"),
    ],
)
def test_what_no_blocks_fill_is_left_out_with_the_reason(
    shape: tuple[int, int], dtype: int, says: str, tmp_path: Path
) -> None:
    with inspector.open(shuffled(tmp_path, shape, dtype)) as opened:
        skipped = [each.reason for each in arrays(opened) if isinstance(each, Skipped)]
    reasons = [reason for reason in skipped if "FULLY_CONNECTED" in reason]
    assert len(reasons) == bool(says) and all(says in reason for reason in reasons)
