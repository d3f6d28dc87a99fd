"""STABLEHLO_CASE: one of several subgraphs, as the interpreter takes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.cli.main import run as tfli
from rebuild.translate.translator import translate
from tests.rebuild.networks import Graph, Network, check

VECTOR = (1, 3)
X = np.array([[1, -2, 3]], "float32")


def branches(network: Network, count: int) -> None:
    """Subgraphs 1, 2, ...: dense layers with 2, 3, ... on their diagonal."""
    for number in range(count):
        graph = network.graph(f"branch_{number}")
        x = graph.input(VECTOR)
        kernel = graph.constant(np.eye(3) * (number + 2))
        graph.outputs = [graph.op("FULLY_CONNECTED", [x, kernel, -1], graph.tensor(VECTOR))]


def chosen(
    order: Sequence[int], index: tuple[tuple[int, ...], str] = ((), "int32"), count: int = 3
) -> tuple[Network, Graph]:
    """A network of a choice among dense layers, by its first input."""
    network = Network()
    main = network.graph("main")
    inputs = [main.input(*index), main.input(VECTOR)]
    options = {"branchSubgraphIndices": list(order)}
    main.outputs = [main.op("STABLEHLO_CASE", inputs, main.tensor(VECTOR), **options)]
    branches(network, count)
    return network, main


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 1, 3, 1)], ids=str)
@pytest.mark.parametrize("shape", [(), (1,)], ids=str)
def test_the_index_says_which(shape: tuple[int, ...], order: list[int], tmp_path: Path) -> None:
    """And one that names none says the last."""
    network, _ = chosen(order, (shape, "int32"))
    path = network.write(tmp_path / "m.tflite")
    calls = [(np.full(shape, number, "int32"), X) for number in range(-2, 6)]
    assert "Choice(" in check(path, tmp_path, *calls).source
    assert tfli(["rebuild", str(path), "-o", str(tmp_path / "out")]) == 0


def test_a_single_branch_is_always_taken(tmp_path: Path) -> None:
    network, _ = chosen([1], count=1)
    calls = [(np.array(number, "int32"), X) for number in (-1, 0, 1)]
    check(network.write(tmp_path / "m.tflite"), tmp_path, *calls)


def test_branches_without_inputs(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    index = main.input((), "int32")
    options = {"branchSubgraphIndices": [2, 1]}
    main.outputs = [main.op("STABLEHLO_CASE", [index], main.tensor(VECTOR), **options)]
    for number in range(2):
        graph = network.graph(f"branch_{number}")
        sides = [graph.constant([[1, 2, number]]), graph.constant([[4, 5, 6]])]
        graph.outputs = [graph.op("ADD", sides, graph.tensor(VECTOR))]
    calls = [(np.array(number, "int32"),) for number in (0, 1)]
    check(network.write(tmp_path / "m.tflite"), tmp_path, *calls)


def test_branches_that_give_other_shapes(tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    inputs = [main.input((), "int32"), main.input(VECTOR)]
    options = {"branchSubgraphIndices": [1, 2]}
    main.outputs = [main.op("STABLEHLO_CASE", inputs, main.tensor((-1, 3)), **options)]
    one, two = network.graph("one"), network.graph("two")
    one.outputs = [one.input(VECTOR)]
    x = two.input(VECTOR)
    two.outputs = [two.op("CONCATENATION", [x, x], two.tensor((2, 3)), axis=0)]
    calls = [(np.array(number, "int32"), X) for number in (0, 1)]
    check(network.write(tmp_path / "m.tflite"), tmp_path, *calls)


def test_an_index_that_is_no_single_int32_is_refused(tmp_path: Path) -> None:
    for index in (((2,), "int32"), ((), "int64")):
        network, _ = chosen([1, 2, 3], index)
        assert "one int32 is wanted" in refused(network, tmp_path)


def test_no_branches_are_refused(tmp_path: Path) -> None:
    network, _ = chosen([])
    assert refused(network, tmp_path) == "it has no branches"


def test_a_branch_that_the_model_lacks_is_refused(tmp_path: Path) -> None:
    network, _ = chosen([1, 2, 7])
    assert refused(network, tmp_path) == "it calls subgraph 7, and the model has 4"


def test_the_kernel_takes_each_other_subgraph_for_a_branch(tmp_path: Path) -> None:
    network, _ = chosen([1, 2])
    other = network.graph("other")
    other.outputs = [other.constant([[1, 2, 3]])]
    assert "subgraph 4 has 0 inputs and 1 outputs" in refused(network, tmp_path)


def refused(network: Network, folder: Path) -> str:
    """Why the model's first operator is not translated."""
    program = translate(inspector.open(network.write(folder / "m.tflite")))
    return program.all_unsupported[0].reason
