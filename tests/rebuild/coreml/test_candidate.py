"""Packages compared with the model that they come from, or nearly come from."""

import pytest

from inspector.cli.main import run
from rebuild.coreml.match import layers_of
from tests.compare.planting import faults, faulty
from tests.rebuild.networks import Network


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


def test_sizes_are_not_rounded_with_the_numbers(packages, tfli, tmp_path):
    """The floor of float16 moves constants; 4096 moved by its step would be another size."""
    network = Network()
    main = network.graph("main")
    x = main.input((1, 64, 64))
    sizes = main.constant([1, 4096], "int32")
    main.outputs = [main.op("RESHAPE", [x, sizes], main.tensor((1, 4096)))]
    path = network.write(tmp_path / "m.tflite")
    found = tfli("compare", path, packages(path, "--precision", "float16"), "--json")
    assert (found.code, found.json["verdict"]) == (0, "match")
    assert found.json["ops"][0]["floor"]["max_rel_range"] > 0


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
