"""Messages between processes: what goes in comes out, and what is cut short is told."""

from __future__ import annotations

import io

import ml_dtypes
import numpy as np
import pytest

from inspector.run.wire import BrokenMessageError, hollow, receive, send

ARRAYS = [
    np.arange(6, dtype=np.float32).reshape(2, 3),
    np.array(7, np.int64),
    np.zeros((0, 4), np.int8),
    np.array([True, False]),
    np.array([1 + 2j, np.nan], np.complex64),
    np.array([1.5, -2], ml_dtypes.bfloat16),
    np.array([-8, 7], ml_dtypes.int4),
    np.arange(12, dtype=np.uint16).reshape(3, 4).T,
    np.array([[b"a", b""], [b"\0c\0", "é".encode()]], object),
    np.array([], object),
    np.array(b"alone", object),
]


def sent(arrays: list[np.ndarray]) -> bytes:
    stream = io.BytesIO()
    send(stream, {"do": "read", "names": ["é", None]}, arrays)
    return stream.getvalue()


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_an_array_arrives_as_it_was_sent(array: np.ndarray) -> None:
    found = receive(io.BytesIO(sent([array])))
    assert found.said == {"do": "read", "names": ["é", None]}
    (arrived,) = found.arrays
    assert (arrived.dtype, arrived.shape) == (array.dtype, array.shape)
    if array.dtype == object:
        assert arrived.tolist() == array.tolist()
    else:
        assert arrived.tobytes() == array.tobytes()


def test_texts_of_numpy_arrive_as_bytes() -> None:
    texts = np.array(["é", "b"]), np.array([b"a", b"bc"])
    arrived = receive(io.BytesIO(sent([*texts]))).arrays
    assert [array.tolist() for array in arrived] == [["é".encode(), b"b"], [b"a", b"bc"]]


def test_a_message_that_ends_early_is_broken_wherever_it_ends() -> None:
    whole = sent([ARRAYS[0], ARRAYS[8]])
    for length in range(len(whole)):
        with pytest.raises(BrokenMessageError):
            receive(io.BytesIO(whole[:length]))


@pytest.mark.parametrize(
    "header",
    [
        b"nonsense",
        b"[]",
        b'{"said": {}, "arrays": [["float32", [-1]]]}',
        b'{"said": {}, "arrays": [["no such type", [1]]]}',
        b'{"said": {}, "arrays": [["float32", [1152921504606846976]]]}',
        b'{"said": {}, "arrays": [["object", [1]]]}',
        b'{"said": {}, "arrays": [["float32", "x"]]}',
        b'{"said": 3, "arrays": []}',
    ],
)
def test_what_is_no_message_is_refused(header: bytes) -> None:
    with pytest.raises(BrokenMessageError):
        receive(io.BytesIO(len(header).to_bytes(8, "little") + header + bytes(64)))


def test_lengths_of_texts_are_checked() -> None:
    header = b'{"said": {}, "arrays": [["text", [2]]]}'
    lengths = np.array([5, -3], np.int64).tobytes()
    with pytest.raises(BrokenMessageError):
        receive(io.BytesIO(len(header).to_bytes(8, "little") + header + lengths + b"hello"))


def test_a_hollow_array_has_a_shape_and_no_bytes() -> None:
    found = hollow("float32", [1000, 1000, 1000])
    assert (found.shape, found.dtype, found.strides) == ((1000, 1000, 1000), np.float32, (0, 0, 0))
    assert hollow("text", [2]).tolist() == [b"", b""]
