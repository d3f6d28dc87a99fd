"""A sound as an input of samples takes it."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from inspector.errors import InputError
from inspector.read.metadata_records import TensorMetadata
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.grid import stored
from inspector.run.normalization import Normalization, Prepared, check_content, normalization_for
from inspector.run.preparation import NOTHING_ASKED, NOTHING_KNOWN, Preparation
from inspector.run.shapes import checked_room, dimensions
from inspector.run.wav import Sound, read_wav

AS_IT_IS = Normalization((0.0,), (1.0,))
SIXTEEN_BITS = Normalization((0.0,), (2.0**-15,))
STEREO = 2


class Track(NamedTuple):
    """How an input holds a sound: interleaved samples, or channel by channel (`planar`).

    At most one size is -1: it takes as many frames as there are.
    """

    shape: tuple[int, ...]
    channels: int
    planar: bool

    @property
    def frames(self) -> int | None:
        """How many frames go in; None for as many as there are."""
        return None if -1 in self.shape else prod(self.shape) // self.channels

    def arranged(self, samples: np.ndarray) -> np.ndarray:
        """Samples [frame, channel] in the input's shape."""
        return (samples.T if self.planar else samples).reshape(self.shape)


def read_audio(
    path: Path,
    tensor: Tensor,
    about: TensorMetadata = NOTHING_KNOWN,
    asked: Preparation = NOTHING_ASKED,
) -> Prepared:
    """The WAV file at `path` as an array for the input `tensor`, whose metadata is `about`.

    Samples are -1..1 in a float input, normalised as asked or as the metadata says, quantised for a
    quantised one, and 16 bits in an int16 one without a scale. Of a longer sound the beginning is
    taken; a shorter one is filled up with zeros. One channel is repeated for several, and several
    are averaged for one. The rate has to be the input's (`asked.sample_rate`, else the metadata's):
    resampling takes a filter, whose choice is the user's. Raises `InputError` where the file is no
    WAV, or the input takes none.
    """
    check_content(tensor, about, "audio", "sound")
    track = track_of(tensor, about)
    sound = read_wav(path, track.frames)
    check_rate(path, sound, tensor, about.details.get("sample_rate") or 0, asked)
    frames = sound.frames if track.frames is None else track.frames
    checked_room(tensor, (frames, track.channels))
    normal = normalization_for(tensor, about, asked, by_default(tensor, asked), track.channels)
    samples = normal(lengthened(mixed(path, sound.samples, track.channels), frames))
    if normal is SIXTEEN_BITS:
        samples = samples.clip(-(2**15), 2**15 - 1)  # a float's 1 is one level above the last
    done = {
        "kind": "sound",
        "sample_rate": sound.rate,
        "channels": track.channels,
        "frames": frames,
        "of_frames": sound.frames,
        "normalization": normal.to_json(),
    }
    words = f"a sound at {sound.rate} Hz, {length_words(frames, sound.frames)}, {normal}"
    return Prepared(track.arranged(stored(samples, tensor)), words, done)


def track_of(tensor: Tensor, about: TensorMetadata) -> Track:
    """How an input holds a sound. Raises `InputError` where its shape is none of samples.

    The metadata says how many channels there are; without it, an axis of 2 beside one of samples
    is that of stereo.
    """
    shape = with_one_open(dimensions(tensor))
    long = [axis for axis, size in enumerate(shape) if size != 1]
    told = about.details.get("channels") or 0
    stereo = len(long) == 2 and STEREO in (shape[long[0]], shape[long[1]])
    channels = told or (STEREO if stereo else 1)
    known = prod(size for size in shape if size >= 0)
    whole = known and (known % channels == 0 if -1 not in shape else channels % known == 0)
    if not whole or (len(long) > 1 and not told and not stereo):
        raise InputError(
            f"input {tensor.name!r} has shape {list(dimensions(tensor))}: no sound fits it. One "
            "has samples, and may have a batch and channels; features of a sound are an array"
        )
    first_is_channels = len(long) == 2 and shape[long[0]] == channels != shape[long[1]]
    return Track(shape, channels, planar=channels > 1 and first_is_channels)


def with_one_open(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with at most one size left open, that of the samples; an open batch is 1."""
    is_fixed = any(size > STEREO for size in shape)
    open_axes = [axis for axis, size in enumerate(shape) if size < 0]
    kept = open_axes[-1] if open_axes and not is_fixed else None
    return tuple(1 if size < 0 and axis != kept else size for axis, size in enumerate(shape))


def check_rate(path: Path, sound: Sound, tensor: Tensor, known: int, asked: Preparation) -> None:
    """Raise `InputError` where a sound has another rate than its input wants."""
    wanted = asked.sample_rate or known
    if wanted and sound.rate != wanted:
        whose = "as asked for" if asked.sample_rate else "by the model's metadata"
        raise InputError(
            f"{path}: is sampled at {sound.rate} Hz, and input {tensor.name!r} wants {wanted} Hz "
            f"{whose}; resample it, as in: ffmpeg -i FROM.wav -ar {wanted} TO.wav"
        )


def by_default(tensor: Tensor, asked: Preparation) -> Normalization:
    """What becomes of -1..1 where nothing is known."""
    if "float" in str(tensor.dtype) or tensor.is_quantized:
        return AS_IT_IS
    if tensor.dtype is not TensorType.INT16 and not (asked.mean or asked.std):
        raise InputError(
            f"input {tensor.name!r} is {tensor.dtype} without a scale: what a sound's -1 to 1 are "
            "in it is not known; say so by --mean and --std, or give an array (.npy)"
        )
    return SIXTEEN_BITS


def mixed(path: Path, samples: np.ndarray, channels: int) -> np.ndarray:
    """Samples [frame, channel] with so many channels."""
    found = samples.shape[1]
    if found == channels:
        return samples
    if channels == 1:
        average: np.ndarray = samples.mean(axis=1, keepdims=True)
        return average
    if found != 1:
        raise InputError(f"{path}: has {found} channels, and the input takes {channels}")
    return np.repeat(samples, channels, axis=1)


def lengthened(samples: np.ndarray, frames: int) -> np.ndarray:
    """Samples [frame, channel], zeros behind them up to so many frames."""
    return np.pad(samples, ((0, frames - len(samples)), (0, 0)))


def length_words(frames: int, found: int) -> str:
    """What was done to the length of a sound."""
    if frames < found:
        return f"its first {frames} of {found} frames"
    return f"{found} frames" + (f" and zeros up to {frames}" if frames > found else "")
