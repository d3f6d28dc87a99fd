"""How tensors say what their integers stand for, in models of LiteRT's schema classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from written import made, subgraph, tensor

import inspector
from inspector.errors import ModelError
from inspector.read.records import Quantization, Range


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """A function that writes a model and opens it."""
    return lambda found: inspector.open(written.write(tmp_path / "model.tflite", found))


def one_tensor(**fields: Any) -> Any:
    """A model of one tensor."""
    return written.model([subgraph([tensor(**fields)])])


def quantized(details: Any, kind: int, **fields: Any) -> Any:
    """A model of four tensors, the first of which has such quantisation details."""
    fields = {"details": details, "detailsType": kind} | fields
    held = made(schema.QuantizationParametersT, **fields)
    others = [tensor(name) for name in ("first", "second", "third")]
    return written.model([subgraph([tensor(quantization=held), *others])])


def test_blockwise_quantisation_names_the_tensors_of_its_scales(opened: Any) -> None:
    details = made(schema.BlockwiseQuantizationT, scales=2, zeroPoints=-1, blockSize=32)
    kind = schema.QuantizationDetails.BlockwiseQuantization
    held = quantized(details, kind, quantizedDimension=1)
    found = opened(held).subgraphs[0].tensors[0].quantization
    assert found is not None
    assert (found.scales, found.zero_points, found.block_size) == (2, -1, 32)
    assert found.dimension == 1


def test_multi_axis_quantisation_names_its_axes(opened: Any) -> None:
    axes = made(schema.MultiAxisQuantizationT, scales=2, zeroPoints=3, quantizedDimensions=[0, 2])
    kind = schema.QuantizationDetails.MultiAxisQuantization
    found = opened(quantized(axes, kind)).subgraphs[0].tensors[0].quantization
    assert found is not None
    assert (found.scales, found.zero_points, found.dimensions) == (2, 3, (0, 2))


@pytest.mark.parametrize(("scales", "zero_points"), [(4, -1), (-1, -1), (2, 4), (2, -2)])
def test_scales_in_a_tensor_that_there_is_not_are_a_fault(
    opened: Any, scales: int, zero_points: int
) -> None:
    details = made(schema.BlockwiseQuantizationT, scales=scales, zeroPoints=zero_points)
    model = opened(quantized(details, schema.QuantizationDetails.BlockwiseQuantization))
    with pytest.raises(ModelError, match=f"tensors {scales} and {zero_points}, and the subgraph"):
        _ = model.subgraphs[0].tensors[0]


def test_a_custom_quantisation_is_told_with_its_place(tmp_path: Path) -> None:
    details = made(schema.CustomQuantizationT, custom=[7, 8, 9])
    held = quantized(details, schema.QuantizationDetails.CustomQuantization, scale=[0.5])
    path = written.write(tmp_path / "model.tflite", held)
    found = inspector.open(path).subgraphs[0].tensors[0].quantization
    assert found is not None
    assert found.custom is not None
    offset, length = found.custom
    assert path.read_bytes()[offset : offset + length] == bytes([7, 8, 9])
    assert found.scale == (0.5,)


def test_ranges_alone_are_no_quantisation(opened: Any) -> None:
    held = made(schema.QuantizationParametersT, min=[-1.0, -2.0], max=[1.0, 0.5])
    model = opened(one_tensor(quantization=held))
    assert model.subgraphs[0].tensors[0].quantization is None
    assert model.value_range(model.subgraphs[0].tensors[0]) == Range((-1.0, -2.0), (1.0, 0.5))


def test_a_range_is_told_beside_the_scale(opened: Any) -> None:
    held = made(schema.QuantizationParametersT, min=[-1.0], max=[1.0], scale=[0.5], zeroPoint=[3])
    model = opened(one_tensor(quantization=held))
    assert model.subgraphs[0].tensors[0].quantization == Quantization((0.5,), (3,))
    assert model.value_range(model.subgraphs[0].tensors[0]) == Range((-1.0,), (1.0,))
