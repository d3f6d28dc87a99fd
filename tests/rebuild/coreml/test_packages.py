"""Written packages, read back: described, their weights exported, damaged ones refused."""

import shutil

import numpy as np
import pytest

from inspector.errors import InputError
from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.program import read_package
from rebuild.coreml.quiet import silence
from tests.rebuild.coreml.programs import coremltools, mb, program, samples, target

X = samples(1, 3, 8, 8)
KERNEL = samples(4, 3, 3, 3, seed=1)
INTEGERS = np.random.default_rng(2).integers(-127, 127, (10, 36)).astype(np.int8)


def network(x):
    """A convolution, and a product with weights of int8."""
    x = mb.conv(x=x, weight=KERNEL, pad_type="valid", strides=[2, 2], name="stem")
    weight = mb.constexpr_affine_dequantize(
        quantized_data=INTEGERS, zero_point=np.int8(0), scale=np.float32(0.01), axis=np.int32(0)
    )
    return mb.linear(x=mb.reshape(x=x, shape=[1, 36]), weight=weight, name="logits")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    path = tmp_path_factory.mktemp("packages") / "small.mlpackage"
    with silence():
        made = coremltools.convert(
            program(network, X),
            convert_to="mlprogram",
            compute_precision=coremltools.precision.FLOAT32,
            minimum_deployment_target=target.iOS17,
        )
        made.author = "[bold]somebody"
        made.save(str(path))
    return path


def test_what_was_written_computes_the_same(package):
    evaluator = Evaluator(read_package(package).program)
    values = evaluator.run({"input_0": X})
    before = Evaluator(program(network, X))
    expected = before.run({"input_0": X})[before.outputs[0]]
    np.testing.assert_allclose(values[evaluator.outputs[0]], expected, rtol=1e-6)


def test_info(package, tfli):
    found = tfli("info", package, "--json").json
    assert (found["format"], found["target"], found["author"]) == (
        "mlProgram",
        "iOS17",
        "[bold]somebody",
    )
    assert found["inputs"][0]["shape"] == [1, 3, 8, 8]
    assert found["op_histogram"] == {
        "conv": 1,
        "constexpr_affine_dequantize": 1,
        "reshape": 1,
        "linear": 1,
    }
    assert found["weight_bytes"]["int8"] == INTEGERS.size + 1  # the zero point, too
    assert found["parameters"] >= KERNEL.size + INTEGERS.size
    page = tfli("info", package).out
    assert "[bold]somebody" in page
    assert "iOS17" in page


def test_weights(package, tfli, tmp_path):
    path = tmp_path / "w.npz"
    assert tfli("weights", package, "-o", path).code == 0
    with np.load(path) as found:
        np.testing.assert_array_equal(found["stem/weight"], KERNEL)
        np.testing.assert_allclose(found["logits/weight"], INTEGERS * np.float32(0.01), rtol=1e-6)
    assert tfli("weights", package, "-o", path, "--raw", "--force").code == 0
    with np.load(path) as found:
        np.testing.assert_array_equal(found["logits/weight/quantized_data"], INTEGERS)
        assert found["logits/weight/scale"] == np.float32(0.01)
    listed = tfli("weights", package, "--filter", "stem/*", "--json").json
    assert [each["key"] for each in listed["arrays"]] == ["stem/weight"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("weights", "-o", "w.safetensors"), "written as .npz"),
        (("weights", "--filter", "nothing"), "no constant has a name like"),
        (("weights", "--layout", "torch"), "--layout are for .tflite files only"),
        (("info", "--extract", "labels"), "--extract are for .tflite files only"),
    ],
)
def test_what_is_not_there_for_packages(package, tfli, arguments, message):
    command, *options = arguments
    found = tfli(command, package, *options)
    assert found.code == 2
    assert message in found.err


def test_damaged_packages(package, tmp_path, tfli):
    assert "there is no such file" in tfli("info", tmp_path / "no.mlpackage").err
    empty = tmp_path / "empty.mlpackage"
    empty.mkdir()
    without_weights = tmp_path / "light.mlpackage"
    shutil.copytree(package, without_weights)
    shutil.rmtree(without_weights / "Data" / "com.apple.CoreML" / "weights")
    cut = tmp_path / "cut.mlpackage"
    shutil.copytree(package, cut)
    model = next(cut.rglob("*.mlmodel"))
    model.write_bytes(model.read_bytes()[:100])
    for path in (empty, without_weights, cut):
        found = tfli("info", path)
        assert found.code == 2
        assert found.err.count("\n") == 1
        assert path.name in found.err
        with pytest.raises(InputError):
            read_package(path)


def test_a_package_of_another_model(package, tfli, fixtures):
    found = tfli("compare", fixtures / "cnn.tflite", package)
    assert found.code == 2
    assert "two versions of one network" in found.err
