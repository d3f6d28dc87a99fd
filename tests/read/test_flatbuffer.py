"""Buffers: bytes are cut inside of them only, and no vector takes more memory than it should."""

from __future__ import annotations

import struct
from pathlib import Path

import flatbuffers
import pytest

import inspector
from inspector.errors import ModelError
from inspector.read.flatbuffer import FlatBuffer

DATA = bytes(range(100))


@pytest.mark.parametrize(("start", "length"), [(0, 0), (0, 100), (7, 5), (100, 0)])
def test_bytes_are_cut_and_windows_made_of_them(start: int, length: int) -> None:
    buffer = FlatBuffer(DATA)
    expected = DATA[start : start + length]
    assert bytes(buffer.cut(start, length)) == expected
    window = buffer.window(start, length)
    assert (window.size, bytes(window.cut(0, length))) == (length, expected)


@pytest.mark.parametrize(("start", "length"), [(-1, 2), (0, 101), (99, 2), (101, 0), (5, -1)])
def test_nothing_is_cut_outside(start: int, length: int) -> None:
    with pytest.raises(ModelError, match="asked for"):
        FlatBuffer(DATA).cut(start, length)
    with pytest.raises(ModelError, match="asked for"):
        FlatBuffer(DATA).window(start, length)


def test_a_window_has_no_way_out() -> None:
    inner = FlatBuffer(DATA).window(10, 20)
    with pytest.raises(ModelError):
        inner.cut(19, 2)
    with pytest.raises(ModelError):
        inner.window(0, 21)


def test_a_file_is_let_go_when_its_window_is_closed(tmp_path: Path, mnist: bytes) -> None:
    path = tmp_path / "m.bin"
    path.write_bytes(b"something else " + mnist)
    with inspector.open(path) as model:
        held = model.data(next(t for t in model.subgraphs[0].tensors if model.is_constant(t)))
    assert held.nbytes  # a view that is still held keeps the map alive
    with pytest.raises(ValueError, match="released"):
        model.buffer.cut(0, 1)


def test_a_vector_of_a_hundred_million_is_refused_before_it_is_read(tmp_path: Path) -> None:
    builder = flatbuffers.Builder()
    builder.StartVector(4, 0, 4)
    subgraphs = builder.EndVector()  # written first, so it ends the file
    builder.StartObject(3)
    builder.PrependUint32Slot(0, 3, 0)
    builder.PrependUOffsetTRelativeSlot(2, subgraphs, 0)
    builder.Finish(builder.EndObject(), b"TFL3")
    path = tmp_path / "m.tflite"
    path.write_bytes(bytes(builder.Output())[:-4] + struct.pack("<I", 100_000_000))
    with path.open("r+b") as file:
        file.truncate(500_000_000)  # holes, which take no disk
    with pytest.raises(ModelError, match="more than any model has"):
        inspector.open(path)
