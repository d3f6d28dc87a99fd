"""`tfli coreml`: what it writes, checked by the evaluator, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inspector
from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.program import read_package
from tests.conftest import Result
from tests.written import add_model, write

Tfli = Callable[..., Result]


def size_of(package: Path) -> int:
    return sum(file.stat().st_size for file in package.rglob("*") if file.is_file())


def weight_types(package: Path) -> set[str]:
    spec = read_package(package).spec
    blocks = spec.mlProgram.functions["main"].block_specializations.values()
    return {op.type for block in blocks for op in block.operations if "constexpr" in op.type}


def test_a_float_model_is_converted_and_verified(tfli: Tfli, fixtures: Path, tmp_path: Path):
    package = tmp_path / "cnn.mlpackage"
    result = tfli("coreml", fixtures / "cnn.tflite", "-o", package, "--json", "--author", "Ada")
    assert result.code == 0, result.err
    found = result.json
    assert found["file"] == str(package) and found["unsupported"] == []
    model = inspector.open(fixtures / "cnn.tflite")
    assert found["inputs"] == list(model.signatures[0].inputs)
    assert found["outputs"] == list(model.signatures[0].outputs)
    assert found["operators"] == len(model.subgraphs[0].operators)
    # float32 kernels that sum in another order
    assert all(output["max_rel_range"] < 1e-5 for output in found["verify"]["outputs"])
    assert read_package(package).spec.description.metadata.author == "Ada"
    assert not result.err, "coremltools is silent"


def test_names_that_are_numbers_say_what_they_are_of(tfli: Tfli, tmp_path: Path):
    """Neither Core ML nor TensorFlow has names that begin with a digit."""
    found = add_model()
    for tensor, name in zip(found.subgraphs[0].tensors, ("1", "x", "24:0"), strict=True):
        tensor.name = name
    path = write(tmp_path / "m.tflite", found)
    result = tfli("coreml", path, "-o", tmp_path / "x.mlpackage", "--json")
    assert result.code == 0, result.err
    assert (result.json["inputs"], result.json["outputs"]) == (["input_1", "x"], ["output_24"])


def test_integers_stay_integers(tfli: Tfli, fixtures: Path, tmp_path: Path):
    source = fixtures / "mnist_int8.tflite"
    kept, real = tmp_path / "kept.mlpackage", tmp_path / "real.mlpackage"
    assert tfli("coreml", source, "-o", kept, "--no-verify").code == 0
    assert "constexpr_affine_dequantize" in weight_types(kept)
    assert size_of(kept) < 1.15 * source.stat().st_size
    done = tfli("coreml", source, "-o", real, "--no-verify", "--weights", "dequantize")
    assert done.code == 0
    assert not weight_types(real)
    assert size_of(real) > 3 * size_of(kept)


def test_halves_stay_halves(tfli: Tfli, fixtures: Path, tmp_path: Path):
    source, package = fixtures / "mnist_float16.tflite", tmp_path / "half.mlpackage"
    result = tfli("coreml", source, "-o", package, "--json")
    assert result.code == 0, result.err
    assert weight_types(package) == {"constexpr_cast"}
    assert size_of(package) < 1.15 * source.stat().st_size


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "digits.txt"
    path.write_text(
        "\n".join(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
        + "\n"
    )
    return path


def test_a_digit_is_what_it_is(tfli: Tfli, fixtures: Path, labels: Path, tmp_path: Path):
    """The tutorial: a picture in, scaled by 1/255, and ten labels."""
    package = tmp_path / "digits.mlpackage"
    picture = ["--image-input", "image", "--scale", "1/255", "--labels", labels]
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", package, "--json", *picture)
    assert result.code == 0, result.err
    description = read_package(package).spec.description
    image = description.input[0].type.imageType
    assert (image.width, image.height) == (28, 28)
    assert result.json["outputs"] == ["classLabel", "classLabel_probs"]
    assert tfli("info", package, "--json").json["labels"] == labels.read_text().split()
    pixels = np.asarray(Image.open(fixtures / "digit_7.png").convert("L"))
    scores = scores_of(package, pixels)
    assert scores.argmax() == interpreted(fixtures / "mnist.tflite", pixels).argmax() == 7


def scores_of(package: Path, pixels: np.ndarray) -> np.ndarray:
    """The probabilities of the classes."""
    evaluator = Evaluator(read_package(package).program)
    (name,) = evaluator.inputs
    shape = tuple(int(size) for size in evaluator.inputs[name].shape)
    values = evaluator.run({name: pixels.reshape(shape).astype(np.float32)})
    return np.asarray(values[evaluator.outputs[0]])


def interpreted(path: Path, pixels: np.ndarray) -> np.ndarray:
    from ai_edge_litert.interpreter import Interpreter  # its log would be TensorFlow's

    interpreter = Interpreter(str(path))
    interpreter.allocate_tensors()
    (given,), (taken,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(given["index"], np.float32(pixels / 255).reshape(given["shape"]))
    interpreter.invoke()
    scores: np.ndarray = interpreter.get_tensor(taken["index"])
    return scores


REFUSED: list[tuple[list[Any], str]] = [
    (["--image-input", "picture"], "names none of the inputs; they are image"),
    (["--scale", "2"], "name its --image-input"),
    (["--image-input", "image", "--color", "RGB"], "has 1 channels: GRAYSCALE"),
    (["--batch", "8..1"], "write the least and the greatest number as 1..8"),
    (["--own-labels"], "has no labels of its own"),
]


@pytest.mark.parametrize(("options", "reason"), REFUSED, ids=lambda each: str(each)[:30])
def test_what_does_not_fit_is_refused(
    tfli: Tfli, fixtures: Path, tmp_path: Path, options: list[Any], reason: str
):
    package = tmp_path / "x.mlpackage"
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", package, *options)
    assert result.code == 2
    assert reason in result.err and result.err.count("\n") == 1
    assert not package.exists()


def test_labels_of_the_wrong_count_are_refused(tfli: Tfli, fixtures: Path, tmp_path: Path):
    few = tmp_path / "few.txt"
    few.write_text("one\ntwo\n")
    package = tmp_path / "x.mlpackage"
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", package, "--labels", few)
    assert result.code == 2 and "2 labels" in result.err and "takes 10" in result.err
    assert not package.exists()


def test_what_is_there_is_kept(tfli: Tfli, fixtures: Path, tmp_path: Path):
    package = tmp_path / "x.mlpackage"
    package.mkdir()
    (package / "Manifest.json").write_text("mine")
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", package)
    assert result.code == 2 and "--force" in result.err
    assert (package / "Manifest.json").read_text() == "mine"


def test_a_folder_that_is_no_package_is_kept(tfli: Tfli, fixtures: Path, tmp_path: Path):
    folder = tmp_path / "x.mlpackage"
    folder.mkdir()
    (folder / "mine").write_text("mine")
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", folder, "--force")
    assert result.code == 2 and "no Core ML package" in result.err
    assert [file.name for file in folder.iterdir()] == ["mine"]


def test_a_name_of_another_format_is_refused(tfli: Tfli, fixtures: Path, tmp_path: Path):
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", tmp_path / "x.mlmodel")
    assert result.code == 2 and "*.mlpackage" in result.err


def test_a_neural_network_is_written(tfli: Tfli, fixtures: Path, tmp_path: Path):
    path = tmp_path / "x.mlmodel"
    options = ["--format", "neuralnetwork", "--no-verify"]
    result = tfli("coreml", fixtures / "mnist.tflite", "-o", path, *options)
    assert result.code == 0, result.err
    assert path.stat().st_size > 400_000
