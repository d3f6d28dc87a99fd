"""Integers as stored have scales and zero points beside them that broadcast against them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.manifest import Entry
from inspector.weights.slots import Skipped
from inspector.weights.values import Values
from tests.shared_models import plain_models
from tests.weights.constants import TYPES, quantization
from tests.written import made, model, subgraph, tensor, write

rng = np.random.default_rng(9)


def found_in(path: Path, values: Values, layout: Layout) -> dict[str, tuple[Entry, np.ndarray]]:
    with inspector.open(path) as opened:
        found = list(arrays(opened, layout, values))
    return {each[0].key: each for each in found if not isinstance(each, Skipped)}


def by_broadcasting(entry: Entry, found: dict[str, tuple[Entry, np.ndarray]]) -> np.ndarray:
    """What a user computes from the three arrays."""
    assert entry.scale_key is not None and entry.zero_point_key is not None
    stored, scale, zero_point = (
        found[key][1] for key in (entry.key, entry.scale_key, entry.zero_point_key)
    )
    assert scale.ndim == stored.ndim and scale.dtype == np.float32
    for axis, size in enumerate(stored.shape):
        if scale.shape[axis] not in (1, size):  # blocks
            scale = scale.repeat(size // scale.shape[axis], axis)
    with np.errstate(all="ignore"):
        return (scale.astype(float) * (stored.astype(float) - zero_point)).astype(np.float32)


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("path", plain_models()[::7])
def test_they_give_the_real_values_in_every_layout(path: Path, layout: Layout) -> None:
    raw, real = (found_in(path, values, layout) for values in (Values.STORED, Values.REAL))
    for key, (entry, array) in real.items():
        if entry.dequantized and raw[key][0].scale_key is None:  # a second bias, of zeros
            assert not array.any() and not raw[key][1].any()
        elif entry.dequantized:
            again = by_broadcasting(raw[key][0], raw)
            np.testing.assert_array_equal(again.reshape(array.shape), array, key)
        else:
            assert raw[key][0].scale_key is None
    for entry, _ in raw.values():
        if entry.parameter_of is not None:
            owner = raw[entry.parameter_of][0]
            assert entry.key in (owner.scale_key, owner.zero_point_key)


def test_blocks_have_one_scale_each(tmp_path: Path) -> None:
    scale = rng.uniform(0.01, 1, (6, 2)).astype(np.float16)
    details = made(schema.BlockwiseQuantizationT, scales=1, zeroPoints=-1, blockSize=4)
    kind = schema.QuantizationDetails.BlockwiseQuantization
    fields: dict[str, Any] = {"detailsType": kind, "details": details}
    tensors = [
        tensor(
            *("w", (6, 8)),
            type=TYPES["int4"],
            buffer=1,
            quantization=made(schema.QuantizationParametersT, **fields),
        ),
        tensor("s", (6, 2), type=TYPES["float16"], buffer=2),
        tensor("x"),
    ]
    graph = subgraph(tensors, inputs=[2])
    path = write(tmp_path / "m.tflite", model([graph], [bytes(range(24)), scale.tobytes()]))
    found = found_in(path, Values.STORED, Layout.KERAS)
    entry, _ = found["unused_0/value"]
    assert entry.scale_shape == (6, 2) and entry.quantized_dimension is None
    np.testing.assert_array_equal(found["unused_0/value_scale"][1], scale.astype(np.float32))
    assert found["unused_0/value_zero_point"][1].tolist() == [[0]]


def test_one_scale_has_no_quantised_dimension(tmp_path: Path) -> None:
    kernel = tensor(
        "w", (2, 3), type=TYPES["int8"], buffer=1, quantization=quantization([0.5], [-1])
    )
    graph = subgraph([kernel, tensor("x")], inputs=[1])
    path = write(tmp_path / "m.tflite", model([graph], [bytes(6)]))
    found = found_in(path, Values.STORED, Layout.TFLITE)
    entry, _ = found["unused_0/value"]
    assert (entry.scale, entry.zero_point, entry.quantized_dimension) == ((0.5,), (-1,), None)
    assert found["unused_0/value_scale"][1].tolist() == [[0.5]]
    assert found["unused_0/value_zero_point"][1].tolist() == [[-1]]
