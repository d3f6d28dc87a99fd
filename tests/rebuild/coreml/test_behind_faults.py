"""What stands behind a fault of a package is matched as it is without one, and is not blamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Result
from tests.rebuild.networks import Network

Tfli = Callable[..., Result]
SHAPE = (1, 6, 6, 8)


def residual(fused: str, fault: bool = False) -> Network:
    """A convolution, added twice to its input with a fused activation, and functions of that."""
    random, network = np.random.default_rng(0), Network()
    main = network.graph("main")
    kernel = random.normal(size=(8, 3, 3, 8)).astype(np.float32)
    x = main.input(SHAPE, name="x")
    operands = [x, main.constant(kernel[::-1] if fault else kernel), main.constant(np.zeros(8))]
    y = main.op("CONV_2D", operands, main.tensor(SHAPE, name="stem"), strideH=1, strideW=1)
    code = {"RELU": 1, "RELU6": 3, "TANH": 4}[fused]
    for name in ("first", "second"):
        y = main.op("ADD", [y, x], main.tensor(SHAPE, name=name), fusedActivationFunction=code)
    for kind in ("HARD_SWISH", "LOGISTIC", "HARD_SWISH", "NEG"):
        y = main.op(kind, [y], main.tensor(SHAPE, name=f"t{len(main.tensors)}"))
    main.outputs = [y]
    return network


@pytest.mark.parametrize("fused", ["RELU", "RELU6", "TANH"])
def test_only_the_fault_is_a_source(fused: str, tfli: Tfli, tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.tflite", tmp_path / "wrong.tflite"
    residual(fused).write(right)
    residual(fused, fault=True).write(wrong)
    package = tmp_path / "wrong.mlpackage"
    assert tfli("coreml", wrong, "-o", package, "--no-verify").code == 0
    result = tfli("compare", right, package, "--json")
    verdicts = [each["verdict"] for each in result.json["ops"]]
    assert result.code == 1
    assert [place for place, verdict in enumerate(verdicts) if verdict == "SOURCE"] == [0]
    assert "UNKNOWN" not in verdicts
