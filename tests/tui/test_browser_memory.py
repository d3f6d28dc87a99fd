"""What the browser holds does not grow with the weights: they stay in the mapped file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.browser_memory import ROLLUP
from benchmarks.synthetic import many_bytes

OPERATORS = 100
SMALL, LARGE = 400_000, 400_000_000
"""Bytes of weights."""
ONE = 8 * LARGE // OPERATORS
"""Bytes that one of the large kernels takes in float64, in which it is measured; of 400 MB that
were held even once, this is a twelfth."""
KEYS = ("down", "4", "7", "v", "v")
"""Through the graph and the sizes to the weights, in each of their views."""


@pytest.mark.skipif(not ROLLUP.exists(), reason="the system does not tell private pages apart")
def test_private_memory_does_not_grow_with_the_weights(tmp_path: Path) -> None:
    small, large = (
        most_private(many_bytes(tmp_path / f"{weights}.tflite", OPERATORS, weights))
        for weights in (SMALL, LARGE)
    )
    assert large - small < ONE


def most_private(model: Path) -> int:
    """The most private bytes of a browser that goes through a model."""
    command = [sys.executable, "-m", "benchmarks.browser_memory", str(model), *KEYS]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, timeout=120, check=True, capture_output=True)
    return int(done.stdout)
