"""Recurrent layers in a package: one operation, a loop, or steps; against the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.program import read_package
from rebuild.coreml.recurrent import MOST_STEPS
from tests.conftest import Result
from tests.rebuild.networks import Graph, Network, interpreters, invoke
from tests.written import made

Tfli = Callable[..., Result]
Weight = Callable[..., int]
WIDTH, UNITS = 12, 16
MANY, FEW = MOST_STEPS + 8, 5


class Layer:
    """A network of one recurrent operator over [1, steps, WIDTH]; `weight` makes its matrices."""

    def __init__(self, steps: int, integers: bool = False) -> None:
        self.rng = np.random.default_rng(0)
        self.network, self.steps, self.integers = Network(), steps, integers
        self.graph: Graph = self.network.graph("main")
        self.x = self.graph.input((1, steps, WIDTH), name="x")

    def weight(self, *shape: int) -> int:
        """A matrix that leaves the size of what it is multiplied with as it is."""
        spread = 1 / np.sqrt(shape[-1])
        if not self.integers:
            return self.graph.constant(self.rng.normal(0, spread, shape))
        index = self.graph.constant(self.rng.integers(-127, 128, shape), "int8")
        scale = [float(self.rng.uniform(0.5, 1.5) * spread / 127)]
        grid = made(schema.QuantizationParametersT, scale=scale, zeroPoint=[0])
        self.graph.tensors[index].quantization = grid
        return index

    def vector(self) -> int:
        """A bias."""
        return self.graph.constant(self.rng.normal(size=UNITS))

    def state(self, name: str) -> int:
        """A variable, [1, UNITS]."""
        return self.graph.tensor((1, UNITS), isVariable=True, name=name)

    def way(self) -> list[int]:
        """Four matrices of the inputs, four of the last output, no peepholes, four biases."""
        inputs = [self.weight(UNITS, WIDTH) for _ in range(4)]
        own = [self.weight(UNITS, UNITS) for _ in range(4)]
        return [*inputs, *own, -1, -1, -1, *(self.vector() for _ in range(4)), -1, -1]

    def write(self, path: Path, kind: str, operands: list[int], **options: Any) -> Path:
        """The model, whose output is [1, steps, ...]."""
        units = 2 * UNITS if kind.startswith("BI") else UNITS
        y = self.graph.tensor((1, self.steps, units), name="y")
        self.graph.op(kind, [self.x, *operands], y, fusedActivationFunction=4, **options)
        self.graph.outputs = [y]
        return self.network.write(path)


def lstm(path: Path, steps: int, clip: float = 0.0, integers: bool = False) -> Path:
    layer = Layer(steps, integers)
    operands = [*layer.way(), layer.state("h"), layer.state("c"), -1, -1, -1, -1]
    return layer.write(path, "UNIDIRECTIONAL_SEQUENCE_LSTM", operands, cellClip=clip)


def both_ways(path: Path, steps: int, clip: float = 0.0) -> Path:
    layer = Layer(steps)
    operands = [*layer.way(), *layer.way()]
    states = [layer.state(name) for name in ("h", "c", "h_back", "c_back")]
    operands += [*states, *[-1] * 9]
    options = {"mergeOutputs": True, "cellClip": clip, "timeMajor": False}
    return layer.write(path, "BIDIRECTIONAL_SEQUENCE_LSTM", operands, **options)


def simple(path: Path, steps: int) -> Path:
    layer = Layer(steps)
    weights = [layer.weight(UNITS, WIDTH), layer.weight(UNITS, UNITS), layer.vector()]
    return layer.write(path, "UNIDIRECTIONAL_SEQUENCE_RNN", [*weights, layer.state("h")])


CASES: dict[str, tuple[Callable[[Path], Path], str, int]] = {
    "an LSTM": (lambda path: lstm(path, MANY), "lstm", 1),
    "an LSTM of a few steps": (lambda path: lstm(path, FEW), "lstm", 1),
    "an LSTM whose cell is clipped": (lambda path: lstm(path, MANY, 0.5), "while_loop", 1),
    "a few steps of one": (lambda path: lstm(path, FEW, 0.5), "tanh", 2 * FEW),
    "LSTMs in both directions": (lambda path: both_ways(path, MANY), "lstm", 2),
    "loops in both directions": (lambda path: both_ways(path, MANY, 0.5), "while_loop", 2),
    "a simple RNN": (lambda path: simple(path, MANY), "while_loop", 1),
    "a few steps of a simple RNN": (lambda path: simple(path, FEW), "tanh", FEW),
}


@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_as_small_as_it_can_be(name: str, tfli: Tfli, tmp_path: Path) -> None:
    write, kind, count = CASES[name]
    path, package = write(tmp_path / "m.tflite"), tmp_path / "m.mlpackage"
    result = tfli("coreml", path, "-o", package)
    assert result.code == 0, result.err
    assert tfli("info", package, "--json").json["op_histogram"][kind] == count
    evaluator, interpreter = Evaluator(read_package(package).program), interpreters(path)[0]
    shape, rng = interpreter.get_input_details()[0]["shape"], np.random.default_rng(1)
    for _ in range(3):
        x = rng.normal(size=shape).astype(np.float32)
        found = evaluator.run({"x": x})[evaluator.outputs[0]]
        # states are float16 from call to call: 2^-11 of at most 2, once a call
        np.testing.assert_allclose(found, invoke(interpreter, [x])[0], rtol=0, atol=2e-3)


@pytest.mark.parametrize("clip", [0.0, 0.5], ids=["whole", "in a loop"])
def test_float16(clip: float, tfli: Tfli, tmp_path: Path) -> None:
    path, package = lstm(tmp_path / "m.tflite", MANY, clip), tmp_path / "m.mlpackage"
    result = tfli("coreml", path, "-o", package, "--precision", "float16")
    assert result.code == 0, result.err


def test_integers_stay_integers_in_the_order_of_the_gates(tfli: Tfli, tmp_path: Path) -> None:
    path = lstm(tmp_path / "m.tflite", FEW, integers=True)
    package = tmp_path / "m.mlpackage"
    result = tfli("coreml", path, "-o", package, "--json")
    assert result.code == 0 and result.json["decompressed"] == [], result.err
    listed = tfli("weights", package, "--json").json["arrays"]
    stored = [part for each in listed for part in each["stored"].values()]
    assert stored.count("int8") == 2  # both matrices


def test_the_weights_of_a_loop_are_weights(tfli: Tfli, tmp_path: Path) -> None:
    path, package = lstm(tmp_path / "m.tflite", MANY, 0.5), tmp_path / "m.mlpackage"
    assert tfli("coreml", path, "-o", package, "--no-verify").code == 0
    found = tfli("info", package, "--json").json
    assert found["parameters"] >= 4 * UNITS * (WIDTH + UNITS + 1)
