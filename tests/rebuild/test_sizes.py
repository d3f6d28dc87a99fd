"""Sizes that the file does not say: of what grows in a loop, and of a batch that is left open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from rebuild.execute import load
from rebuild.folder import write as write_folder
from rebuild.translate.translator import translate
from tests.one_operator import KERNELS, Case, Input, run, write
from tests.rebuild.networks import Network, check


def test_a_loop_that_goes_by_the_size_of_what_it_grows(tmp_path: Path) -> None:
    network = Network()
    main, condition, body = (network.graph(name) for name in ("main", "smaller", "twice"))
    x = main.input((-1, 3))
    grown = main.tensor((-1, 3))
    main.outputs = [main.op("WHILE", [x], grown, condSubgraphIndex=1, bodySubgraphIndex=2)]
    rows = condition.input((-1, 3))
    sizes = condition.op("SHAPE", [rows], condition.tensor((2,), "int32"), outType=2)
    first = condition.op(
        "GATHER", [sizes, condition.constant(0, "int32")], condition.tensor((), "int32")
    )
    limit = condition.constant(9, "int32")
    condition.outputs = [condition.op("LESS", [first, limit], condition.tensor((), "bool"))]
    old = body.input((-1, 3))
    body.outputs = [body.op("CONCATENATION", [old, old], body.tensor((-1, 3)), axis=0)]
    path = network.write(tmp_path / "m.tflite")
    script = check(path, tmp_path, [np.arange(3, dtype="float32").reshape(1, 3)]).source
    assert '"shape"' in script


def pooled(window: int) -> Case:
    """The largest of each window of rows [5, 3]."""
    sizes = [np.array(values, "int64") for values in ((window, 2), (1, 1), (1, 1))]
    operands = [Input((5, 3)), np.float32(0), *sizes]
    return Case("REDUCE_WINDOW", operands, {"reduceFunction": schema.ReduceWindowFunction.MAXIMUM})


@pytest.mark.parametrize("window", [1, 2])
def test_windows_over_an_open_batch_are_refused(window: int, tmp_path: Path) -> None:
    """Those beside it are not: each sample has its own answer."""
    path = write(pooled(window), tmp_path / "m.tflite")
    program = translate(inspector.open(path), dynamic_batch=True)
    if window > 1:
        assert "leave out --dynamic-batch" in program.unsupported[0].reason
        return
    write_folder(program, tmp_path)
    built = load(tmp_path / "model.py")[0].build_model()
    rows = np.random.default_rng(0).normal(size=(10, 3)).astype("float32")
    halves = [run(path, [half], KERNELS[0])[0] for half in (rows[:5], rows[5:])]
    np.testing.assert_array_equal(built(rows), np.concatenate(halves))
