"""WAV files against those that the standard library's `wave` writes, and against the format."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.run.wav import read_wav

LEVELS = [0, 1, -1, 100, -100]


def packed(values: np.ndarray, width: int) -> bytes:
    """Integers of so many bytes, as PCM has them: little-endian, of 8 bits unsigned."""
    if width == 1:
        return (values + 128).astype(np.uint8).tobytes()
    return b"".join(int(v).to_bytes(width, "little", signed=True) for v in values.ravel())


def by_wave(path: Path, values: np.ndarray, width: int, rate: int = 16000) -> Path:
    """A file of values [frame, channel], written by the standard library."""
    with wave.open(str(path), "wb") as file:
        file.setparams((values.shape[1], width, rate, 0, "NONE", ""))
        file.writeframes(packed(values, width))
    return path


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(*chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WAVE" + b"".join(chunks)


def format_chunk(kind: int, channels: int, rate: int, bits: int, rest: bytes = b"") -> bytes:
    block = channels * bits // 8
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits) + rest
    )


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_pcm_of_each_width_is_divided_by_what_it_needs_for_one(
    tmp_path: Path, width: int, channels: int
) -> None:
    full = 1 << (8 * width - 1)
    values = np.array([*LEVELS, full - 1, -full], np.int64)[:, np.newaxis] + [0, 3][:channels]
    values = values.clip(-full, full - 1)
    found = read_wav(by_wave(tmp_path / "x.wav", values, width, 22050))
    assert (found.rate, found.frames) == (22050, len(values))
    assert np.array_equal(found.samples, values / full)


@pytest.mark.parametrize("dtype, bits", [("<f4", 32), ("<f8", 64)])
def test_floats_are_read_as_they_are(tmp_path: Path, dtype: str, bits: int) -> None:
    values = np.array([[0.1, -1.5], [np.nan, np.inf]], dtype)
    data = riff(format_chunk(3, 2, 48000, bits), chunk(b"data", values.tobytes()))
    (tmp_path / "x.wav").write_bytes(data)
    found = read_wav(tmp_path / "x.wav")
    assert found.rate == 48000 and np.array_equal(found.samples, values, equal_nan=True)


def test_an_extensible_header_says_the_format_in_its_guid(tmp_path: Path) -> None:
    guid = bytes.fromhex("0100000000001000800000aa00389b71")
    rest = struct.pack("<HHI", 22, 24, 4) + guid
    values = np.array([[1], [-(1 << 23)], [(1 << 23) - 1]])
    data = riff(format_chunk(0xFFFE, 1, 96000, 24, rest), chunk(b"data", packed(values, 3)))
    (tmp_path / "x.wav").write_bytes(data)
    assert np.array_equal(read_wav(tmp_path / "x.wav").samples, values / (1 << 23))


def test_other_chunks_are_passed_over_and_an_unfinished_file_is_read(tmp_path: Path) -> None:
    values = np.array([[1], [2], [3]])
    head = riff(chunk(b"LIST", b"odd"), format_chunk(1, 1, 8000, 16), chunk(b"fact", b"\0" * 4))
    streamed = head + b"data" + b"\xff" * 4 + packed(values, 2)  # as a program leaves it, piped
    (tmp_path / "x.wav").write_bytes(streamed)
    assert np.array_equal(read_wav(tmp_path / "x.wav").samples, values / 32768)


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    path = by_wave(tmp_path / "x.wav", np.arange(100)[:, np.newaxis], 2)
    found = read_wav(path, 7)
    assert found.frames == 100 and np.array_equal(found.samples[:, 0] * 32768, np.arange(7))


WHOLE = riff(format_chunk(1, 1, 8000, 16), chunk(b"data", b"\0\0"))


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "is no WAV file"),
        (b"RIFX" + WHOLE[4:], "is no WAV file"),
        (riff(), "has no samples"),
        (riff(chunk(b"data", b"\0\0")), "no format stands before its samples"),
        (riff(chunk(b"fmt ", b"\1\0")), "its format is cut short at 2 bytes"),
        (riff(format_chunk(7, 1, 8000, 8)), "1 channels of 8 bits, mu-law"),
        (riff(format_chunk(85, 2, 8000, 0)), "MP3"),
        (riff(format_chunk(1, 0, 8000, 16)), "0 channels"),
        (riff(format_chunk(1, 1, 8000, 64)), "64 bits, PCM"),
        (riff(format_chunk(3, 1, 8000, 16)), "16 bits, float"),
        (riff(format_chunk(1, 1, 0, 16)), "at 0 Hz"),
        (riff(format_chunk(1, 60000, 8000, 8)), "60000 channels at 8000 Hz"),
        (riff(b"junk\xff\xff\xff\xff"), "has no samples"),
    ],
)
def test_damaged_and_unknown_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "x.wav").write_bytes(data)
    with pytest.raises(inspector.InputError, match=words):
        read_wav(tmp_path / "x.wav")


def test_a_file_cut_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    for length in range(len(WHOLE)):
        (tmp_path / "x.wav").write_bytes(WHOLE[:length])
        try:
            assert read_wav(tmp_path / "x.wav").samples.shape[0] == 0
        except inspector.InputError as error:
            assert "x.wav: " in str(error)
