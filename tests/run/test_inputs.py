"""Inputs from files: arrays, archives of arrays, pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inspector
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import TensorType
from inspector.run import images
from inspector.run.inputs import Inputs, inputs_of
from inspector.run.preparation import Preparation
from tests.run.litert import interpreter
from tests.written import add_model, write

LEFT, RIGHT = np.array([1, 2], np.float32), np.array([3, 4], np.float32)


@pytest.fixture
def two(tmp_path: Path) -> Inputs:
    with inspector.open(write(tmp_path / "add.tflite", add_model())) as model:
        return inputs_of(model)


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def test_an_input_is_named_by_its_tensor_or_its_signature(fixtures: Path, tmp_path: Path) -> None:
    image = np.full((1, 28, 28), 0.25, np.float32)
    path = saved(tmp_path / "x.npy", image)
    with inspector.open(fixtures / "mnist.tflite") as model:
        inputs = inputs_of(model)
    for text in (f"image={path}", f"serving_default_image:0={path}", str(path)):
        assert np.array_equal(inputs.read([text], seed=0)[0], image)


def test_inputs_that_are_not_given_are_random(two: Inputs, tmp_path: Path) -> None:
    path = saved(tmp_path / "r.npy", RIGHT)
    found = two.read([f"right={path}"], seed=3)
    assert np.array_equal(found[0], two.read([], seed=3)[0])
    assert np.array_equal(found[1], RIGHT)


def test_an_archive_gives_all_inputs_that_its_keys_name(two: Inputs, tmp_path: Path) -> None:
    np.savez(tmp_path / "xs.npz", **{"right": RIGHT, "0_left": LEFT, "else": LEFT})
    found = two.read([str(tmp_path / "xs.npz")], seed=0)
    assert np.array_equal(found, [LEFT, RIGHT])
    assert np.array_equal(two.read([f"right={tmp_path / 'xs.npz'}"], seed=0)[1], RIGHT)


@pytest.mark.parametrize(
    "given, words",
    [
        ("x.npy", "names none of the inputs; they are 'left', 'right'"),
        ("middle=x.npy", "'middle=x.npy' names none of the inputs"),
        ("left=nowhere.npy", "nowhere.npy: there is no such file"),
        ("left=text.npy", "text.npy: is neither an .npy nor an .npz file"),
        ("left=half.npy", "half.npy: cannot be read as arrays"),
        ("left=pickle.npy", "pickle.npy: cannot be read as arrays"),
        ("left=other.npz", "of its 2 arrays, 0 are named after input 'left'"),
        ("other.npz", "other.npz: no key names an input"),
        ("left=red.png", "no picture fits it"),
    ],
)
def test_what_does_not_fit_is_said(
    two: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(Path("x.npy"), LEFT)
    Path("half.npy").write_bytes(Path("x.npy").read_bytes()[:-4])
    np.save("pickle.npy", np.array([{}], object), allow_pickle=True)
    np.savez("other.npz", a=LEFT, b=RIGHT)
    Path("text.npy").write_text("no array")
    Image.new("RGB", (2, 2), "red").save("red.png")
    with pytest.raises(inspector.InputError, match=words):
        two.read([given], seed=0)


def read_image(path: Path, tensor: Tensor, **asked: Any) -> np.ndarray:
    return images.read_image(path, tensor, asked=Preparation(**asked)).array


def image_input(shape: tuple[int, ...], dtype: TensorType, **fields: Any) -> Tensor:
    given = {"shape_signature": (), "quantization": None, **fields}
    return Tensor(
        0, 0, "x", shape, dtype=dtype, buffer=0, is_variable=False, sparsity=None, **given
    )


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Two pixels: full red, and a grey of 51."""
    picture = np.array([[[255, 0, 0], [51, 51, 51]]], np.uint8)
    Image.fromarray(picture).save(tmp_path / "colours.png")
    return tmp_path / "colours.png"


def test_a_float_input_gets_a_picture_from_0_to_1(colours: Path) -> None:
    found = read_image(colours, image_input((1, 1, 2, 3), TensorType.FLOAT32))
    assert found.dtype == np.float32
    assert np.allclose(found, [[[[1, 0, 0], [0.2, 0.2, 0.2]]]], rtol=1e-7)


def test_a_quantised_input_gets_its_levels(colours: Path) -> None:
    scale = Quantization((1 / 255,), (-128,))
    found = read_image(colours, image_input((1, 1, 2, 3), TensorType.INT8, quantization=scale))
    assert found.dtype == np.int8 and found.tolist() == [[[[127, -128, -128], [-77, -77, -77]]]]
    coarse = Quantization((0.4,), (0,))  # 0.2 is halfway, and halves go away from zero
    wanted = image_input((1, 1, 2, 3), TensorType.UINT8, quantization=coarse)
    found = read_image(colours, wanted, mean=(0,), std=(255,))
    assert found.tolist() == [[[[3, 0, 0], [1, 1, 1]]]]


@pytest.mark.parametrize(
    "scale, zero", [(1 / 255, 0), (1 / 127.5, 128), (1 / 128, 127), (1.0, 0), (0.0187, 114)]
)
def test_bytes_fill_the_levels_of_an_input_of_8_bits(
    tmp_path: Path, scale: float, zero: int
) -> None:
    """Whatever range it was trained on, and signed or not."""
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(every).save(tmp_path / "greys.png")
    for dtype, offset in ((TensorType.UINT8, 0), (TensorType.INT8, -128)):
        given = Quantization((float(np.float32(scale)),), (zero + offset,))
        wanted = image_input((1, 16, 16, 1), dtype, quantization=given)
        found = read_image(tmp_path / "greys.png", wanted)[0, :, :, 0]
        assert np.array_equal(found, every.astype(int) + offset)
        told = images.read_image(tmp_path / "greys.png", wanted)
        assert "its bytes as the 256 levels of the input" in told.words
        assert told.done is not None and told.done["normalization"]["by"] == "levels"


def test_integers_without_a_scale_get_bytes(colours: Path) -> None:
    found = read_image(colours, image_input((1, 1, 2, 3), TensorType.UINT8))
    assert found.tolist() == [[[[255, 0, 0], [51, 51, 51]]]]
    with pytest.raises(inspector.InputError, match="int8 without a scale"):
        read_image(colours, image_input((1, 1, 2, 3), TensorType.INT8))


def test_size_and_channels_are_those_of_the_input(colours: Path) -> None:
    for shape in ((1, 4, 6, 1), (2, 4, 6, 4), (1, 4, 6), (2, 4, 6)):
        assert read_image(colours, image_input(shape, TensorType.FLOAT32)).shape == shape
    grey = read_image(colours, image_input((1, 1, 2, 1), TensorType.UINT8))
    assert grey.ravel().tolist() == [76, 51]  # ITU-R 601-2 luma of full red
    free = image_input((1, 1, 1, 3), TensorType.UINT8, shape_signature=(-1, -1, -1, 3))
    assert read_image(colours, free).shape == (1, 1, 2, 3)


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(inspector.InputError, match=r"text.png: cannot be read as a picture"):
        read_image(tmp_path / "text.png", image_input((1, 1, 2, 3), TensorType.UINT8))


@pytest.mark.parametrize("variant", ["", "_float16", "_dynamic", "_int8"])
def test_the_picture_of_a_seven_is_read_as_a_seven(fixtures: Path, variant: str) -> None:
    path = fixtures / f"mnist{variant}.tflite"
    with inspector.open(path) as model:
        given = inputs_of(model).read([str(fixtures / "digit_7.png")], seed=0)
        output = model.subgraphs[0].outputs[0]
    assert interpreter(path, given).get_tensor(output).argmax() == 7
