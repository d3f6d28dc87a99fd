"""Inputs that take pictures: scaled and biased as asked, input by input and channel by channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inspector.run.normalization import By, Normalization
from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.interface import affine
from rebuild.coreml.program import read_package
from rebuild.coreml.settings import Picture
from tests.conftest import Result
from tests.rebuild.networks import Network, interpreters, invoke

Tfli = Callable[..., Result]
PIXELS = {
    "photo": np.random.default_rng(0).integers(0, 256, (1, 4, 6, 3)).astype(np.float32),
    "mask": np.random.default_rng(1).integers(0, 256, (1, 4, 6, 1)).astype(np.float32),
}


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo times a mask."""
    network = Network()
    main = network.graph("main")
    photo, mask = (main.input(array.shape, name=name) for name, array in PIXELS.items())
    main.outputs = [main.op("MUL", [photo, mask], main.tensor((1, 4, 6, 3), name="y"))]
    return network.write(tmp_path_factory.mktemp("pictures") / "masked.tflite")


def evaluated(package: Path, pixels: dict[str, np.ndarray]) -> np.ndarray:
    """What the package gives for pictures, which its program takes as [1, channels, H, W]."""
    evaluator = Evaluator(read_package(package).program)
    given = {name: array.transpose(0, 3, 1, 2) for name, array in pixels.items()}
    return np.asarray(evaluator.run(given)[evaluator.outputs[0]])


INPUTS = ["--image-input", "photo", "--image-input", "mask"]
ONE = ([2.0, 2.0, 2.0], [0.0, 0.0, 0.0])
HALF = ([0.5], [0.0])
CASES = {
    "one scale for both": (["--scale", "0.5"], ([0.5] * 3, [0.0] * 3), HALF),
    "a scale for each": (["--scale", "photo=2", "--scale", "mask=0.5"], ONE, HALF),
    "one for all but one": (["--scale", "0.5", "--scale", "photo=2"], ONE, HALF),
    "biases of channels": (
        ["--scale", "0.5", "--bias", "photo=1,-2,3", "--bias", "mask=-1"],
        ([0.5] * 3, [1.0, -2.0, 3.0]),
        ([0.5], [-1.0]),
    ),
    "scales of channels": (
        ["--scale", "photo=0.5,-0.25,0.125", "--bias", "photo=1,-2,3", "--scale", "mask=0.5"],
        ([0.5, -0.25, 0.125], [1.0, -2.0, 3.0]),
        HALF,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_picture_is_scaled_and_biased(
    name: str, masked: Path, tfli: Tfli, tmp_path: Path
) -> None:
    options, photo, mask = CASES[name]
    package = tmp_path / "m.mlpackage"
    result = tfli("coreml", masked, "-o", package, *INPUTS, *options)
    assert result.code == 0, result.err
    inputs = read_package(package).inputs
    assert [
        each.type.imageType.ColorSpace.Name(each.type.imageType.colorSpace) for each in inputs
    ] == ["RGB", "GRAYSCALE"]
    given = [
        PIXELS[key] * scale + bias for key, (scale, bias) in (("photo", photo), ("mask", mask))
    ]
    expected = invoke(interpreters(masked)[0], [array.astype(np.float32) for array in given])[0]
    # float32 rounds each of the few operations that prepare a picture
    np.testing.assert_allclose(evaluated(package, PIXELS), expected, rtol=1e-5, atol=1e-4)


def test_colours_are_asked_for_input_by_input(masked: Path, tfli: Tfli, tmp_path: Path) -> None:
    package = tmp_path / "m.mlpackage"
    options = ["--color", "photo=BGR", "--no-verify"]
    assert tfli("coreml", masked, "-o", package, *INPUTS, *options).code == 0
    photo, mask = (each.type.imageType for each in read_package(package).inputs)
    assert (photo.ColorSpace.Name(photo.colorSpace), mask.colorSpace) == ("BGR", 10)


REFUSED = {
    "an input that takes none": (["--scale", "other=2"], "is no --image-input; these are"),
    "too few numbers": (["--scale", "photo=1,2"], "2 numbers; give one, or 3"),
    "no number": (["--bias", "mask=x"], "--bias x: give one number"),
    "nothing": (["--scale", ""], "give one number"),
    "too much": (["--scale", "1/0"], "--scale 1/0: give one number"),
    "what is none": (["--bias", "nan"], "--bias nan: give one number"),
    "a scale of zero": (["--scale", "0"], "--scale 0: give one number"),
    "no colours": (["--color", "CMYK"], "--color CMYK: is none of RGB, BGR, GRAYSCALE"),
    "colours of one channel": (["--color", "RGB"], "has 1 channels: GRAYSCALE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_fits_no_picture_is_refused(
    name: str, masked: Path, tfli: Tfli, tmp_path: Path
) -> None:
    options, reason = REFUSED[name]
    package = tmp_path / "m.mlpackage"
    result = tfli("coreml", masked, "-o", package, *INPUTS, *options)
    assert result.code == 2 and reason in result.err
    assert result.err.count("\n") == 1 and not package.exists()


def test_metadata_may_divide_each_channel_by_another_number() -> None:
    normal = Normalization((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), By.METADATA)
    scale, bias = affine("photo", normal, Picture(), 3)
    pixels = PIXELS["photo"].astype(np.float64)
    np.testing.assert_allclose(pixels * scale + bias, normal(pixels), rtol=1e-12, atol=1e-12)
