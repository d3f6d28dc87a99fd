"""Parts of a graph: what computes a tensor, and what can be run together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.graph import graph_of
from inspector.run.readable import unpacked
from inspector.run.regions import Region, Slice, fed, independent, joined, region_of
from inspector.run.runtime import Runtime
from tests.run.litert import interpreter
from tests.written import model, operator, subgraph, tensor, write


@pytest.fixture
def diamond(tmp_path: Path) -> inspector.Model:
    """left = in + in; right = in + k; out = left + right; each two floats, k a constant."""
    tensors = [tensor(name) for name in ("in", "k", "left", "right", "out")]
    tensors[1].buffer = 1
    operators = [operator([0, 0], [2]), operator([0, 1], [3]), operator([2, 3], [4])]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[4])
    constant = np.array([3, 4], np.float32).tobytes()
    return inspector.open(write(tmp_path / "diamond.tflite", model([graph], [constant])))


def test_a_region_goes_back_to_what_is_known(diamond: inspector.Model) -> None:
    graph = diamond.subgraphs[0]
    edges = graph_of(graph)
    assert region_of(graph, edges, [4], {2, 3}) == Region((2,), (2, 3), (4,))
    assert region_of(graph, edges, [4], {0, 2}) == Region((1, 2), (2, 0), (4,))
    assert region_of(graph, edges, [4], {0}) == Region((0, 1, 2), (0,), (4,))
    with pytest.raises(inspector.RunError, match="depends on input 'in'"):
        region_of(graph, edges, [4], {2})


def test_constants_are_not_fed(diamond: inspector.Model) -> None:
    graph = diamond.subgraphs[0]
    assert fed(diamond, graph, [1]) == (0,)
    assert fed(diamond, graph, [1, 2]) == (0, 2)


def test_a_slice_computes_its_outputs_from_its_feeds(diamond: inspector.Model) -> None:
    part = Slice(diamond, Region((1, 2), (0, 2), (4,)), Runtime())
    for left in ([10, 20], [0, 0]):
        (out,) = part.run([np.ones(2, np.float32), np.array(left, np.float32)])
        assert out.tolist() == [left[0] + 4, left[1] + 5]


def test_groups_keep_apart_what_feeds_each_other(diamond: inspector.Model) -> None:
    regions = [Region((0,), (0,), (2,)), Region((1,), (0,), (3,)), Region((2,), (2, 3), (4,))]
    assert independent(diamond.subgraphs[0], regions) == [[0, 1], [2]]


def test_a_network_falls_into_few_groups_that_run_as_one(fixtures: Path) -> None:
    with inspector.open(fixtures / "cnn.tflite") as opened:
        graph = opened.subgraphs[0]
        image = np.random.default_rng(0).uniform(0, 1, (1, 32, 32, 3)).astype(np.float32)
        whole = interpreter(fixtures / "cnn.tflite", [image], preserve=True)
        regions = [
            Region((op.index,), fed(opened, graph, [op.index]), op.outputs)
            for op in graph.operators
        ]
        groups = independent(graph, regions)
        assert sorted(place for group in groups for place in group) == [*range(15)]
        assert len(groups) <= 3
        for group in groups:
            region = joined([regions[place] for place in group])
            part = Slice(opened, region, Runtime())
            values = part.run([whole.get_tensor(i) for i in region.inputs])
            for index, value in zip(region.outputs, values, strict=True):
                assert np.array_equal(value, whole.get_tensor(index))


def test_unpacked_constants_are_those_behind_a_dequantize(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist_float16.tflite") as opened:
        graph = opened.subgraphs[0]
        expected = {op.outputs[0] for op in graph.operators if op.name == "DEQUANTIZE"}
        assert unpacked(opened, graph, graph_of(graph)) == expected != set()
