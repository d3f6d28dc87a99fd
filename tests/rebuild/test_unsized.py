"""Tensors whose sizes depend on what the model is given: the script goes by each call's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.rebuild.networks import Graph, Network, check

ONE = np.array([0, 0, 1, 0, 0, 0], "float32")
MANY = np.array([1, 0, 2, 3, 0, 4], "float32")


def found(network: Network) -> tuple[Graph, int, int]:
    """A model that begins with the places of what is not 0: x [6] and places [n, 1]."""
    main = network.graph("main")
    x = main.input((6,))
    return main, x, main.op("WHERE", [x], main.tensor((-1, 1), "int64"))


def test_its_shape_is_no_constant(tmp_path: Path) -> None:
    network = Network()
    main, _, places = found(network)
    main.outputs = [main.op("SHAPE", [places], main.tensor((2,), "int32"), outType=2)]
    path = network.write(tmp_path / "m.tflite")
    assert '"shape"' in check(path, tmp_path, [ONE], [MANY]).source


def test_its_rank_is(tmp_path: Path) -> None:
    network = Network()
    main, _, places = found(network)
    main.outputs = [main.op("RANK", [places], main.tensor((), "int32"))]
    check(network.write(tmp_path / "m.tflite"), tmp_path, [ONE], [MANY])


def test_elements_are_picked_and_put_into_another_shape(tmp_path: Path) -> None:
    network = Network()
    main, x, places = found(network)
    picked = main.op("GATHER_ND", [x, places], main.tensor((-1,)))
    column = main.op("RESHAPE", [picked, main.constant([-1, 1], "int32")], main.tensor((-1, 1)))
    row = main.op("EXPAND_DIMS", [picked, main.constant(0, "int32")], main.tensor((1, -1)))
    both = main.op("MUL", [column, row], main.tensor((-1, -1)))
    flat = main.op("SQUEEZE", [column], main.tensor((-1,)), squeezeDims=[1])
    main.outputs = [both, flat]
    check(network.write(tmp_path / "m.tflite"), tmp_path, [ONE], [MANY])


def test_it_sizes_others(tmp_path: Path) -> None:
    network = Network()
    main, _, places = found(network)
    sizes = main.op("SHAPE", [places], main.tensor((2,), "int32"), outType=2)
    zeros = main.op("FILL", [sizes, main.constant(0.5)], main.tensor((-1, 1)))
    first = main.op(
        "STRIDED_SLICE",
        [sizes, *(main.constant([v], "int32") for v in (0, 1, 1))],
        main.tensor((), "int32"),
        shrinkAxisMask=1,
    )
    numbers = [main.constant(v, "int32") for v in (0, 1)]
    count = main.op("RANGE", [numbers[0], first, numbers[1]], main.tensor((-1,), "int32"))
    main.outputs = [zeros, count]
    check(network.write(tmp_path / "m.tflite"), tmp_path, [ONE], [MANY])


def test_a_slice_of_it_ends_where_it_ends(tmp_path: Path) -> None:
    network = Network()
    main, _, places = found(network)
    begin, size = main.constant([0, 0], "int32"), main.constant([-1, 1], "int32")
    main.outputs = [main.op("SLICE", [places, begin, size], main.tensor((-1, 1), "int64"))]
    check(network.write(tmp_path / "m.tflite"), tmp_path, [ONE], [MANY])
