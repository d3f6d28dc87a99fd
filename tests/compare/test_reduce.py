"""The fewest operators that differ, and the folder that shows them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from inspector.compare.reduce import minimize
from tests.compare.faults import planted, reverse, spots
from tests.written import code, model, operator, subgraph, tensor, write

Call = Callable[..., Any]


def fails_with(needed: set[int]) -> Callable[[Sequence[int]], bool]:
    return lambda items: needed <= set(items)


@pytest.mark.parametrize("needed", [{0}, {99}, {3, 70}, {0, 1, 2}, {5, 50, 95}, set(range(100))])
def test_what_is_left_fails_and_nothing_can_be_left_out(needed: set[int]) -> None:
    found = minimize(range(100), fails_with(needed), lambda: True)
    assert set(found) == needed


def test_the_search_stops_when_it_is_told_to() -> None:
    calls = iter(range(5))
    found = minimize(range(100), fails_with({3, 70}), lambda: next(calls, None) is not None)
    assert {3, 70} <= set(found) and len(found) > 2


def shifts(tmp_path: Path, name: str, by: Sequence[float]) -> Path:
    """((x + 100) + 100) - 200, the two constants off by `by`; then CEIL, on another branch, of x.

    An error of 1.2e-4 is 1.2e-6 of what each ADD gives, and half of that of the output's range.
    """
    tensors = [tensor("x", (64,)), tensor("a", (), buffer=1), tensor("b", (), buffer=2)]
    tensors += [tensor("c", (), buffer=3), tensor("x_a", (64,)), tensor("x_a_b", (64,))]
    tensors += [tensor("y", (64,)), tensor("ceil", (64,))]
    operators = [operator([0, 1], [4]), operator([0], [7], opcodeIndex=1)]
    operators += [operator([4, 2], [5]), operator([5, 3], [6])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[6, 7])
    values = [np.array(v, "<f4").tobytes() for v in (100 + by[0], 100 + by[1], -200)]
    codes = [code(), code(schema.BuiltinOperator.CEIL)]
    return write(tmp_path / f"{name}.tflite", model([graph], values, operatorCodes=codes))


def said_by(script: Path) -> float:
    """The difference that a repro script prints, run by itself from elsewhere."""
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, cwd=script.anchor
    )
    found = re.fullmatch(r"largest difference (\S+), in a range of \S+\n", done.stdout)
    assert found, done.stdout
    return float(found[1])


def test_two_operators_are_to_blame_together(tmp_path: Path, tfli: Call) -> None:
    paths = shifts(tmp_path, "a", (0, 0)), shifts(tmp_path, "b", (1.2e-4, 1.2e-4))
    found = tfli("compare", *paths, "-o", tmp_path / "repro", "--json")
    counts = found.json["counts"]
    assert (found.code, counts["SOURCE"], counts["AMPLIFIER"]) == (1, 0, 1)
    assert "operators 0, 2 show the difference" in found.err
    assert said_by(tmp_path / "repro" / "repro.py") == pytest.approx(2.4e-4, rel=0.2)


def test_one_of_them_alone_is_within_tolerance(tmp_path: Path, tfli: Call) -> None:
    paths = shifts(tmp_path, "a", (0, 0)), shifts(tmp_path, "b", (1.2e-4, 0))
    found = tfli("compare", *paths, "-o", tmp_path / "repro")
    assert found.code == 0 and "was not written" in found.err
    assert not (tmp_path / "repro").exists()


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite", "cnn_float16.tflite"])
def test_a_source_is_shown_by_itself(tmp_path: Path, fixtures: Path, tfli: Call, name: str) -> None:
    path, copy = fixtures / name, tmp_path / "copy.tflite"
    spot = list(spots(path))[2]
    copy.write_bytes(planted(path, spot, reverse))
    found = tfli("compare", path, copy, "-o", tmp_path / "repro")
    assert found.code == 1 and f"operator {spot.operator} shows" in found.err
    folder = tmp_path / "repro"
    assert said_by(folder / "repro.py") > 0
    assert (folder / "reference.tflite").stat().st_size < path.stat().st_size
    assert (folder / "candidate.tflite").exists()
    assert tfli("compare", path, copy, "-o", folder).code == 2  # it is there already


def test_a_recording_cannot_be_reduced(tmp_path: Path, fixtures: Path, tfli: Call) -> None:
    acts = tmp_path / "acts.npz"
    assert tfli("capture", fixtures / "cnn.tflite", "-o", acts).code == 0
    found = tfli("compare", fixtures / "cnn.tflite", acts, "-o", tmp_path / "repro")
    assert found.code == 2 and "cannot be run again" in found.err
