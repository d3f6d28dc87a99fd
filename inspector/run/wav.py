"""WAV files: PCM of 8 to 32 bits and floats.

`wave` of the standard library reads neither floats nor, before Python 3.12, the extensible header
that most programs write for 24 bits. Formats: the RIFF/WAVE chunks of Microsoft's "Multimedia
Programming Interface and Data Specifications 1.0", WAVEFORMATEX and WAVEFORMATEXTENSIBLE.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from inspector.errors import InputError

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
NAMES = {2: "ADPCM", 6: "A-law", 7: "mu-law", 17: "IMA ADPCM", 85: "MP3"}
HEADER, FORMAT = struct.Struct("<4sI"), struct.Struct("<HHIIHH")
SUBFORMAT = slice(24, 26)
"""Where an extensible format says which of the others it is: the start of its GUID."""

MOST_CHANNELS = 256


class Format(NamedTuple):
    """How the samples of a file are stored; `width` is their bytes."""

    is_float: bool
    channels: int
    rate: int
    width: int


class Sound(NamedTuple):
    """Frames of a file, [frame, channel] in -1..1 (float64), and its sample rate in Hz.

    `frames` is how many the file has; those beyond what was asked for are not read.
    """

    samples: np.ndarray
    rate: int
    frames: int


def read_wav(path: Path, most: int | None = None) -> Sound:
    """The first `most` frames of a file, or all.

    Integers are divided by what their type would need for 1: 128, 32768, and so on. Raises
    `InputError` where the file is no WAV, or is packed in a way that is not known.
    """
    try:
        with path.open("rb") as file:
            return read_chunks(file, path, most)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def read_chunks(file: BinaryIO, path: Path, most: int | None) -> Sound:
    """Go through the chunks up to the one of the samples, which follows that of the format."""
    start = file.read(12)
    if start[:4] != b"RIFF" or start[8:12] != b"WAVE":
        raise InputError(f"{path}: is no WAV file; it does not begin with RIFF and WAVE")
    found = None
    while len(header := file.read(HEADER.size)) == HEADER.size:
        name, size = HEADER.unpack(header)
        if name == b"data":
            if found is None:
                raise InputError(f"{path}: no format stands before its samples; it is damaged")
            return samples_of(file, found, size, most)
        if name == b"fmt ":
            found = format_of(file.read(min(size, 40)), path)
            size -= min(size, 40)
        file.seek(size + HEADER.unpack(header)[1] % 2, 1)
    raise InputError(f"{path}: has no samples; it is cut short or damaged")


def format_of(data: bytes, path: Path) -> Format:
    """The format that a chunk of it describes."""
    if len(data) < FORMAT.size:
        raise InputError(f"{path}: its format is cut short at {len(data)} bytes")
    kind, channels, rate, _, block, bits = FORMAT.unpack_from(data)
    if kind == EXTENSIBLE and len(data) >= SUBFORMAT.stop:
        kind = int.from_bytes(data[SUBFORMAT], "little")
    width = block // channels if channels else 0
    known = (kind == PCM and width in (1, 2, 3, 4)) or (kind == FLOAT and width in (4, 8))
    if not known or width * channels != block or not 0 < bits <= 8 * width:
        name = "float" if kind == FLOAT else NAMES.get(kind, f"format {kind}")
        name = "PCM" if kind == PCM else name
        raise InputError(
            f"{path}: holds {channels} channels of {bits} bits, {name}, in blocks of {block} "
            "bytes; read are PCM of 8, 16, 24 and 32 bits and floats of 32 and 64"
        )
    if not rate or channels > MOST_CHANNELS:
        raise InputError(f"{path}: says {channels} channels at {rate} Hz; it is damaged")
    return Format(kind == FLOAT, channels, rate, width)


def samples_of(file: BinaryIO, found: Format, size: int, most: int | None) -> Sound:
    """The samples of the chunk of `size` bytes that the file stands at, or of what is there."""
    here = file.tell()
    size = min(size, file.seek(0, 2) - here)
    file.seek(here)
    block = found.width * found.channels
    frames = size // block
    read = frames if most is None else min(frames, most)
    data = np.frombuffer(file.read(read * block), np.uint8)
    values = real(data, found).reshape(-1, found.channels)
    return Sound(values, found.rate, frames)


def real(data: np.ndarray, found: Format) -> np.ndarray:
    """Stored bytes as numbers, float64; of 8 bits they are unsigned around 128."""
    if found.is_float:
        return data.view(f"<f{found.width}").astype(np.float64)
    if found.width == 1:
        return (data - 128.0) / 128
    whole = np.zeros((data.size // found.width, 4), np.uint8)
    whole[:, 4 - found.width :] = data.reshape(-1, found.width)
    scaled: np.ndarray = whole.view("<i4")[:, 0] / 2.0**31
    return scaled
