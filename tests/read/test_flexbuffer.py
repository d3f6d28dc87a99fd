"""FlexBuffers, written by the `flatbuffers` package and read by us; and bytes that only look so."""

from __future__ import annotations

import random
from typing import Any

import pytest
from flatbuffers import flexbuffers

from inspector.errors import ModelError
from inspector.read.flexbuffer import decode

VALUES = [
    None,
    True,
    -5,
    2**40,
    0.1,
    "text, and ä 日本",
    b"\x00\xff",
    [],
    [1, "a", None, [2.5, {"k": False}]],
    {},
    {"a": 1, "b": {"c": [1, 2, 3]}, "longer key": "x" * 300},
    [-1, 2, 3000],
    [1.5, -2.5],
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was_written(value: Any) -> None:
    assert decode(bytes(flexbuffers.Dumps(value))) == value


@pytest.mark.parametrize("elements", [[1, -2, 3], [1.5, 2.5], [True, False], [7] * 300])
def test_a_typed_vector_is_a_list(elements: list[Any]) -> None:
    builder = flexbuffers.Builder()
    builder.TypedVectorFromElements(elements)
    assert decode(bytes(builder.Finish())) == elements


@pytest.mark.parametrize("elements", [[1, 2], [1, 2, -3], [0.5, 1.5, 2.5, 3.5]])
def test_a_vector_of_fixed_length_is_a_list(elements: list[Any]) -> None:
    builder = flexbuffers.Builder()
    builder.FixedTypedVectorFromElements(elements)
    assert decode(bytes(builder.Finish())) == elements


def test_indirect_numbers_are_followed() -> None:
    builder = flexbuffers.Builder()
    with builder.Vector():
        builder.IndirectInt(-7)
        builder.IndirectUInt(8)
        builder.IndirectFloat(0.25)
    assert decode(bytes(builder.Finish())) == [-7, 8, 0.25]


@pytest.mark.parametrize("data", [b"", b"\x01\x02", b"\0\0\0", b"\0\0\3", b"\xff\xff\xff\xff"])
def test_bytes_that_are_no_flexbuffer_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        decode(data)


def shared_twice(depth: int) -> bytes:
    """A vector that holds its only child twice, and so on `depth` times: 2 to the depth leaves."""
    data, child = bytearray([1, 7, flexbuffers.Type.UINT << 2]), 1
    for _ in range(depth):
        data.append(2)
        place = len(data)
        data += bytes([place - child, place + 1 - child])
        data += bytes([flexbuffers.Type.VECTOR << 2] * 2)
        child = place
    return bytes(data) + bytes([len(data) - child, flexbuffers.Type.VECTOR << 2, 1])


def test_shared_parts_are_read_as_often_as_they_are_named() -> None:
    data = shared_twice(3)
    assert decode(data) == flexbuffers.Loads(data)


def test_a_hundred_bytes_do_not_unfold_to_gigabytes() -> None:
    with pytest.raises(ModelError, match="unfolds to far more"):
        decode(shared_twice(40))


def test_only_model_errors_come_out_of_changed_bytes() -> None:
    rng, refused = random.Random(3), 0
    whole = bytes(flexbuffers.Dumps(VALUES[10]))
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(3):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            decode(bytes(data))
        except ModelError:
            refused += 1
    assert refused > 100
