"""Pictures against Pillow and the formula of the metadata schema, (x - mean) / std."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from PIL import Image

import inspector
from inspector.run.preparation import ColourOrder
from tests.nested_tables import made, u32
from tests.run.described import audio, described, image, inputs_like, stated
from tests.written import made as of_schema
from tests.written import tensor

Tfli = Callable[..., Any]
UINT8, INT8, FLOAT16 = (getattr(schema.TensorType, name) for name in ("UINT8", "INT8", "FLOAT16"))


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    noise = np.random.default_rng(5).integers(0, 256, (6, 9, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


def resized(path: Path, height: int, width: int) -> np.ndarray:
    with Image.open(path) as opened:
        picture = opened.convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.float64)


def scaled(scale: float, zero: int) -> Any:
    return of_schema(schema.QuantizationParametersT, scale=[scale], zeroPoint=[zero])


def test_the_metadata_says_how(tmp_path: Path, cat: Path) -> None:
    for mean, std in (((127.5,), (127.5,)), ((123.7, 116.3, 103.5), (58.4, 57.1, 57.4))):
        inputs = inputs_like(tmp_path / "m", [tensor("x", (1, 4, 5, 3))], [image(mean, std)])
        (found,) = inputs.read([str(cat)], 0)
        expected = (resized(cat, 4, 5) - np.float32(mean)) / np.float32(std)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found[0], expected, rtol=1e-6, atol=1e-7)


def test_what_is_asked_for_wins_over_the_metadata(tmp_path: Path, cat: Path) -> None:
    asked = {"mean": (1.0, 2.0, 3.0), "std": (4.0,)}
    inputs = inputs_like(
        tmp_path / "m", [tensor("x", (1, 4, 5, 3))], [image((9.0,), (9.0,))], **asked
    )
    (found,) = inputs.read([str(cat)], 0)
    np.testing.assert_allclose(found[0], (resized(cat, 4, 5) - [1, 2, 3]) / 4, rtol=1e-6)
    half = inputs_like(
        tmp_path / "m", [tensor("x", (1, 4, 5, 3))], [image((9.0,), (7.0,))], mean=(1.0,)
    )
    np.testing.assert_allclose(half.read([str(cat)], 0)[0][0], (resized(cat, 4, 5) - 1) / 7, 1e-6)


@pytest.mark.parametrize("dtype, offset", [(UINT8, 0), (INT8, -128)])
def test_a_quantised_input_is_normalised_and_then_quantised(
    tmp_path: Path, cat: Path, dtype: int, offset: int
) -> None:
    """With the numbers of its schema's own example, the bytes come back."""
    wanted = tensor("x", (1, 6, 9, 3), type=dtype, quantization=scaled(1 / 127.5, 127 + offset))
    about = [image((127.0,), (127.5,))]
    (found,) = inputs_like(tmp_path / "m", [wanted], about).read([str(cat)], 0)
    assert np.array_equal(found[0], resized(cat, 6, 9) + offset)


def test_integers_without_a_scale_are_the_bytes_whatever_the_metadata_says(
    tmp_path: Path, cat: Path
) -> None:
    wanted, about = tensor("x", (1, 6, 9, 3), type=UINT8), [image((127.5,), (127.5,))]
    (found,) = inputs_like(tmp_path / "m", [wanted], about).read([str(cat)], 0)
    assert np.array_equal(found[0], resized(cat, 6, 9))
    signed = tensor("x", (1, 6, 9, 3), type=INT8)
    (found,) = inputs_like(tmp_path / "m", [signed], mean=(128.0,)).read([str(cat)], 0)
    assert np.array_equal(found[0], resized(cat, 6, 9) - 128)
    with pytest.raises(inspector.InputError, match="int8 without a scale"):
        inputs_like(tmp_path / "m", [signed], mean=(0.0,)).read([str(cat)], 0)


@pytest.mark.parametrize(
    "shape, order",
    [((1, 4, 5, 3), "HWC"), ((1, 3, 4, 5), "CHW"), ((3, 4, 5), "CHW"), ((4, 5, 3), "HWC")],
)
def test_channels_may_come_first_or_last(
    tmp_path: Path, cat: Path, shape: tuple[int, ...], order: str
) -> None:
    (found,) = inputs_like(tmp_path / "m", [tensor("x", shape)]).read([str(cat)], 0)
    expected = resized(cat, 4, 5).transpose([("HWC").index(letter) for letter in order]) / 255
    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-6)


def test_bgr_turns_the_colours_round_and_numbers_follow_them(tmp_path: Path, cat: Path) -> None:
    asked = {"mean": (103.9, 116.8, 123.7), "std": (1.0,), "colour_order": ColourOrder.BGR}
    (found,) = inputs_like(tmp_path / "m", [tensor("x", (1, 4, 5, 3))], **asked).read([str(cat)], 0)
    np.testing.assert_allclose(
        found[0], resized(cat, 4, 5)[:, :, ::-1] - [103.9, 116.8, 123.7], rtol=1e-5
    )
    grey = inputs_like(tmp_path / "m", [tensor("x", (1, 4, 5, 1))], colour_order=ColourOrder.BGR)
    with pytest.raises(inspector.InputError, match="is grey"):
        grey.read([str(cat)], 0)


def test_an_open_size_is_the_default_of_the_metadata_else_the_pictures(
    tmp_path: Path, cat: Path
) -> None:
    free = tensor("x", (1, 1, 1, 3), shapeSignature=[-1, -1, -1, 3])
    (own,) = inputs_like(tmp_path / "m", [free]).read([str(cat)], 0)
    assert own.shape == (1, 6, 9, 3)
    size = made("ImageSize", width=u32(7), height=u32(2))
    (told,) = inputs_like(tmp_path / "m", [free], [image(default_size=size)]).read([str(cat)], 0)
    assert told.shape == (1, 2, 7, 3)
    (asked,) = inputs_like(tmp_path / "m", [free]).reshaped(["2,3,4,3"]).read([str(cat)], 0)
    assert asked.shape == (2, 3, 4, 3)


@pytest.mark.parametrize(
    "about, asked, words",
    [
        (image((1.0, 2.0), (1.0,)), {}, r"mean \[1, 2\] by the model's metadata; it has 3"),
        (image((1.0,), (0.0,)), {}, "std 0 by the model's metadata"),
        (image((float("nan"),), (1.0,)), {}, "mean nan"),
        (image((1.0,), (1.0,)), {"std": (1.0, 0.0, 1.0)}, r"std \[1, 0, 1\] as asked for"),
        (audio(16000, 1), {}, "'x' takes sounds by the model's metadata; no picture fits it"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(
    tmp_path: Path, cat: Path, about: Any, asked: dict[str, Any], words: str
) -> None:
    inputs = inputs_like(tmp_path / "m", [tensor("x", (1, 4, 5, 3))], [about], **asked)
    with pytest.raises(inspector.InputError, match=words):
        inputs.read([str(cat)], 0)


def test_an_input_larger_than_memory_is_refused(tmp_path: Path, cat: Path) -> None:
    huge = inputs_like(tmp_path / "m", [tensor("x", (1, 100_000, 100_000, 3))])
    for given in ([str(cat)], []):
        with pytest.raises(inspector.InputError, match="120,000,000,000 bytes"):
            huge.read(given, 0)


def test_random_numbers_keep_to_the_range_that_the_metadata_states(tmp_path: Path) -> None:
    shape, many = (1, 50, 40, 3), tensor("x", (1, 50, 40, 3))
    for about, least, most in (
        (stated([0.0], [255.0]), [0] * 3, [255] * 3),
        (stated([-3.0, 0.0, 1.0], [-1.0, 0.0, 9.0]), [-3, 0, 1], [-1, 0, 9]),
        (image((127.5,), (127.5,)), [-1] * 3, [1] * 3),
        (image((0.0, 100.0, 255.0), (1.0, 10.0, -1.0)), [0, -10, 0], [255, 15.5, 255]),
    ):
        (found,) = inputs_like(tmp_path / "m", [many], [about]).read([], 3)
        assert found.shape == shape and found.dtype == np.float32
        span = np.subtract(most, least)
        low, high = found.min(axis=(0, 1, 2)), found.max(axis=(0, 1, 2))
        assert np.all(low >= least) and np.all(low <= least + span * 0.01)
        assert np.all(high <= most) and np.all(high >= most - span * 0.01)


@pytest.mark.parametrize(
    "about",
    [
        stated([1.0], [0.0]),
        stated([0.0, 5.0, 0.0], [1.0, 1.0, 1.0]),
        stated([0.0, 1.0], [2.0, 3.0]),
        stated([0.0], [float("inf")]),
    ],
)
def test_a_range_that_is_none_is_not_believed(tmp_path: Path, about: Any) -> None:
    wanted = [tensor("x", (1, 9, 9, 3))]
    told, plain = (inputs_like(tmp_path / "m", wanted, held) for held in ([about], []))
    assert np.array_equal(told.read([], 3)[0], plain.read([], 3)[0])


def test_the_command_says_what_was_done(tfli: Tfli, tmp_path: Path, cat: Path) -> None:
    model = described(
        tmp_path / "m.tflite", [tensor("x", (1, 4, 5, 3))], [image((127.5,), (127.5,))]
    )
    call = ("capture", model, "-o", tmp_path / "a.npz", "--force", "--input", cat, "--json")
    done = tfli(*call)
    line = f"tfli: input 'x': {cat}, a picture as 5 x 4, RGB, (x - 127.5) / 127.5 by the model's "
    assert (done.code, done.err) == (0, f"{line}metadata\n")
    (told,) = done.json["inputs"]
    assert (told["name"], told["source"], told["files"]) == ("x", str(cat), None)
    assert told["preprocessing"] == {
        "kind": "picture", "height": 4, "width": 5, "colours": "RGB", "axes": "NHWC",
        "normalization": {"mean": [127.5], "std": [127.5], "by": "metadata"},
    }  # fmt: skip
    asked = tfli(*call, "--scale", "2,3,4", "--bias=-1", "--colour-order", "bgr")
    (told,) = asked.json["inputs"]
    assert told["preprocessing"]["colours"] == "BGR"
    assert told["preprocessing"]["normalization"]["by"] == "options"
    with np.load(tmp_path / "a.npz") as found:
        expected = resized(cat, 4, 5)[:, :, ::-1] * [2, 3, 4] - 1
        np.testing.assert_allclose(found["0_x"][0], expected, rtol=1e-6)
        np.testing.assert_allclose(found["1_sum"], found["0_x"] * 2)


@pytest.mark.parametrize(
    "options, words",
    [
        (["--mean", "a"], "--mean a: give a number, or one a channel"),
        (["--mean", "1", "--bias", "1"], "give one pair"),
        (["--scale", "0"], "no scale of 0"),
        (["--scale", "1,2", "--bias", "1,2,3"], "one number each, or one a channel"),
        (["--sample-rate", "0"], "give a number of Hz above 0"),
        (["--sample-rate", "16000"], "--sample-rate is of a sound; none is given"),
        (["--colour-order", "rbg"], "'rbg' is none of rgb, bgr"),
        (["--shape", "1,x"], "--shape 1,x: is no shape; write it as NAME=1,224,224,3"),
        (["--shape", "y=1,4,5,3"], "names none of the inputs; they are 'x'"),
        (["--shape", "x=2,4,5,3"], "does not fit input 'x' of shape [1, 4, 5, 3]"),
    ],
)
def test_options_that_say_nothing_are_refused(
    tfli: Tfli, tmp_path: Path, cat: Path, options: list[str], words: str
) -> None:
    model = described(tmp_path / "m.tflite", [tensor("x", (1, 4, 5, 3))])
    for command in (("capture", model, "-o", tmp_path / "a.npz"), ("compare", model, model)):
        done = tfli(*command, "--input", cat, *options)
        assert done.code == 2 and words in done.err and not (tmp_path / "a.npz").exists()


def test_messages_call_an_input_by_its_name_in_the_signature(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    (tmp_path / "x.raw").write_bytes(b"1")
    done = tfli("compare", *[fixtures / "mnist.tflite"] * 2, "--input", tmp_path / "x.raw")
    assert done.code == 2 and "has 1 bytes; input 'image' of float32 [1, 28, 28]" in done.err


def test_numbers_that_nothing_takes_are_refused(tfli: Tfli, tmp_path: Path) -> None:
    model = described(tmp_path / "m.tflite", [tensor("x", (1, 4, 5, 3))])
    done = tfli("compare", model, model, "--mean", "127.5")
    assert done.code == 2 and "of a picture or sound; none is given" in done.err
