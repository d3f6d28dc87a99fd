"""A constant that cannot be read is told, with where and why; the rest is written, the code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from inspector.cli.main import run
from tests.weights.constants import TYPES, quantization
from tests.written import made, model, subgraph, tensor, write


def bad(dtype: str, shape: tuple[int, ...], stored: bytes, **fields: Any) -> tuple[Any, bytes]:
    """A constant and its bytes."""
    return tensor("bad", shape, type=TYPES[dtype], buffer=1, **fields), stored


def sparse(indices: list[int], values: bytes, size: int = 2) -> tuple[Any, bytes]:
    """A constant of shape [2, 4] with one compressed level."""
    vectors = {
        "arraySegmentsType": schema.SparseIndexVector.Int32Vector,
        "arraySegments": made(schema.Int32VectorT, values=[0, 1, len(indices)]),
        "arrayIndicesType": schema.SparseIndexVector.Int32Vector,
        "arrayIndices": made(schema.Int32VectorT, values=indices),
    }
    levels = [
        made(schema.DimensionMetadataT, format=0, denseSize=size),
        made(schema.DimensionMetadataT, format=1, **vectors),
    ]
    fields = {"traversalOrder": [0, 1], "blockMap": [], "dimMetadata": levels}
    return bad("float32", (2, 4), values, sparsity=made(schema.SparsityParametersT, **fields))


CASES: dict[str, tuple[Callable[[], tuple[Any, bytes]], str]] = {
    "a buffer that is too short": (lambda: bad("float32", (3,), bytes(8)), "8 stored bytes"),
    "a buffer that is too long": (lambda: bad("int8", (3,), bytes(4)), "4 stored bytes"),
    "too few packed bytes": (lambda: bad("int4", (5,), bytes(2)), "2 stored bytes"),
    "too few scales": (
        lambda: bad("int8", (3, 2), bytes(6), quantization=quantization([1, 2], [0, 0])),
        "2 scales do not fit",
    ),
    "too many zero points": (
        lambda: bad("int8", (2, 2), bytes(4), quantization=quantization([1, 2], [0] * 3)),
        "3 zero points",
    ),
    "indices outside of the shape": (lambda: sparse([0, 4], bytes(8)), "do not fit its dimension"),
    "more rows than the shape has": (lambda: sparse([0, 1], bytes(8), 9), "dense level"),
    "fewer values than leaves": (lambda: sparse([0, 1], bytes(4)), "1 stored values"),
    "strings that lie outside": (
        lambda: bad("string", (1,), np.array([1, 12, 99], "<i4").tobytes()),
        "offsets",
    ),
}


@pytest.mark.parametrize("how", [[], ["--raw"]], ids=["dequantized", "raw"])
@pytest.mark.parametrize("case", CASES)
def test_it_is_skipped_and_the_rest_is_written(
    case: str, how: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, says = CASES[case]
    constant, stored = make()
    good = tensor("good", (2,), buffer=2)
    graph = subgraph([constant, good, tensor("x")], inputs=[2])
    path = write(tmp_path / "m.tflite", model([graph], [stored, bytes(8)]))
    code = run(["weights", str(path), "-o", str(tmp_path / "w.npz"), "--json", *how])
    found = json.loads(capsys.readouterr().out)
    (skipped,) = found["skipped"]
    assert code == 2 and (skipped["subgraph"], skipped["tensor"]) == (0, 0)
    assert says in skipped["reason"]
    assert np.load(tmp_path / "w.npz").files == ["unused_1/value"]
    assert run(["weights", str(path), "--check", str(tmp_path / "w.npz"), "--json", *how]) == 2
    assert json.loads(capsys.readouterr().out)["verdict"] == "incomplete"
