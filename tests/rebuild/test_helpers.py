"""Layers that are written into scripts: Keras saves and loads models that have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inspector
from rebuild.execute import import_keras, load
from rebuild.folder import write as write_folder
from rebuild.helpers import sources
from rebuild.translate.translator import translate
from tests.one_operator import Case, Input, draw, write
from tests.rebuild.cases import helpers
from tests.rebuild.cases.quantized import EXACT_HELPERS, INTEGER_HELPERS

IMAGE = Input((1, 5, 7, 3))
SIZE = np.array([8, 9], "int32")
CASES = {
    "Constant": Case("ADD", [IMAGE, np.arange(3, dtype="float32")]),
    "Resize": Case("RESIZE_BILINEAR", [IMAGE, SIZE], {"alignCorners": True}),
    **dict(helpers()),
}
NETWORKS = {"Branch", "Choice", "Lookup", "Loop", "State", "StatefulLoop", "Texts"}
NETWORKS |= {"Unsupported", "VaryingLoop"}
"""Those that one operator does not make: see `networks.check`, and test_edges.py."""


@pytest.mark.parametrize("helper", CASES)
def test_a_model_with_it_is_saved_and_loaded(helper: str, tmp_path: Path) -> None:
    path = write(CASES[helper], tmp_path / "m.tflite")
    write_folder(translate(inspector.open(path)), tmp_path)
    assert f"class {helper}(" in (tmp_path / "model.py").read_text()
    module, _ = load(tmp_path / "model.py")
    model = module.build_model()
    module.load_weights(model, tmp_path / "weights.npz")
    model.save(tmp_path / "m.keras")
    keras = import_keras()
    again = keras.models.load_model(tmp_path / "m.keras")
    inputs = draw(CASES[helper], 1)
    found, expected = (made(inputs if len(inputs) > 1 else inputs[0]) for made in (again, model))
    for left, right in zip(keras.tree.flatten(found), keras.tree.flatten(expected), strict=True):
        np.testing.assert_array_equal(left, right)


def test_each_helper_is_tested() -> None:
    assert set(sources()) - NETWORKS == set(CASES) | set(EXACT_HELPERS) | set(INTEGER_HELPERS)
