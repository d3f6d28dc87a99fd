"""`tfli weights --stats`: each array measured as its layer finds it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.shared_models import FOLDER
from tests.weights.constants import TYPES, litert_values, quantization
from tests.written import code, model, operator, subgraph, tensor, write

BUILTIN = schema.BuiltinOperator
FIELDS = {"elements", "moments", "distinct", "histogram", "channels", "integers"}


def by_key(found: dict[str, Any]) -> dict[str, Any]:
    return {entry["key"]: entry["stats"] for entry in found["arrays"]}


def test_every_array_has_its_statistics(fixtures: Path, tfli: Callable[..., Any]) -> None:
    path = fixtures / "cnn_int8.tflite"
    done = tfli("weights", path, "--stats", "--json")
    values = litert_values(path)
    assert done.code == 0
    for entry in done.json["arrays"]:
        stored, found = values[entry["tensor"]], entry["stats"]
        assert set(found) == FIELDS
        assert found["elements"] == stored.size
        assert found["distinct"] == {"count": np.unique(stored).size, "exact": True}
        assert sum(found["histogram"]["counts"]) == stored.size
        assert (found["channels"] is not None) == entry["key"].endswith("/kernel")
        if found["integers"] and found["integers"]["bits"] is not None:
            assert found["integers"]["at_high"] == np.count_nonzero(stored == 127)


def test_the_numbers_are_those_of_the_exported_array(
    fixtures: Path, tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    path, target = fixtures / "cnn_int8.tflite", tmp_path / "w.npz"
    done = tfli("weights", path, "--stats", "--json", "-o", target)
    arrays = np.load(target)
    for key, found in by_key(done.json).items():
        wide = arrays[key].astype(np.float64)
        assert found["moments"]["minimum"] == wide.min()
        assert found["moments"]["mean"] == pytest.approx(wide.mean(), rel=1e-9, abs=1e-12)
        assert found["moments"]["zeros"] == np.count_nonzero(wide == 0)


def dense(folder: Path, kernel: np.ndarray, **fields: Any) -> Path:
    """A layer `a` with an int8 kernel, [3, 2]."""
    tensors = [
        tensor("x", (1, 2)),
        tensor("w", (3, 2), type=TYPES["int8"], buffer=1, **fields),
        tensor("net/a/MatMul", (1, 3)),
    ]
    graph = subgraph(tensors, [operator([0, 1], [2])], inputs=[0], outputs=[2])
    codes = [code(BUILTIN.FULLY_CONNECTED)]
    return write(folder / "m.tflite", model([graph], [kernel.tobytes()], operatorCodes=codes))


@pytest.mark.parametrize("layout", ["keras", "tflite", "torch"])
def test_dead_channels_and_unused_range_are_told_in_each_layout(
    layout: str, tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    kernel = np.array([[1, 2], [0, 0], [127, -127]], np.int8)
    path = dense(tmp_path, kernel, quantization=quantization([0.1, 0.1, 0.1], [0, 0, 0]))
    (found,) = by_key(tfli("weights", path, "--stats", "--json", "--layout", layout).json).values()
    assert found["channels"] == {"axis": 0, "count": 3, "zero": 1, "constant": 0, "dead": [1]}
    assert (found["integers"]["worst_group"], found["integers"]["worst_bits"]) == (1, 0)
    assert found["integers"]["saturated"] == 2 / 6


def test_one_array_has_a_page(fixtures: Path, tfli: Callable[..., Any]) -> None:
    done = tfli("weights", fixtures / "cnn_int8.tflite", "--stats", "--filter", "stem/kernel")
    lines = done.out.splitlines()
    assert (done.code, lines[0]) == (0, "stem/kernel")
    assert any(line.split()[:1] == ["distinct"] for line in lines)
    assert "none of 16 output channels" in done.out and "█" in done.out


def test_several_have_a_row_each(fixtures: Path, tfli: Callable[..., Any]) -> None:
    done = tfli("weights", fixtures / "cnn_int8.tflite", "--stats", "--raw")
    heading, *rows = done.out.splitlines()
    assert heading.split()[:5] == ["key", "shape", "min", "max", "mean"]
    assert len(rows) == 16


def test_texts_have_no_statistics(tmp_path: Path, tfli: Callable[..., Any]) -> None:
    stored = np.array([1, 12, 13], "<i4").tobytes() + b"a"
    tensors = [tensor("c", (1,), type=TYPES["string"], buffer=1), tensor("x")]
    path = write(tmp_path / "m.tflite", model([subgraph(tensors, inputs=[1])], [stored]))
    assert by_key(tfli("weights", path, "--stats", "--json").json) == {"unused_0/value": None}
    assert "no numbers" in tfli("weights", path, "--stats").out


def test_stacked_gates_are_measured_together(tfli: Callable[..., Any]) -> None:
    path = FOLDER / "networks" / "litert-recommendation_rnn_i10o100.tflite"
    if not path.exists():
        pytest.skip("../shared/models is not there")
    found = by_key(tfli("weights", path, "--stats", "--json").json)
    assert found["lstm/kernel"]["channels"]["count"] == found["lstm/bias"]["elements"]
    assert json.dumps(found["lstm/kernel"]["histogram"])
