"""What the listings tell of the rarer parts of the schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from conftest import Result
from written import made, operator, subgraph, tensor

Tfli = Callable[..., Result]
TYPES = schema.TensorType


def listed(tfli: Tfli, folder: Path, *tensors: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The tensors as objects, and the lines of the table below its headings."""
    path = written.write(folder / "model.tflite", written.model([subgraph([*tensors])]))
    return tfli("tensors", path, "--json").json["tensors"], tfli("tensors", path).out.splitlines()[
        1:
    ]


def quantized(**fields: Any) -> Any:
    return made(schema.QuantizationParametersT, **fields)


def test_a_range_stands_where_there_is_no_scale(tfli: Tfli, tmp_path: Path) -> None:
    one = tensor(quantization=quantized(min=[-1.0], max=[1.5]))
    each = tensor(quantization=quantized(min=[-1.0, -2.0], max=[1.0, 2.0]))
    scaled = tensor(quantization=quantized(min=[0.0], max=[2.0], scale=[0.5], zeroPoint=[0]))
    found, lines = listed(tfli, tmp_path, one, each, scaled)
    assert [t["range"] for t in found] == [
        {"min": [-1.0], "max": [1.5]},
        {"min": [-1.0, -2.0], "max": [1.0, 2.0]},
        {"min": [0.0], "max": [2.0]},
    ]
    assert [t["quantization"] is None for t in found] == [True, True, False]
    for line, words in zip(lines, ["-1 … 1.5", "2 ranges", "0.5 × q"], strict=True):
        assert words in line


def test_a_variant_tells_its_element(tfli: Tfli, tmp_path: Path) -> None:
    held = [made(schema.VariantSubTypeT, shape=[2, -1], type=TYPES.INT32, hasRank=True)]
    unknown = [made(schema.VariantSubTypeT)]
    kind = {"type": TYPES.VARIANT}
    found, lines = listed(
        tfli,
        tmp_path,
        tensor(**kind, variantTensors=held),
        tensor(**kind, variantTensors=unknown),
        tensor(**kind),
    )
    assert [t["variants"] for t in found] == [
        [{"dtype": "int32", "shape": [2, -1]}],
        [{"dtype": "float32", "shape": None}],
        [],
    ]
    for line, words in zip(lines, ["variant of int32 2×?", "variant of float32 ?"], strict=False):
        assert words in line


@pytest.mark.parametrize(
    ("details", "told", "words"),
    [
        (made(schema.CustomQuantizationT, custom=[1, 2, 3]), "custom", "custom, 3 bytes"),
        (made(schema.BlockwiseQuantizationT, scales=1, blockSize=32), "block_size", "blocks of 32"),
        (
            made(schema.MultiAxisQuantizationT, scales=1, quantizedDimensions=[0, 2]),
            "dimensions",
            "axes 0, 2",
        ),
    ],
)
def test_unusual_quantisation_is_named(
    tfli: Tfli, tmp_path: Path, details: Any, told: str, words: str
) -> None:
    kind = getattr(schema.QuantizationDetails, type(details).__name__.removesuffix("T"))
    first = tensor(quantization=quantized(details=details, detailsType=kind))
    found, lines = listed(tfli, tmp_path, first, tensor("scales"))
    assert found[0]["quantization"][told]
    assert words in lines[0]


def test_states_and_inner_tensors_of_an_operator_are_told(tfli: Tfli, tmp_path: Path) -> None:
    found = operator([0, 1], [2], mutatingVariableInputs=[False, True], intermediates=[3])
    tensors = [tensor("x"), tensor("state", isVariable=True), tensor("y"), tensor("gate")]
    graph = subgraph(tensors, [found], inputs=[0], outputs=[2])
    path = written.write(tmp_path / "model.tflite", written.model([graph]))
    (told,) = tfli("ops", path, "--json").json["ops"]
    assert told["mutating_variable_inputs"] == [False, True]
    assert (told["intermediates"], told["calls"]) == ([3], [])
    variables = [t["variable"] for t in tfli("tensors", path, "--json").json["tensors"]]
    assert variables == [False, True, False, False]
