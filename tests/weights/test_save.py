"""Weights files come with their manifest, whole or not at all, and lose nothing in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import safetensors

import inspector
from inspector.errors import InputError
from inspector.weights.earlier import is_plain
from inspector.weights.export import Dtype, arrays
from inspector.weights.layouts import Layout
from inspector.weights.manifest import Entry, Settings
from inspector.weights.save import Found, manifest_of, save
from inspector.weights.slots import Skipped
from inspector.weights.values import Values
from tests.weights.constants import TYPES
from tests.written import model, subgraph, tensor, write


def entry(key: str, array: np.ndarray) -> tuple[Entry, np.ndarray]:
    """An array as `arrays` would give it."""
    shape, dtype = array.shape, array.dtype.name
    return Entry(key, 0, 0, "t", dtype, shape, dtype, shape, None, False, None, None, None), array


ONE = np.ones(3, np.float32)


def files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors", "w/"])
def test_the_manifest_says_what_the_file_holds(name: str, fixtures: Path, tmp_path: Path) -> None:
    settings = Settings("cnn_int8.tflite", Layout.TORCH, Values.REAL, Dtype.FLOAT16, "*")
    target = f"{tmp_path}/{name}"
    with inspector.open(fixtures / "cnn_int8.tflite") as opened:
        manifest = save(
            arrays(opened, Layout.TORCH, dtype=Dtype.FLOAT16), target, settings=settings
        )
    found = json.loads(manifest_of(target).read_text())
    assert found["schema"] == "tfli/1" and found["skipped"] == []
    assert {name: found[name] for name in ("model", "layout", "values", "dtype", "filter")} == {
        "model": "cnn_int8.tflite",
        "layout": "torch",
        "values": "dequantized",
        "dtype": "float16",
        "filter": "*",
    }
    expected = [json.loads(json.dumps(asdict(each))) for each in manifest.arrays]
    assert found["arrays"] == expected and len(expected) > 5


def test_the_header_of_a_safetensors_holds_it_too(fixtures: Path, tmp_path: Path) -> None:
    target = tmp_path / "w.safetensors"
    with inspector.open(fixtures / "cnn_int8.tflite") as opened:
        manifest = save(arrays(opened), target)
    with safetensors.safe_open(target, "np") as file:
        found = json.loads(file.metadata()["tfli"])["arrays"]
        assert set(file.keys()) == set(found)
    for each in manifest.arrays:
        assert found[each.key]["sha256"] == each.sha256
        assert found[each.key]["tensor"] == each.tensor
        assert ("scale" in found[each.key]) == (0 < len(each.scale) <= 16)


def test_a_folder_has_a_file_for_each_key(fixtures: Path, tmp_path: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as opened:
        save(arrays(opened), f"{tmp_path}/w/")
        expected = {key: array for key, (_, array) in dict_of(arrays(opened)).items()}
        assert files(tmp_path / "w") == sorted(
            [*(f"{key}.npy" for key in expected), "manifest.json"]
        )
        for key, array in expected.items():
            np.testing.assert_array_equal(np.load(tmp_path / "w" / f"{key}.npy"), array)
        with pytest.raises(InputError, match="--force"):
            save(arrays(opened), tmp_path / "w")
        save(arrays(opened), tmp_path / "w", force=True)


def test_the_same_export_gives_the_same_bytes(fixtures: Path, tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        with inspector.open(fixtures / "cnn_int8.tflite") as opened:
            save(arrays(opened), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize(
    ("name", "shard_size"),
    [("w.npz", None), ("w.safetensors", None), ("w.safetensors", 8), ("w/", None)],
)
def test_work_that_breaks_leaves_what_was_there(
    name: str, shard_size: int | None, tmp_path: Path
) -> None:
    target = f"{tmp_path}/{name}"
    save([entry("a/old", ONE)], target)
    before = {path: (tmp_path / path).read_bytes() for path in files(tmp_path)}

    def broken() -> Found:
        yield entry("a/new", ONE)
        yield entry("b/new", ONE)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(broken(), target, force=True, shard_size=shard_size)
    assert {path: (tmp_path / path).read_bytes() for path in files(tmp_path)} == before


@pytest.mark.parametrize("there", ["w.npz", "w.npz.json"])
def test_neither_of_the_pair_is_written_over(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(InputError, match="--force"):
        save([entry("a", ONE)], tmp_path / "w.npz")
    assert files(tmp_path) == [there] and (tmp_path / there).read_text() == "mine"


def test_shards_take_the_place_of_the_whole_file_and_back(tmp_path: Path) -> None:
    target = tmp_path / "w.safetensors"
    found = [entry("a", ONE), entry("b", ONE)]
    save(found, target)
    save(found, target, force=True, shard_size=12)
    assert files(tmp_path) == [
        "w-00001-of-00002.safetensors",
        "w-00002-of-00002.safetensors",
        "w.safetensors.index.json",
        "w.safetensors.json",
    ]
    (tmp_path / "w.safetensors.json").unlink()
    with pytest.raises(InputError, match=r"index\.json exists"):
        save(found, target)
    save(found, target, force=True)
    assert "w.safetensors.index.json" not in files(tmp_path) and "w.safetensors" in files(tmp_path)


def test_nothing_stays_of_an_earlier_export(tmp_path: Path) -> None:
    scaled = replace(entry("a/kernel", ONE)[0], scale_key="a/kernel.scale"), ONE
    beside = replace(entry("a/kernel.scale", ONE)[0], parameter_of="a/kernel"), ONE
    save([scaled, beside, entry("old", ONE), entry("both", ONE)], f"{tmp_path}/w/")
    for own in ("w/a/notes.npy", "w/mine.npy"):
        (tmp_path / own).write_text("mine")
    save([entry("both", ONE), entry("new", ONE)], tmp_path / "w", force=True)
    arrays = ["w/a/notes.npy", "w/both.npy", "w/mine.npy", "w/new.npy"]
    assert files(tmp_path) == sorted([*arrays, "w/manifest.json"])
    (tmp_path / "w/a/notes.npy").unlink()
    save([entry("a/b/deep", ONE)], tmp_path / "w", force=True)
    save([entry("new", ONE)], tmp_path / "w", force=True)
    assert not (tmp_path / "w" / "a" / "b").exists()


def test_fewer_shards_leave_none_of_the_others(tmp_path: Path) -> None:
    target = tmp_path / "w.safetensors"
    found = [entry("a", ONE), entry("b", ONE), entry("c", ONE)]
    save(found, target, shard_size=12)
    save(found, target, shard_size=24, force=True)
    shards = [name for name in files(tmp_path) if "-of-" in name]
    assert shards == ["w-00001-of-00002.safetensors", "w-00002-of-00002.safetensors"]
    save(found, target, force=True)
    assert files(tmp_path) == ["w.safetensors", "w.safetensors.json"]


def test_an_earlier_manifest_is_trusted_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "w" / "link").symlink_to(tmp_path / "elsewhere")
    for own in ("mine.npy", "elsewhere/mine.npy", "w/mine.txt", "x-1.safetensors", "w-1.npz"):
        (tmp_path / own).write_text("mine")
    keys = ["../mine", f"{tmp_path}/mine", "link/mine", 3, ["mine"], {"a": 1}, "mine.txt", "."]
    listed = [{"key": key} for key in keys]
    for hostile in (listed, [*listed, None, 3], "text", {"a": 1}, None):
        (tmp_path / "w" / "manifest.json").write_text(
            json.dumps({"schema": "tfli/1", "arrays": hostile})
        )
        save([entry("a", ONE)], tmp_path / "w", force=True)
    shards = {
        str(i): name for i, name in enumerate(["x-1.safetensors", "w-1.npz", "w-/../mine.npy"])
    }
    index = tmp_path / "w.safetensors.index.json"
    for map_ in (shards, {"a": ["x"]}, [1], "text"):
        index.write_text(json.dumps({"weight_map": map_}))
        save([entry("a", ONE)], tmp_path / "w.safetensors", force=True)
    for text in ("{", "[1]", "[" * 100_000):
        (tmp_path / "w" / "manifest.json").write_text(text)
        save([entry("a", ONE)], tmp_path / "w", force=True)
    kept = {path for path in files(tmp_path) if (tmp_path / path).read_bytes() == b"mine"}
    own = {"mine.npy", "elsewhere/mine.npy", "w/mine.txt", "x-1.safetensors", "w-1.npz"}
    assert kept == own


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors", "w/"])
def test_a_key_that_collides_is_skipped(name: str, tmp_path: Path) -> None:
    found = [entry("a/kernel", ONE), entry("A/Kernel", 2 * ONE), entry("a/kernel", 3 * ONE)]
    manifest = save([*found, entry("b", ONE)], f"{tmp_path}/{name}")
    assert [each.key for each in manifest.arrays] == ["a/kernel", "b"]
    assert ["'a/kernel'" in each.reason for each in manifest.skipped] == [True, True]


@pytest.mark.parametrize(
    "key",
    ["../a", "/a", "a//b", "a/..", ".", "", "a\\b", "c:a", "a\0", "a\nb", "__metadata__", "a/\x1b"],
)
def test_a_key_that_is_no_file_name_is_skipped(key: str, tmp_path: Path) -> None:
    assert not is_plain(key) and is_plain("while_1/block_2/kernel") and is_plain("a.weight")
    manifest = save([entry(key, ONE), entry("b", ONE)], f"{tmp_path}/w/")
    assert [each.key for each in manifest.arrays] == ["b"] and len(manifest.skipped) == 1
    assert files(tmp_path) == ["w/b.npy", "w/manifest.json"]


def test_the_kind_of_file_must_know_the_type(tmp_path: Path) -> None:
    for name in ("w.npz", "w/"):
        with pytest.raises(InputError, match=r"bfloat16; write a \.safetensors"):
            save([], f"{tmp_path}/{name}", settings=Settings(dtype=Dtype.BFLOAT16))
    with pytest.raises(InputError, match="shards"):
        save([], tmp_path / "w.npz", shard_size=5)


@pytest.mark.parametrize("dtype", Dtype)
def test_real_numbers_are_brought_to_a_type(dtype: Dtype, tmp_path: Path) -> None:
    values = np.array([1.1, 7e4, -1e39, np.inf, np.nan, 1e-8], np.float64)
    tensors = [
        tensor("r", (6,), type=TYPES["float64"], buffer=1),
        tensor("i", (2,), type=TYPES["int64"], buffer=2),
        tensor("x"),
    ]
    graph = subgraph(tensors, inputs=[2])
    path = write(tmp_path / "m.tflite", model([graph], [values.tobytes(), bytes(16)]))
    with inspector.open(path) as opened:
        real, whole = dict_of(arrays(opened, dtype=dtype)).values()
    assert real[0].dtype == dtype.value and whole[1].dtype == np.int64
    with np.errstate(over="ignore"):
        expected = values.astype(real[1].dtype).astype(np.float32)
    np.testing.assert_array_equal(real[1].astype(np.float32), expected)
    assert real[0].overflowed == {"float16": 2, "bfloat16": 1, "float32": 1}[dtype.value]


def dict_of(
    found: Iterator[tuple[Entry, np.ndarray] | Skipped],
) -> dict[str, tuple[Entry, np.ndarray]]:
    return {each[0].key: each for each in found if not isinstance(each, Skipped)}
