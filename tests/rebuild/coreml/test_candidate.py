"""Packages compared with the model that they come from, or nearly come from."""

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.cli.main import run
from rebuild.coreml.candidate import open_package
from rebuild.coreml.match import layers_of
from tests.compare.planting import faults, faulty
from tests.rebuild.networks import Graph, Network
from tests.written import made


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A function that makes the package of a file, once."""
    folder = tmp_path_factory.mktemp("packages")
    made = {}

    def package(path, *options):
        key = (path, *options)
        if key not in made:
            made[key] = folder / f"{len(made)}.mlpackage"
            arguments = ["coreml", path, "-o", made[key], "--no-verify", *options]
            assert run(list(map(str, arguments))) == 0
        return made[key]

    return package


def test_every_operator_is_checked(packages, fixtures, tfli):
    cnn = fixtures / "cnn.tflite"
    found = tfli("compare", cnn, packages(cnn), "--json")
    assert (found.code, found.json["verdict"]) == (0, "match")
    assert {each["verdict"] for each in found.json["ops"]} <= {"OK", "FOLDED"}
    assert "NCHW for NHWC" in found.json["ops"][0]["match"]


def test_half_precision_matches_by_its_own_steps(packages, fixtures, tfli):
    cnn = fixtures / "cnn.tflite"
    found = tfli("compare", cnn, packages(cnn, "--precision", "float16"), "--json")
    assert (found.code, found.json["verdict"]) == (0, "match")
    errors = [each["isolated"]["max_rel_range"] for each in found.json["ops"] if each["isolated"]]
    assert 1e-5 < max(errors) < 1e-2


def test_sizes_are_not_rounded_with_the_numbers(packages, tmp_path):
    """The floor of float16 moves constants; 4096 moved by its step would be another size."""
    network = Network()
    main = network.graph("main")
    x = main.input((1, 64, 64))
    y = main.op("MUL", [x, main.constant(np.arange(64))], main.tensor((1, 64, 64)))
    sizes = main.constant([1, 4096], "int32")
    main.outputs = [main.op("RESHAPE", [y, sizes], main.tensor((1, 4096)))]
    path = network.write(tmp_path / "m.tflite")
    with inspector.open(path) as model:
        candidate = open_package(model, packages(path, "--precision", "float16"))
        moved = {t for unit in candidate.units for t in candidate.roundings(unit).constants}
    assert moved == {1}


def on_grid(graph: Graph, tensor: int, scale: float) -> int:
    """A tensor, quantised without a zero point."""
    graph.tensors[tensor].quantization = made(
        schema.QuantizationParametersT, scale=[scale], zeroPoint=[0]
    )
    return tensor


def test_a_kernel_by_a_table_is_no_fault(packages, tfli, tmp_path):
    """SOFTMAX of 16 bits takes its powers from a table (`reference/softmax.h`)."""
    network = Network()
    main = network.graph("main")
    x = on_grid(main, main.input((1, 64), "int16"), 2**-12)
    y = on_grid(main, main.tensor((1, 64), "int16"), 2**-15)
    main.outputs = [main.op("SOFTMAX", [x], y, beta=1.0)]
    path = network.write(tmp_path / "m.tflite")
    found = tfli("compare", path, packages(path), "--json")
    assert (found.code, found.json["verdict"]) == (0, "match")
    assert found.json["ops"][0]["isolated"]["max_lsb"] > 1


def coarse() -> Network:
    """Convolutions of one number of rows, columns and channels, in steps as large as the numbers.

    What they compute in real numbers has little to do with what they compute in steps, a few of
    them on; and no size tells the axes from each other.
    """
    random, network = np.random.default_rng(0), Network()
    main = network.graph("main")

    step = 0.01
    x = on_grid(main, main.input((1, 8, 8, 8), "int8"), step)
    for scale in (1.5, 3.0, 6.0, 12.0):
        weights = main.constant(random.integers(-127, 128, (8, 1, 1, 8)), "int8")
        kernel = on_grid(main, weights, 0.01)
        bias = on_grid(main, main.constant(random.integers(-9, 9, 8), "int32"), step * 0.01)
        y = on_grid(main, main.tensor((1, 8, 8, 8), "int8"), scale)
        x, step = main.op("CONV_2D", [x, kernel, bias], y, strideH=1, strideW=1), scale
    main.outputs = [x]
    return network


def test_values_that_drift_apart_are_found(packages, tfli, tmp_path):
    path = coarse().write(tmp_path / "m.tflite")
    found = tfli("compare", path, packages(path), "--json")
    ops = found.json["ops"]
    assert ops[-1]["accumulated"]["sqnr_db"] < 10
    assert ["by numbers, NCHW for NHWC" in each["match"] for each in ops[:-1]] == [True] * 3
    assert (found.code, found.json["verdict"]) == (0, "match")


def test_a_fault_is_named_in_the_package(packages, fixtures, tfli, tmp_path):
    cnn = fixtures / "cnn.tflite"
    fault = [each for each in faults(cnn) if "transposed" in each.kind][-1]
    wrong = tmp_path / "wrong.tflite"
    wrong.write_bytes(faulty(cnn, fault))
    found = tfli("compare", cnn, packages(wrong), "--json")
    assert (found.code, found.json["verdict"]) == (1, "mismatch")
    sources = [each["index"] for each in found.json["ops"] if each["verdict"] == "SOURCE"]
    assert sources == [fault.operator]


NAMES = {
    "model_1_stem_1_BiasAdd": {"stem"},
    "conv2d_1_1_Relu": {"conv2d_1"},
    "depthwise_conv2d_1_BiasAdd": {"depthwise_conv2d", "depthwise_conv2d_1"},
    "depthwise_conv2d_1_2_BiasAdd": {"depthwise_conv2d_1"},
    "transpose_7": set(),
}
"""Of operations, as Keras 3 and TensorFlow make them, and of the layers that they may be of."""


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_of_the_layer_of_the_longest_name(name):
    known = ["stem", "conv2d", "conv2d_1", "depthwise_conv2d", "depthwise_conv2d_1"]
    assert layers_of(name, known) == NAMES[name]
