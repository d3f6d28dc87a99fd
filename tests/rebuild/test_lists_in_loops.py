"""Loops that write a list turn by turn: the list is cut in two, and joined with what is new.

Converters write TensorFlow's lists so, which recurrent layers fill. Those of TensorFlow 2.3 leave
out the shapes of all that is computed from the list.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inspector
from tests.rebuild.networks import Graph, Network, check

STEPS, UNITS = 4, 3
X = np.arange(STEPS * UNITS, dtype="float32").reshape(STEPS, UNITS) / 7 - 0.5
CLOSED = {"shape": (STEPS, UNITS)}
OPEN, LEFT_OUT = {"shape": (-1, UNITS)}, {"shape": (), "hasRank": False}


def begin_and_rest(body: Graph, place: int) -> tuple[int, int]:
    """[place] and [place, -1], as a converter computes where a list is cut."""
    place = body.op("RESHAPE", [place, body.constant([1], "int32")], body.tensor((1,), "int32"))
    zero, rest = body.constant([0], "int32"), body.constant([-1], "int32")
    return (
        body.op("CONCATENATION", [place, zero], body.tensor((2,), "int32")),
        body.op("CONCATENATION", [place, rest], body.tensor((2,), "int32")),
    )


def turn(body: Graph, sized: dict[str, Any]) -> None:
    """A body that puts twice the row of the sequence into the list, at the turn's place."""
    place, rows, held = body.input((), "int32"), body.input(**sized), body.input(**sized)
    part = OPEN if sized is CLOSED else sized
    one_row = sized | {"shape": sized["shape"][1:]}
    one = body.constant(1, "int32")
    after = body.op("ADD", [place, one], body.tensor((), "int32"))
    row = body.op("GATHER", [rows, place], body.tensor(**one_row))
    row = body.op("ADD", [row, row], body.tensor(**one_row))
    row = body.op("EXPAND_DIMS", [row, body.constant(0, "int32")], body.tensor(**part))
    _, size = begin_and_rest(body, place)
    begin, _ = begin_and_rest(body, after)
    zeros, rest = body.constant([0, 0], "int32"), body.constant([-1, -1], "int32")
    parts = [
        body.op("SLICE", [held, zeros, size], body.tensor(**part)),
        row,
        body.op("SLICE", [held, begin, rest], body.tensor(**part)),
    ]
    body.outputs = [after, rows, body.op("CONCATENATION", parts, body.tensor(**sized))]


def filled(sized: dict[str, Any]) -> Network:
    """A dense layer over a list that a loop has filled."""
    network = Network()
    main, condition, body = map(network.graph, ("main", "cond", "body"))
    place = condition.input((), "int32")
    condition.input(**sized), condition.input(**sized)
    end = condition.constant(STEPS, "int32")
    condition.outputs = [condition.op("LESS", [place, end], condition.tensor((), "bool"))]
    turn(body, sized)
    first = [main.constant(0, "int32"), main.input((STEPS, UNITS)), main.constant(X * 0)]
    last = [main.tensor((), "int32"), main.tensor(**sized), main.tensor(**sized)]
    main.op("WHILE", first, *last, condSubgraphIndex=1, bodySubgraphIndex=2)
    flat = main.op(
        "RESHAPE",
        [last[2], main.constant([1, STEPS * UNITS], "int32")],
        main.tensor((1, STEPS * UNITS)),
    )
    kernel = main.constant(np.linspace(-1, 1, 2 * STEPS * UNITS).reshape(2, -1))
    main.outputs = [main.op("FULLY_CONNECTED", [flat, kernel, -1], main.tensor((1, 2)))]
    return network


@pytest.mark.parametrize(
    "sized", [CLOSED, OPEN, LEFT_OUT], ids=["but for its parts", "open", "left out"]
)
def test_a_list_keeps_its_size(sized: dict[str, Any], tmp_path: Path) -> None:
    path = filled(sized).write(tmp_path / "m.tflite")
    assert inspector.open(path).subgraphs[2].tensors[1].has_rank == bool(sized["shape"])
    rebuilt = check(path, tmp_path, (X,), (-X,))
    assert ("keeps_shapes=True" in rebuilt.source) == (sized is not CLOSED)
    assert 'layers.Dense(2, use_bias=False, name="' in rebuilt.source


def test_ranks_that_are_left_out_become_no_computation(tmp_path: Path) -> None:
    network = Network()
    main, condition, body = map(network.graph, ("main", "cond", "body"))
    place = condition.input((), "int32")
    condition.input(**LEFT_OUT)
    end = condition.constant(2, "int32")
    condition.outputs = [condition.op("LESS", [place, end], condition.tensor((), "bool"))]
    place, x = body.input((), "int32"), body.input(**LEFT_OUT)
    one, zero = body.constant(1, "int32"), body.constant(0, "int32")
    rank = body.op("RANK", [x], body.tensor((), "int32"))
    order = body.op("RANGE", [rank, zero, body.constant(-1, "int32")], body.tensor((2,), "int32"))
    order = body.op("SUB", [order, one], body.tensor((2,), "int32"))
    turned = body.op("TRANSPOSE", [x, order], body.tensor(**LEFT_OUT))
    body.outputs = [body.op("ADD", [place, one], body.tensor((), "int32")), turned]
    square = np.arange(9, dtype="float32").reshape(3, 3)
    first = [main.input((), "int32"), main.input((3, 3))]
    main.outputs = [main.tensor((), "int32"), main.tensor(**LEFT_OUT)]
    main.op("WHILE", first, *main.outputs, condSubgraphIndex=1, bodySubgraphIndex=2)
    calls = [(np.array(n, "int32"), square) for n in (1, 0)]
    assert "ops.transpose(" in check(network.write(tmp_path / "m.tflite"), tmp_path, *calls).source
