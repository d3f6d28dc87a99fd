"""A GRU that a converter wrote out, found again and brought to Core ML step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result

pytest.importorskip("coremltools")
keras = pytest.importorskip("keras")
networks = pytest.importorskip("tests.rebuild.recurrent_networks")


@pytest.mark.parametrize("unroll", [False, True], ids=["loop", "unrolled"])
def test_a_package_of_a_gru_agrees(
    unroll: bool, tfli: Callable[..., Result], tmp_path: Path
) -> None:
    x = keras.Input((5, 3), batch_size=1)
    layer = keras.layers.GRU(16, return_sequences=True, unroll=unroll)
    path = networks.converted(networks.filled(keras.Model(x, layer(x))), tmp_path / "m.tflite")
    found = tfli("coreml", path, "-o", tmp_path / "m.mlpackage", "--json")
    assert found.code == 0, found.err
    assert found.json["verify"]["outputs"][0]["sqnr_db"] > 100  # as float32 sums do
