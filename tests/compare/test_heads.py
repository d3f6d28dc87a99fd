"""Whether two models name the same class, held against NumPy's sorting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inspector
from inspector.compare.heads import agreement, is_head
from inspector.read.model import Model
from tests.compare.faults import CHANGES, planted, spots
from tests.written import model, packed, subgraph, tensor

SCORES = Model(packed(model([subgraph([tensor("scores", (1, 8))])]))).subgraphs[0].tensors[0]
ROWS = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)


def test_a_head_is_a_row_of_numbers_or_several() -> None:
    assert is_head(SCORES, (1, 8)) and is_head(SCORES, (8,)) and is_head(SCORES, (4, 2))
    assert not (is_head(SCORES, (1, 1)) or is_head(SCORES, (1, 8, 8)) or is_head(SCORES, ()))


def test_shares_are_those_of_sorted_rows() -> None:
    other = ROWS + np.random.default_rng(1).normal(0, 1, ROWS.shape).astype(np.float32)
    found = agreement(SCORES, [(row, changed) for row, changed in zip(ROWS, other, strict=True)])
    best, ranked = ROWS.argmax(axis=1), np.argsort(-other, axis=1)
    assert (found.top_1, found.rows) == ((ranked[:, 0] == best).mean(), 40)
    assert found.top_5 == np.mean([b in row for b, row in zip(best, ranked[:, :5], strict=True)])
    assert 0 < found.top_1 < (found.top_5 or 0)


def test_equal_scores_are_all_the_best() -> None:
    tied, other = np.float32([[2, 2, 1, 0, 0, 0]]), np.float32([[0, 3, 1, 0, 0, 0]])
    assert agreement(SCORES, [(tied, other)]).top_1 == 1
    assert agreement(SCORES, [(other, tied)]).top_1 == 0


def test_few_classes_have_no_top_5_and_nan_is_no_answer() -> None:
    assert agreement(SCORES, [(ROWS[:, :5], ROWS[:, :5])]).top_5 is None
    assert agreement(SCORES, [(ROWS, np.full_like(ROWS, np.nan))]).top_1 < 0.5


@pytest.mark.parametrize("name", ["mnist.tflite", "cnn_int8.tflite"])
def test_they_are_reported_of_each_head(
    tfli: Any, fixtures: Path, tmp_path: Path, name: str
) -> None:
    path, copy = fixtures / name, tmp_path / "copy.tflite"
    same = tfli("compare", path, path, "--samples", "3", "--json").json["outputs"][0]
    assert (same["top_1"], same["top_5"]) == (1, 1)
    last = [spot for spot in spots(path) if spot.operand == 1][-1]
    copy.write_bytes(planted(path, last, CHANGES["reverse"]))
    wrong = tfli("compare", path, copy, "--samples", "3")
    assert "top-1, top-5" in wrong.out and "100%, 100%" not in wrong.out


def test_outputs_of_other_shapes_have_none(tfli: Any, tmp_path: Path) -> None:
    from tests.written import add_model, write

    path = write(tmp_path / "add.tflite", add_model())
    found = tfli("compare", path, path, "--json").json["outputs"][0]
    assert found["top_1"] == 1 and found["top_5"] is None
    assert inspector.open(path).subgraphs[0].tensors[2].shape == (2,)
