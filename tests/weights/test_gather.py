"""Rules gather arrays from stored constants, and put them back where they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.errors import ModelError
from inspector.graph import graph_of
from inspector.weights.decode import decode
from inspector.weights.gather import gather, scatter
from inspector.weights.layouts import Layout
from inspector.weights.rules import Piece, Rule
from inspector.weights.slots import Slot, slots
from tests.one_operator import write
from tests.weights.layer_cases import CASES, LACKED


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("name", [*CASES, *LACKED])
def test_what_was_gathered_is_put_back(name: str, layout: Layout, tmp_path: Path) -> None:
    path = write({**CASES, **LACKED}[name], tmp_path / "m.tflite")
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        stored = {t.index: decode(model, t) for t in graph.tensors if model.is_constant(t)}
        blank = {index: np.zeros_like(values) for index, values in stored.items()}
        for slot in slots(graph, layout, graph_of(graph)):
            assert isinstance(slot, Slot)
            of = {source.operand: source.tensor.index for source in slot.sources}
            array = gather(slot.rule, lambda operand, of=of: stored[of[operand]])
            scatter(slot.rule, array, {operand: blank[index] for operand, index in of.items()})
        for index, values in stored.items():
            np.testing.assert_array_equal(blank[index], values)


def test_a_piece_is_seen_cut_turned_and_shaped() -> None:
    rule = Rule("w", (Piece(0, (2, 3, 4), ((0, 2), (1, 3), (0, 4)), (1, 0, 2), (2, 8)),))
    values = np.arange(24)
    expected = values.reshape(2, 3, 4)[:, 1:3].transpose(1, 0, 2).reshape(2, 8)
    np.testing.assert_array_equal(gather(rule, lambda _: values), expected)


def test_what_a_rule_does_not_take_is_kept() -> None:
    rule = Rule("w", (Piece(0, region=((0, 1), (1, 3))),))
    values = np.zeros((2, 3))
    scatter(rule, np.ones((1, 2)), {0: values})
    assert values.tolist() == [[0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    "rule",
    [
        Rule("w", (Piece(0, view=(5,)),)),
        Rule("w", (Piece(0, region=((0, 2), (0, 4))),)),
        Rule("w", (Piece(0, region=((0, 2),)),)),
        Rule("w", (Piece(0, permutation=(0, 2, 1)),)),
        Rule("w", (Piece(0, shape=(7,)),)),
        Rule("w", (Piece(0), Piece(0, permutation=(1, 0)))),
    ],
)
def test_constants_of_another_shape_are_refused(rule: Rule) -> None:
    with pytest.raises(ModelError, match="its w has"):
        gather(rule, lambda _: np.zeros((2, 3)))


def test_gates_of_different_types_are_not_joined() -> None:
    rule = Rule("w", (Piece(0), Piece(1)))
    values = [np.zeros(2, np.int8), np.zeros(2, np.float32)]
    with pytest.raises(ModelError, match="different types, float32, int8"):
        gather(rule, values.__getitem__)
