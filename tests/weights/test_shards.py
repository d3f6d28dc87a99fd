"""Safetensors files and shards of them are what Hugging Face's own library reads."""

from __future__ import annotations

import json
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import safetensors
import safetensors.numpy

from inspector.errors import InputError
from inspector.weights.readers import open_weights
from inspector.weights.shards import write_safetensors, write_shards

ARRAYS = {
    "a/kernel": np.arange(12, dtype=np.float32).reshape(3, 4).T,
    "a/bias": np.array([1, 2, 3], np.int8),
    "b": np.array(7, np.int64),
    "c": np.array([1.5, -2], ml_dtypes.bfloat16),
    "d": np.zeros((0, 3), np.float16),
    "e": np.array([True, False, True]),
}


def nothing(_: object) -> dict[str, str]:
    return {}


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.dtype == expected.dtype and np.array_equal(found, expected)


def test_one_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_safetensors(path, ARRAYS.items(), lambda keys: {"count": str(len(list(keys)))})
    found = safetensors.numpy.load_file(path)
    assert found.keys() == ARRAYS.keys()
    assert all(same(found[key], array) for key, array in ARRAYS.items())
    with safetensors.safe_open(path, "np") as file:
        assert file.metadata() == {"count": "6"}


def test_shards_and_their_index(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    write_shards(path, ARRAYS.items(), nothing, 50)
    index = json.loads((tmp_path / "w.safetensors.index.json").read_text())
    names = sorted({*index["weight_map"].values()})
    assert names == ["w-00001-of-00002.safetensors", "w-00002-of-00002.safetensors"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [*names, "w.safetensors.index.json"]
    assert index["metadata"]["total_size"] == sum(array.nbytes for array in ARRAYS.values())
    for key, name in index["weight_map"].items():
        assert same(safetensors.numpy.load_file(tmp_path / name)[key], ARRAYS[key])


def test_an_array_over_the_limit_has_a_shard_of_its_own(tmp_path: Path) -> None:
    write_shards(tmp_path / "w.safetensors", ARRAYS.items(), nothing, 1)
    index = json.loads((tmp_path / "w.safetensors.index.json").read_text())
    assert index["weight_map"]["a/kernel"] == "w-00001-of-00006.safetensors"
    assert index["weight_map"]["a/bias"] == "w-00002-of-00006.safetensors"


def test_one_shard_is_a_plain_file(tmp_path: Path) -> None:
    write_shards(tmp_path / "w.safetensors", ARRAYS.items(), nothing, 1 << 20)
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize("limit", [None, 1, 50])
@pytest.mark.parametrize("named", ["w.safetensors", "w.safetensors.index.json"])
def test_our_reader_reads_them(named: str, limit: int | None, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    if limit is None:
        safetensors.numpy.save_file(
            {key: np.array(array, order="C") for key, array in ARRAYS.items()}, path
        )
        named = "w.safetensors"
    else:
        write_shards(path, ARRAYS.items(), nothing, limit)
    with open_weights(tmp_path / named) as weights:
        assert weights.keys() == ARRAYS.keys()
        assert all(same(weights[key], array) for key, array in ARRAYS.items())


HEADER = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}


def packed(header: object, data: bytes = bytes(8)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def changed(**fields: object) -> bytes:
    return packed({"a": HEADER["a"] | fields})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(3),
        (1 << 60).to_bytes(8, "little"),
        packed(b"{"),
        packed(b"[]"),
        packed(b"{}\xff"),
        packed(b"[" * 100_000),
        packed(HEADER, bytes(7)),
        changed(dtype="F31"),
        changed(shape=[3]),
        changed(shape=[-2]),
        changed(shape=[1 << 62, 1 << 62]),
        changed(shape="two"),
        changed(data_offsets=[-8, 0]),
        changed(data_offsets=[8, 16]),
        changed(data_offsets=[0]),
        packed({"a": 3}),
    ],
    ids=range(17),
)
def test_damaged_files_are_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(packed(HEADER))
    with open_weights(path) as weights:
        assert weights["a"].tolist() == [0, 0]
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"w\.safetensors: "), open_weights(path):
        pass


@pytest.mark.parametrize(
    "index",
    [
        "{",
        "[]",
        "{}",
        '{"weight_map": 3}',
        '{"weight_map": {"a": 3}}',
        '{"weight_map": {"a": "../w.safetensors"}}',
        '{"weight_map": {"a": "none.safetensors"}}',
        '{"weight_map": {"b": "part.safetensors"}}',
    ],
)
def test_an_index_that_lies_is_told(index: str, tmp_path: Path) -> None:
    (tmp_path / "part.safetensors").write_bytes(packed(HEADER))
    path = tmp_path / "w.safetensors.index.json"
    path.write_text('{"weight_map": {"a": "part.safetensors"}}')
    with open_weights(path) as weights:
        assert weights["a"].tolist() == [0, 0]
    path.write_text(index)
    with pytest.raises(InputError), open_weights(path):
        pass
