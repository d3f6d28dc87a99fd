"""Sounds as inputs take them, against NumPy on what the standard library's `wave` wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from tests.run.described import audio, described, image, inputs_like
from tests.run.test_wav import by_wave, chunk, format_chunk, riff
from tests.written import made, tensor

Tfli = Callable[..., Any]
INT8, INT16, INT32 = (getattr(schema.TensorType, name) for name in ("INT8", "INT16", "INT32"))
MONO = np.random.default_rng(1).integers(-32768, 32768, (10, 1))
STEREO = np.random.default_rng(2).integers(-32768, 32768, (10, 2))


def fed(tmp_path: Path, sound: np.ndarray, wanted: Any, *about: Any, **asked: Any) -> np.ndarray:
    """What an input is given of a sound of 16 bits at 16 kHz."""
    path = by_wave(tmp_path / "x.wav", sound, 2)
    (found,) = inputs_like(tmp_path / "m", [wanted], about, **asked).read([str(path)], 0)
    return found


@pytest.mark.parametrize("shape", [(10,), (1, 10), (1, 10, 1), (10, 1), (1, 1, 1, 10)])
def test_samples_of_one_channel_go_along_the_only_long_axis(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    found = fed(tmp_path, MONO, tensor("x", shape))
    assert found.dtype == np.float32 and found.shape == shape
    assert np.array_equal(found.ravel(), MONO[:, 0] / np.float32(32768))


def test_two_channels_lie_as_the_shape_says(tmp_path: Path) -> None:
    real = (STEREO / 32768).astype(np.float32)
    assert np.array_equal(fed(tmp_path, STEREO, tensor("x", (1, 10, 2)))[0], real)
    assert np.array_equal(fed(tmp_path, STEREO, tensor("x", (1, 2, 10)))[0], real.T)
    for open_ in ([], [1, -1]):
        wanted = tensor("x", (1, 20), shapeSignature=open_)
        interleaved = fed(tmp_path, STEREO, wanted, audio(16000, 2))
        assert np.array_equal(interleaved, [real.ravel()])


def test_channels_are_mixed_or_repeated(tmp_path: Path) -> None:
    mixed = fed(tmp_path, STEREO, tensor("x", (10,)))
    assert np.array_equal(mixed, (STEREO.mean(axis=1) / 32768).astype(np.float32))
    repeated = fed(tmp_path, MONO, tensor("x", (10, 2)))
    assert np.array_equal(repeated, np.repeat(MONO / np.float32(32768), 2, axis=1))
    with pytest.raises(inspector.InputError, match=r"x.wav: has 2 channels, and the input takes 3"):
        fed(tmp_path, STEREO, tensor("x", (1, 30)), audio(16000, 3))


def test_the_length_is_the_inputs_or_the_sounds_where_that_is_open(tmp_path: Path) -> None:
    real = MONO[:, 0] / np.float32(32768)
    assert np.array_equal(fed(tmp_path, MONO, tensor("x", (4,))), real[:4])
    assert np.array_equal(fed(tmp_path, MONO, tensor("x", (12,))), [*real, 0, 0])
    for signature, shape in (
        ([-1], (10,)),
        ([-1, -1], (1, 10)),
        ([1, -1, 1], (1, 10, 1)),
        ([-1, 12], (1, 12)),
        ([-1, 4, 1], (1, 4, 1)),
        ([-1, 2], (10, 2)),
    ):
        wanted = tensor("x", [max(size, 1) for size in signature], shapeSignature=signature)
        assert fed(tmp_path, MONO, wanted).shape == shape


def test_integers_get_16_bits_or_their_levels(tmp_path: Path) -> None:
    found = fed(tmp_path, MONO, tensor("x", (1, 10), type=INT16))
    assert found.dtype == np.int16 and np.array_equal(found[0], MONO[:, 0])
    scale = made(schema.QuantizationParametersT, scale=[1 / 128], zeroPoint=[3])
    found = fed(tmp_path, MONO, tensor("x", (10,), type=INT8, quantization=scale))
    expected = np.clip(np.floor(np.abs(MONO / 256) + 0.5) * np.sign(MONO) + 3, -128, 127)
    assert np.array_equal(found, expected[:, 0])
    with pytest.raises(inspector.InputError, match="int32 without a scale"):
        fed(tmp_path, MONO, tensor("x", (10,), type=INT32))
    found = fed(tmp_path, MONO, tensor("x", (10,), type=INT32), std=(2.0**-15,))
    assert np.array_equal(found, MONO[:, 0])


def test_a_float_of_one_is_the_last_of_16_bits(tmp_path: Path) -> None:
    data = np.array([1.0, -1.0, 2.0], "<f4").tobytes()
    (tmp_path / "x.wav").write_bytes(riff(format_chunk(3, 1, 8000, 32), chunk(b"data", data)))
    inputs = inputs_like(tmp_path / "m", [tensor("x", (3,), type=INT16)])
    assert inputs.read([str(tmp_path / "x.wav")], 0)[0].tolist() == [32767, -32768, 32767]


def test_the_rate_has_to_be_that_of_the_input(tmp_path: Path) -> None:
    wanted = tensor("x", (10,))
    assert fed(tmp_path, MONO, wanted, audio(16000, 1)).shape == (10,)
    with pytest.raises(inspector.InputError, match="at 16000 Hz, and input 'x' wants 8000 Hz by"):
        fed(tmp_path, MONO, wanted, audio(8000, 1))
    assert fed(tmp_path, MONO, wanted, audio(8000, 1), sample_rate=16000).shape == (10,)
    with pytest.raises(inspector.InputError, match="wants 44100 Hz as asked for; resample it"):
        fed(tmp_path, MONO, wanted, sample_rate=44100)


@pytest.mark.parametrize(
    "wanted, about, words",
    [
        (tensor("x", (1, 49, 40)), [], "no sound fits it"),
        (tensor("x", (7,)), [audio(16000, 2)], "no sound fits it"),
        (tensor("x", (0,)), [], "no sound fits it"),
        (tensor("x", (1, 2), shapeSignature=[-1, 2]), [audio(16000, 1)], "no sound fits it"),
        (tensor("x", (1,), shapeSignature=[-1]), [audio(16000, 2**32 - 1)], "inputs of .* bytes"),
        (tensor("x", (10,)), [image((1.0,), (1.0,))], "takes pictures by the model's metadata"),
        (tensor("x", (10,), type=schema.TensorType.STRING), [], "of type string; no sound fits"),
        (tensor("x", (10,), type=schema.TensorType.BOOL), [], "of type bool; no sound fits"),
    ],
)
def test_what_takes_no_sound_says_so(
    tmp_path: Path, wanted: Any, about: list[Any], words: str
) -> None:
    with pytest.raises(inspector.InputError, match=words):
        fed(tmp_path, MONO, wanted, *about)


def test_the_command_says_what_was_done(tfli: Tfli, tmp_path: Path) -> None:
    model = described(tmp_path / "m.tflite", [tensor("x", (1, 12))], [audio(16000, 1)])
    path = by_wave(tmp_path / "x.wav", MONO, 2)
    done = tfli("capture", model, "-o", tmp_path / "a.npz", "--input", path, "--json")
    assert done.code == 0 and "a sound at 16000 Hz, 10 frames and zeros up to 12" in done.err
    (told,) = done.json["inputs"]
    assert told["preprocessing"] == {
        "kind": "sound", "sample_rate": 16000, "channels": 1, "frames": 12, "of_frames": 10,
        "normalization": {"mean": [0], "std": [1], "by": "default"},
    }  # fmt: skip
    other = tfli("compare", model, model, "--input", tmp_path / "x.flac")
    assert other.code == 2 and "there is no such file" in other.err
    (tmp_path / "x.flac").write_bytes(b"fLaC")
    other = tfli("compare", model, model, "--input", tmp_path / "x.flac")
    assert other.code == 2 and "only .wav files are read" in other.err
