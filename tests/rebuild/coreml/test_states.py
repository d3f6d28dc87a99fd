"""What a model keeps from call to call, as Core ML's states, against the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.program import read_package
from tests.conftest import Result
from tests.rebuild.networks import Graph, Network, interpreters, invoke

Tfli = Callable[..., Result]
VECTOR = (1, 3)


def accumulator(first: object, dtype: str = "float32") -> Network:
    """y = x + total, and total = y, which begins with `first`."""
    network = Network()
    main, init = network.graph("main"), network.graph("init")
    main.op("CALL_ONCE", [], initSubgraphIndex=1)
    init.op("ASSIGN_VARIABLE", [handle(init), init.constant(first, dtype)])
    total = handle(main)
    x = main.input(VECTOR, dtype, name="x")
    before = main.op("READ_VARIABLE", [total], main.tensor(VECTOR, dtype))
    y = main.op("ADD", [x, before], main.tensor(VECTOR, dtype, name="y"))
    main.op("ASSIGN_VARIABLE", [total, y])
    main.outputs = [y]
    return network


def handle(graph: Graph) -> int:
    """A tensor that names the variable."""
    return graph.op("VAR_HANDLE", [], graph.tensor((), "resource"), sharedName="total")


@pytest.mark.parametrize("first", [(0, 0, 0), (1, 2, 3)], ids=str)
def test_a_variable_is_a_state(first: tuple[int, ...], tfli: Tfli, tmp_path: Path) -> None:
    path, package = tmp_path / "m.tflite", tmp_path / "m.mlpackage"
    accumulator([first]).write(path)
    result = tfli("coreml", path, "-o", package, "--json")
    assert (result.code, result.json["target"]) == (0, "iOS18"), result.err
    verdicts = {each["op"]: each["verdict"] for each in result.json["verify"]["ops"]}
    assert verdicts["ADD"] == "OK" and verdicts["ASSIGN_VARIABLE"] == "FOLDED"
    evaluator, interpreter = Evaluator(read_package(package).program), interpreters(path)[0]
    assert [state.name for state in read_package(package).spec.description.state] == ["total"]
    rng, worst = np.random.default_rng(0), 0.0
    for step in range(1, 6):
        given = rng.normal(size=VECTOR).astype(np.float32)
        found = evaluator.run({"x": given})[evaluator.outputs[0]]
        worst += 8 * 2.0**-11  # each call rounds a state, below 8, to float16 once
        (expected,) = invoke(interpreter, [given])
        np.testing.assert_allclose(found, expected, rtol=0, atol=worst, err_msg=f"call {step}")


def test_a_writing_that_is_left_out_is_not_passed(tfli: Tfli, tmp_path: Path) -> None:
    """The package of a network that adds, and writes nothing."""
    path, other, package = (tmp_path / name for name in ("m.tflite", "o.tflite", "o.mlpackage"))
    network = accumulator([[0, 0, 0]])
    network.write(path)
    network.graphs[0].operators.pop()
    network.write(other)
    assert tfli("coreml", other, "-o", package, "--no-verify").code == 0
    result = tfli("compare", path, package, "--json")
    assert result.code == 2
    (unknown,) = (op for op in result.json["ops"] if op["verdict"] == "UNKNOWN")
    assert unknown["op"] == "ASSIGN_VARIABLE" and "no state" in unknown["reason"]


REFUSED = [(["--target", "iOS17"], ".mlpackage"), (["--format", "neuralnetwork"], ".mlmodel")]


@pytest.mark.parametrize(("options", "suffix"), REFUSED, ids=["target", "format"])
def test_older_systems_have_no_states(
    options: list[str], suffix: str, tfli: Tfli, tmp_path: Path
) -> None:
    path, package = tmp_path / "m.tflite", tmp_path / f"m{suffix}"
    accumulator([[0, 0, 0]]).write(path)
    result = tfli("coreml", path, "-o", package, *options)
    assert result.code == 2
    assert "(total)" in result.err and "--target iOS18" in result.err
    assert not package.exists()


def test_integers_are_no_state(tfli: Tfli, tmp_path: Path) -> None:
    path, package = tmp_path / "m.tflite", tmp_path / "m.mlpackage"
    accumulator([[0, 0, 0]], "int32").write(path)
    result = tfli("coreml", path, "-o", package)
    assert result.code == 2
    assert "keeps integers from call to call (total)" in result.err
    assert not package.exists()
