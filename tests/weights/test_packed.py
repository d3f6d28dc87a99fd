"""Strings and packed integers are read as LiteRT's interpreter reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

import inspector
from inspector.errors import ModelError
from inspector.weights.decode import decode
from inspector.weights.packed import strings, unpack
from tests.weights.constants import TYPES
from tests.written import model, subgraph, tensor, write

WORDS = [b"", b"one", b"\xff\x00\n", "zwölf".encode()]


def string_buffer(words: list[bytes]) -> bytes:
    """The count, the offsets from the start, the bytes."""
    start = 4 * (len(words) + 2)
    ends = np.cumsum([start, *map(len, words)])
    return np.array([len(words), *ends], "<i4").tobytes() + b"".join(words)


def test_strings_like_litert(tmp_path: Path) -> None:
    tensors = [tensor("words", (2, 2), type=TYPES["string"], buffer=1), tensor("x")]
    graph = subgraph(tensors, inputs=[1], outputs=[0])
    path = write(tmp_path / "m.tflite", model([graph], [string_buffer(WORDS)]))
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    interpreter.invoke()
    with inspector.open(path) as opened:
        found = decode(opened, opened.subgraphs[0].tensors[0])
    assert found.tolist() == [WORDS[:2], WORDS[2:]]
    assert found.tolist() == interpreter.get_tensor(0).tolist()


@pytest.mark.parametrize(
    ("stored", "elements"),
    [
        (b"", 0),
        (b"\0\0", 0),
        (string_buffer(WORDS), 3),
        (string_buffer(WORDS)[:-1], 4),
        (string_buffer(WORDS)[:12], 4),
        (np.array([-1], "<i4").tobytes(), -1),
        (np.array([1, 12, 1 << 30], "<i4").tobytes(), 1),
        (np.array([1, 0, 12], "<i4").tobytes(), 1),
        (np.array([1, 14, 12, 0], "<i4").tobytes(), 1),
        (np.array([1 << 30, 0, 0], "<i4").tobytes(), 1 << 30),
    ],
)
def test_string_buffers_that_lie_are_refused(stored: bytes, elements: int) -> None:
    with pytest.raises(ModelError):
        strings(np.frombuffer(stored, np.uint8), elements)


def test_the_first_value_lies_in_the_lowest_bits() -> None:
    raw = np.array([0x21, 0x43], np.uint8)
    assert unpack(raw, 4, 4).tolist() == [1, 2, 3, 4]
    assert unpack(raw, 4, 3).tolist() == [1, 2, 3]
    assert unpack(np.array([0b11100100], np.uint8), 2, 4).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("elements", [2, 5, 0, -1, 1 << 60])
def test_packed_values_of_another_number_are_refused(elements: int) -> None:
    with pytest.raises(ModelError, match="2 stored bytes"):
        unpack(np.zeros(2, np.uint8), 4, elements)
