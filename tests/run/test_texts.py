"""Texts as string inputs take them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from tests.run.described import inputs_like
from tests.run.litert import shared
from tests.written import tensor

Tfli = Callable[..., Any]
STRING = schema.TensorType.STRING
LINES = "one\r\ntwo zwölf\n\nfour\n".encode()


def read(tmp_path: Path, data: bytes, shape: tuple[int, ...], *open_: int) -> np.ndarray:
    """What an input of that shape, or of that signature, is given of a text."""
    (tmp_path / "x.txt").write_bytes(data)
    wanted = tensor("x", shape, type=STRING, shapeSignature=list(open_) or None)
    (found,) = inputs_like(tmp_path / "m", [wanted]).read([str(tmp_path / "x.txt")], 0)
    return found


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_one_string_is_the_whole_file_without_its_last_line_break(
    tmp_path: Path, shape: tuple[int, ...], end: bytes
) -> None:
    found = read(tmp_path, b"one\ntwo" + end, shape)
    assert found.shape == shape and found.ravel().tolist() == [b"one\ntwo"]
    assert read(tmp_path, b"\n\n", shape).ravel().tolist() == [b"\n"]


def test_several_strings_are_the_lines(tmp_path: Path) -> None:
    expected = [b"one", "two zwölf".encode(), b"", b"four"]
    assert read(tmp_path, LINES, (4,)).tolist() == expected
    assert read(tmp_path, b"\xef\xbb\xbf" + LINES, (2, 2)).tolist() == [expected[:2], expected[2:]]


def test_an_open_size_is_that_of_the_lines(tmp_path: Path) -> None:
    assert read(tmp_path, LINES, (1,), -1).shape == (4,)
    assert read(tmp_path, LINES, (1, 1), -1, -1).shape == (1, 4)
    assert read(tmp_path, LINES, (1, 2), -1, 2).shape == (2, 2)


@pytest.mark.parametrize("shape, open_", [((3,), ()), ((5,), ()), ((1, 3), (-1, 3)), ((0,), ())])
def test_another_number_of_lines_is_refused(
    tmp_path: Path, shape: tuple[int, ...], open_: tuple[int, ...]
) -> None:
    with pytest.raises(inspector.InputError, match=r"x.txt: has 4 lines; input 'x' takes strings"):
        read(tmp_path, LINES, shape, *open_)


def test_a_text_is_no_number(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("1 2")
    inputs = inputs_like(tmp_path / "m", [tensor("x", (2,))])
    with pytest.raises(inspector.InputError, match="is a text, and input 'x' takes float32"):
        inputs.read([str(tmp_path / "x.txt")], 0)


def test_the_interpreter_gets_what_the_file_says(tfli: Tfli, tmp_path: Path) -> None:
    """GATHER of strings: the lines that the indices name."""
    model = shared("small/litert-gather_string.tflite")
    lines = [f"line {i}" for i in range(10)]
    (tmp_path / "x.txt").write_text("\n".join(lines))
    np.save(tmp_path / "i.npy", np.array([7, 0, 3]))
    given = ("--input", f"input={tmp_path / 'x.txt'}", "--input", f"indices={tmp_path / 'i.npy'}")
    done = tfli("capture", model, "-o", tmp_path / "a.npz", *given, "--json")
    assert done.code == 0 and "x.txt, 10 lines, a string each" in done.err
    output = next(
        t["key"] for t in done.json["tensors"] if t["shape"] == [3] and t["dtype"] == "string"
    )
    with np.load(tmp_path / "a.npz") as found:
        assert found[output].tolist() == [lines[i].encode() for i in (7, 0, 3)]
