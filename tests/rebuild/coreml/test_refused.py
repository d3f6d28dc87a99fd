"""What has no form in Core ML is named before anything is converted; what is unusual has one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.program import read_package
from tests.conftest import Result
from tests.rebuild.coreml.programs import coremltools
from tests.rebuild.networks import Network, interpreters, invoke

Tfli = Callable[..., Result]


def texts() -> Network:
    """Texts, gathered by an index that is given."""
    network = Network()
    main = network.graph("main")
    index = main.input((1,), "int32")
    words = main.constant([b"one", b"two"], "object")
    main.outputs = [main.op("GATHER", [words, index], main.tensor((1,), "object"))]
    return network


def drawn() -> Network:
    """A number, its double, and a random one added to that."""
    network = Network()
    main = network.graph("main")
    x = main.input((2,))
    double = main.op("ADD", [x, x], main.tensor((2,)))
    shape = main.constant([2], "int32")
    noise = main.op("RANDOM_UNIFORM", [shape], main.tensor((2,)), seed=1, seed2=2)
    main.outputs = [main.op("ADD", [double, noise], main.tensor((2,)))]
    return network


REFUSED = [(texts, 0, "GATHER"), (drawn, 1, "RANDOM_UNIFORM")]


@pytest.mark.parametrize(("network", "index", "name"), REFUSED, ids=["texts", "random"])
def test_an_operator_without_a_form_is_named_before_the_conversion(
    network: Callable[[], Network],
    index: int,
    name: str,
    tfli: Tfli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def converts(*_: object, **__: object) -> None:
        raise AssertionError("the conversion began")

    monkeypatch.setattr(coremltools, "convert", converts)
    path, package = network().write(tmp_path / "m.tflite"), tmp_path / "m.mlpackage"
    result = tfli("coreml", path, "-o", package, "--json")
    assert result.code == 2
    found = {(each["op"], *each["operators"]) for each in result.json["unsupported"]}
    assert found == {(name, index)}
    assert name in result.err and "nothing was written" in result.err
    assert not package.exists()


def test_an_input_that_nothing_reads_is_an_input(tfli: Tfli, tmp_path: Path) -> None:
    network = Network()
    main = network.graph("main")
    main.input((1, 2), name="first")
    x = main.input((1, 3), name="x")
    main.input((4,), "int32", name="last")
    main.outputs = [main.op("NEG", [x], main.tensor((1, 3)))]
    path, package = network.write(tmp_path / "m.tflite"), tmp_path / "m.mlpackage"
    result = tfli("coreml", path, "-o", package, "--json")
    assert result.code == 0, result.err
    assert result.json["inputs"] == ["first", "x", "last"]
    inputs = read_package(package).inputs
    assert [list(each.type.multiArrayType.shape) for each in inputs] == [[1, 2], [1, 3], [4]]


def test_a_batch_of_any_number_in_a_range(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    source, package = fixtures / "mnist.tflite", tmp_path / "m.mlpackage"
    result = tfli("coreml", source, "-o", package, "--batch", "1..3", "--json")
    assert result.code == 0, result.err
    read = read_package(package)
    ranges = read.inputs[0].type.multiArrayType.shapeRange.sizeRanges
    assert (ranges[0].lowerBound, ranges[0].upperBound) == (1, 3)
    evaluator, interpreter = Evaluator(read.program), interpreters(source)[0]
    samples = np.random.default_rng(0).uniform(size=(3, 28, 28, 1)).astype(np.float32)
    for count in (1, 3):
        given = samples[:count].reshape(-1, *read.inputs[0].type.multiArrayType.shape[1:])
        found = evaluator.run({read.inputs[0].name: given})[evaluator.outputs[0]]
        expected = [invoke(interpreter, [samples[i : i + 1]])[0][0] for i in range(count)]
        # float32 kernels that sum in another order
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_neural_network_holds_the_layers(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    source, path = fixtures / "mnist.tflite", tmp_path / "m.mlmodel"
    result = tfli("coreml", source, "-o", path, "--format", "neuralnetwork", "--json")
    assert result.code == 2 and "not verified" in result.err
    assert "neuralNetwork" in result.err and result.json["target"] == "iOS13"
    told = tfli("compare", source, path)
    assert told.code == 2 and "holds a neuralNetwork, and only ML programs" in told.err
    spec = coremltools.utils.load_spec(str(path))
    assert spec.WhichOneof("Type") == "neuralNetwork"
    kinds = [layer.WhichOneof("layer") for layer in spec.neuralNetwork.layers]
    assert kinds.count("innerProduct") == 2 and kinds[-1] == "softmaxND"
    assert [each.name for each in spec.description.input] == result.json["inputs"]


@pytest.mark.parametrize("option", [("--target", "iOS17"), ("--precision", "float16")])
def test_a_neural_network_has_no_target_and_no_precision(
    option: tuple[str, str], tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    source, path = fixtures / "mnist.tflite", tmp_path / "m.mlmodel"
    result = tfli("coreml", source, "-o", path, "--format", "neuralnetwork", *option)
    assert result.code == 2 and " ".join(option) + ": only ML programs" in result.err
    assert result.err.count("\n") == 1 and not path.exists()
