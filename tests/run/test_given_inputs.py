"""Inputs held against LiteRT's QUANTIZE, Pillow and NumPy's own files; and what a seed means."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from PIL import Image

import inspector
from inspector.read.records import Quantization, Tensor
from inspector.read.schema import TensorType
from inspector.run import images
from inspector.run.inputs import Inputs, inputs_of
from inspector.run.preparation import Preparation
from inspector.run.samples import sample
from tests.run.litert import FIXTURES, interpreter
from tests.written import add_model, code, made, model, operator, packed, subgraph, tensor, write

SCALES = [
    ("int8", 1 / 255, -128),
    ("int8", 0.0123, 5),
    ("int8", 0.25, 0),
    ("uint8", 1 / 255, 0),
    ("uint8", 0.4, 7),
    ("uint8", 0.0017, 0),
    ("int16", 1 / 32767, 0),
]


def quantised_by_litert(real: np.ndarray, dtype: str, scale: float, zero: int) -> np.ndarray:
    """What LiteRT's QUANTIZE operator makes of real numbers."""
    quantization = made(schema.QuantizationParametersT, scale=[scale], zeroPoint=[zero])
    kind = getattr(schema.TensorType, dtype.upper())
    tensors = [
        tensor("x", real.shape),
        tensor("q", real.shape, type=kind, quantization=quantization),
    ]
    graph = subgraph(tensors, [operator([0], [1])], inputs=[0], outputs=[1])
    found = model([graph], operatorCodes=[code(schema.BuiltinOperator.QUANTIZE)])
    answer: np.ndarray = interpreter(packed(found), [real]).get_tensor(1)
    return answer


def read_image(path: Path, tensor: Tensor, **asked: Any) -> np.ndarray:
    return images.read_image(path, tensor, asked=Preparation(**asked)).array


def image_input(shape: tuple[int, ...], dtype: str, **fields: Any) -> Tensor:
    given = {"shape_signature": (), "quantization": None, **fields}
    kind = TensorType[dtype.upper()]
    return Tensor(0, 0, "x", shape, dtype=kind, buffer=0, is_variable=False, sparsity=None, **given)


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    """A picture of every grey there is."""
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(tmp_path / "greys.png")
    return tmp_path / "greys.png"


@pytest.mark.parametrize("dtype, scale, zero", SCALES)
def test_a_picture_is_quantised_as_litert_would(
    greys: Path, dtype: str, scale: float, zero: int
) -> None:
    given = Quantization((float(np.float32(scale)),), (zero,))
    wanted = image_input((1, 16, 16, 1), dtype, quantization=given)
    found = read_image(greys, wanted, mean=(0,), std=(255,))
    real = read_image(greys, image_input((1, 16, 16, 1), "float32"))
    expected = quantised_by_litert(real, dtype, scale, zero)
    assert found.dtype == expected.dtype
    halves = np.abs(np.modf(real / np.float64(np.float32(scale)))[0]) - 0.5
    clear = np.abs(halves) > 1e-5  # where float32 and float64 cannot round to two sides
    assert clear.any() and np.array_equal(found[clear], expected[clear])
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


@pytest.mark.parametrize("size", [(28, 28), (7, 40), (64, 33)])
@pytest.mark.parametrize("channels, mode", [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_a_picture_is_resized_as_pillow_does(
    tmp_path: Path, size: tuple[int, int], channels: int, mode: str
) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (20, 31, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    height, width = size
    found = read_image(tmp_path / "noise.png", image_input((1, height, width, channels), "uint8"))
    whole = Image.fromarray(noise).convert(mode)
    expected = np.asarray(whole.resize((width, height), Image.Resampling.BILINEAR))
    assert np.array_equal(found[0], expected.reshape(height, width, channels))


@pytest.mark.parametrize("mode, suffix", [("P", "png"), ("RGBA", "png"), ("RGB", "bmp")])
def test_the_colours_are_the_same_in_whatever_way_they_are_stored(
    tmp_path: Path, mode: str, suffix: str
) -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0]], [[51, 51, 51], [0, 0, 255]]], np.uint8)
    Image.fromarray(pixels).convert(mode).save(tmp_path / f"x.{suffix}")
    found = read_image(tmp_path / f"x.{suffix}", image_input((1, 2, 2, 3), "uint8"))
    assert np.array_equal(found[0], pixels)


@pytest.mark.parametrize("name", [name for name in FIXTURES if name.startswith("mnist")])
def test_the_picture_of_a_seven_becomes_what_numpy_makes_of_it(fixtures: Path, name: str) -> None:
    with Image.open(fixtures / "digit_7.png") as picture:
        grey = np.asarray(picture, np.uint8)[np.newaxis]
    with inspector.open(fixtures / name) as opened:
        (found,) = inputs_of(opened).read([str(fixtures / "digit_7.png")], seed=0)
    details = interpreter(fixtures / name, [found]).get_input_details()[0]
    scale, zero = details["quantization"]
    real = grey / np.float64(255)
    expected = np.clip(np.rint(real / scale) + zero, -128, 127) if scale else real
    assert found.dtype == details["dtype"] and found.shape == tuple(details["shape"])
    assert np.allclose(found, expected, rtol=1e-6, atol=0)


def two_inputs(tmp_path: Path, **names: str) -> Inputs:
    found = add_model()
    for held, name in zip(found.subgraphs[0].tensors, names.values(), strict=False):
        held.name = name
    with inspector.open(write(tmp_path / "add.tflite", found)) as opened:
        return inputs_of(opened)


def test_arrays_come_in_every_order_and_packing_that_numpy_writes(tmp_path: Path) -> None:
    with inspector.open(Path(write(tmp_path / "m.tflite", matrix()))) as opened:
        inputs = inputs_of(opened)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.save(tmp_path / "rows.npy", array)
    np.save(tmp_path / "columns.npy", np.asfortranarray(array))
    np.savez(tmp_path / "plain.npz", anything=array)
    np.savez_compressed(tmp_path / "small.npz", anything=array)
    for name in ("rows.npy", "columns.npy", "plain.npz", "small.npz"):
        assert np.array_equal(inputs.read([str(tmp_path / name)], seed=0)[0], array)


def matrix() -> Any:
    graph = subgraph([tensor("x", [2, 3]), tensor("y", [2, 3])], [operator([0, 0], [1])])
    return model([graph])


def test_nan_comes_out_of_a_file_as_it_went_in(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([math.nan, -math.inf], np.float32))
    found = two_inputs(tmp_path).read([f"left={tmp_path / 'x.npy'}"], seed=0)[0]
    assert np.isnan(found[0]) and found[1] == -math.inf


def test_names_and_paths_may_hold_an_equals_sign(tmp_path: Path) -> None:
    inputs = two_inputs(tmp_path, left="a", right="a=b")
    path = tmp_path / "c=d.npy"
    np.save(path, np.array([1, 2], np.float32))
    random = inputs.read([], seed=0)
    for name, place in (("a=b", 1), ("a", 0)):
        found = inputs.read([f"{name}={path}"], seed=0)
        assert found[place].tolist() == [1, 2]
        assert np.array_equal(found[1 - place], random[1 - place])


def test_a_name_that_two_inputs_share_names_neither(tmp_path: Path) -> None:
    inputs = two_inputs(tmp_path, left="same", right="same")
    np.save(tmp_path / "x.npy", np.array([1, 2], np.float32))
    with pytest.raises(inspector.InputError, match="names none of the inputs"):
        inputs.read([f"same={tmp_path / 'x.npy'}"], seed=0)


def test_an_input_given_twice_is_the_later(tmp_path: Path) -> None:
    for name, value in (("one", 1), ("two", 2)):
        np.save(tmp_path / f"{name}.npy", np.full(2, value, np.float32))
    given = [f"left={tmp_path / name}.npy" for name in ("one", "two")]
    assert two_inputs(tmp_path).read(given, seed=0)[0].tolist() == [2, 2]


def test_a_folder_or_a_torn_archive_is_no_array(tmp_path: Path) -> None:
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04 and no more")
    for name in ("folder.npy", "torn.npz"):
        with pytest.raises(inspector.InputError, match=f"^{re.escape(str(tmp_path / name))}: "):
            two_inputs(tmp_path).read([f"left={tmp_path / name}"], seed=0)


def test_there_is_no_other_subgraph(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as opened:
        for index in (-1, 1):
            with pytest.raises(inspector.InputError, match=f"1 subgraphs, none {index}"):
                inputs_of(opened, index)


@pytest.mark.parametrize("name", FIXTURES)
def test_random_inputs_are_those_that_the_interpreter_asks_for(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        first, again, other = (inputs_of(opened).read([], seed) for seed in (7, 7, 8))
    details = interpreter(fixtures / name, first).get_input_details()
    assert [(a.dtype, a.shape) for a in first] == [(d["dtype"], (*d["shape"],)) for d in details]
    assert np.array_equal(first[0], again[0]) and not np.array_equal(first[0], other[0])


def test_samples_of_a_seed_do_not_depend_on_how_many_are_drawn() -> None:
    wanted = [image_input((3, 4), "float32")]
    late = sample(wanted, 2, 5)[0]
    for index in range(5):
        assert not np.array_equal(sample(wanted, 2, index)[0], late)
    assert np.array_equal(sample(wanted, 2, 5)[0], late)
    values = sample([image_input((100_000,), "float32")], 3)[0].astype(np.float64)
    assert abs(values.mean()) < 0.01 and abs(values.std() - 1 / math.sqrt(3)) < 0.01


def test_grey_pictures_of_16_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    levels = np.array([[0, 20000], [40000, 65535]], np.uint16)
    Image.fromarray(levels).save(tmp_path / "deep.png")
    found = read_image(tmp_path / "deep.png", image_input((1, 2, 2, 1), "float32"))
    np.testing.assert_allclose(found[0, :, :, 0], levels / 65535, atol=0.5 / 255)


def test_a_damaged_picture_is_an_input_error(tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "torn.png")
    data = bytearray((tmp_path / "torn.png").read_bytes())
    data[37:41] = b"\x00\x01\x02\x03"  # the type of the chunk behind the header
    (tmp_path / "torn.png").write_bytes(data)
    with pytest.raises(inspector.InputError, match="picture"):
        read_image(tmp_path / "torn.png", image_input((1, 4, 4, 1), "float32"))


@pytest.mark.parametrize(
    "array", [np.zeros(2), np.zeros(2, np.int32), np.zeros(3, np.float32), np.zeros((1, 2), "f4")]
)
def test_an_array_of_another_type_or_shape_names_its_file(
    tmp_path: Path, array: np.ndarray
) -> None:
    np.savez(tmp_path / "x.npz", left=array)
    np.save(tmp_path / "x.npy", array)
    words = rf"input 'left' wants float32 \[2\]; it was given {array.dtype} "
    for given in (str(tmp_path / "x.npz"), f"left={tmp_path / 'x.npy'}"):
        with pytest.raises(inspector.InputError, match=rf"x\.np[yz]: {words}"):
            two_inputs(tmp_path).read([given], seed=0)
