"""Constants that layers share: one layer called twice, or one array for two layers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.cli.main import run as tfli
from inspector.weights.export import arrays
from inspector.weights.slots import Skipped
from rebuild.translate.program import Program
from rebuild.translate.translator import translate
from tests.weights.captured import networks
from tests.written import code, made, model, operator, subgraph, tensor, write

BUILTIN, OPTIONS = schema.BuiltinOperator, schema.BuiltinOptions
NONE, RELU = 0, 1
KERNEL = np.arange(9, dtype=np.float32).reshape(3, 3) / 9 - 0.4
BIAS = np.array([1, -1, 0.5], np.float32)


def dense(x: int, y: int, activation: int = NONE) -> schema.OperatorT:
    """A dense layer from tensor x to y, with the kernel that is tensor 0 and the bias 1."""
    options = made(schema.FullyConnectedOptionsT, fusedActivationFunction=activation)
    kind = OPTIONS.FullyConnectedOptions
    return operator([x, 0, 1], [y], builtinOptions=options, builtinOptionsType=kind)


def network(folder: Path, *layers: tuple[int, int, int]) -> Path:
    """Dense layers `net/dense`, `net/dense_1`, ... between inputs 2 and 3 and the last tensors."""
    constants = [tensor("w", (3, 3), buffer=1), tensor("b", (3,), buffer=2)]
    names = ["left", "right", *(f"net/dense_{i}/MatMul" for i in range(len(layers)))]
    outputs = sorted({y for _, y, _ in layers} - {x for x, _, _ in layers})
    graph = subgraph(
        [*constants, *(tensor(name, (1, 3)) for name in names)],
        [dense(*layer) for layer in layers],
        inputs=[2, 3],
        outputs=outputs,
    )
    stored = [KERNEL.tobytes(), BIAS.tobytes()]
    found = model([graph], stored, operatorCodes=[code(BUILTIN.FULLY_CONNECTED)])
    return write(folder / "net.tflite", found)


TWO_INPUTS = ((2, 4, NONE), (3, 5, NONE))
OTHER_ACTIVATION = ((2, 4, NONE), (3, 5, RELU))
ON_ITS_OUTPUT = ((2, 4, NONE), (4, 5, NONE), (3, 6, RELU))


def rebuilt(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The source of the verified script."""
    assert tfli(["rebuild", str(path), "-o", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verify"]["verdict"] == "match"
    return (folder / "model.py").read_text()


def test_a_layer_on_two_inputs_is_made_once(tmp_path: Path, capsys) -> None:
    source = rebuilt(network(tmp_path, *TWO_INPUTS), tmp_path / "out", capsys)
    assert source.count("layers.Dense(") == 1
    assert source.count("dense_0_layer(") == 2
    assert "SHARED" not in source


def test_layers_that_differ_share_the_array(tmp_path: Path, capsys) -> None:
    source = rebuilt(network(tmp_path, *OTHER_ACTIVATION), tmp_path / "out", capsys)
    assert source.count("layers.Dense(") == 2
    assert '    "dense_1/kernel": "dense_0/kernel",\n' in source
    assert np.load(tmp_path / "out" / "weights.npz").files == ["dense_0/kernel", "dense_0/bias"]


def test_a_layer_on_its_own_output_is_checked_by_itself(tmp_path: Path, capsys) -> None:
    source = rebuilt(network(tmp_path, *ON_ITS_OUTPUT), tmp_path / "out", capsys)
    assert source.count("layers.Dense(") == 3
    assert '"dense_1/kernel": "dense_0/kernel"' in source


def test_a_layer_that_is_tied_keeps_its_keys(tmp_path: Path) -> None:
    with inspector.open(network(tmp_path, *TWO_INPUTS)) as opened:
        program = translate(opened)
        check_keys(program)
    assert [weight.name for weight in program.weights] == ["dense_0/kernel", "dense_0/bias"]


def check_keys(program: Program) -> None:
    """The weights of the script are those that `tfli weights` writes under the same keys."""
    exported = [each for each in arrays(program.model) if not isinstance(each, Skipped)]
    found = {entry.key: array for entry, array in exported}
    for weight in program.weights:
        if weight.shared:
            np.testing.assert_array_equal(weight.read(), found[weight.key])
        else:  # it is computed from constants
            assert weight.key not in found


@pytest.mark.parametrize("path", networks())
def test_the_weights_of_real_networks_are_those_of_the_export(path: Path) -> None:
    with inspector.open(path) as opened:
        check_keys(translate(opened))
