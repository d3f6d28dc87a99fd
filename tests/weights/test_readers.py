"""Weights files that NumPy wrote are read an array at a time; others are told in a line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inspector.errors import InputError
from inspector.weights.readers import open_weights

ARRAYS = {"a/kernel": np.arange(6.0).reshape(2, 3), "b.weight": np.array(3, np.int8)}


@pytest.mark.parametrize("how", [np.savez, np.savez_compressed])
def test_an_npz(how: object, tmp_path: Path) -> None:
    how(tmp_path / "w.npz", **ARRAYS)  # type: ignore[operator]
    with open_weights(tmp_path / "w.npz") as weights:
        assert weights.keys() == ARRAYS.keys() and "c" not in weights
        for key, array in ARRAYS.items():
            np.testing.assert_array_equal(weights[key], array)


def test_a_folder_of_npy(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for key, array in ARRAYS.items():
        np.save(tmp_path / f"{key}.npy", array)
    (tmp_path / "notes.txt").write_text("mine")
    with open_weights(tmp_path) as weights:
        assert weights.keys() == ARRAYS.keys()
        for key, array in ARRAYS.items():
            np.testing.assert_array_equal(weights[key], array)


def test_what_is_not_there(tmp_path: Path) -> None:
    for name in ("w.npz", "w.safetensors", "w"):
        with pytest.raises(InputError, match="no such file"), open_weights(tmp_path / name):
            pass


def test_what_is_no_weights_file(tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(b"hello")
    with pytest.raises(InputError, match=r"is no \.npz"), open_weights(tmp_path / "w.npz"):
        pass


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", a=np.array([{}], object))
    with open_weights(tmp_path / "w.npz") as weights, pytest.raises(InputError, match="'a'"):
        weights["a"]


def test_an_array_that_was_cut_short(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(100))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data[:-1])
    with open_weights(tmp_path) as weights, pytest.raises(InputError, match="'a' cannot be read"):
        weights["a"]
