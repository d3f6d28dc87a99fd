"""The bytes of an array in C order, whatever its strides are, without a copy of the whole."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest

from inspector.weights.chunks import CHUNK, chunks

rng = np.random.default_rng(3)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.float16, np.int64, "S3", bool])
@pytest.mark.parametrize("permutation", [*itertools.permutations(range(4))], ids=str)
def test_any_order_of_axes(permutation: tuple[int, ...], dtype: type) -> None:
    array = rng.integers(0, 100, (70, 3, 5, 67)).astype(dtype).transpose(permutation)
    assert b"".join(chunks(array)) == array.tobytes()


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (1, 1, 7)], ids=str)
def test_small_and_empty_ones(shape: tuple[int, ...]) -> None:
    array = np.ones(shape, np.float32)
    assert b"".join(chunks(array)) == array.tobytes()
    assert b"".join(chunks(array.T)) == array.T.tobytes()


def test_views_with_gaps_and_repeats() -> None:
    array = rng.random((40, 60, 50))
    assert b"".join(chunks(array[::2, 5:, ::-1])) == array[::2, 5:, ::-1].tobytes()
    repeated = np.broadcast_to(array[:, :1], (40, 60, 50))
    assert b"".join(chunks(repeated)) == repeated.tobytes()


def test_a_large_transpose_takes_little_memory() -> None:
    array = np.zeros((512, 3, 3, 512), np.float32).transpose(1, 2, 3, 0)
    tracemalloc.start()
    assert sum(map(len, chunks(array))) == array.nbytes
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * CHUNK < array.nbytes
