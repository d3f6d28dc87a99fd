"""SHAPE of what has another size at each turn of a loop; elsewhere the file says what it gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np

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
