"""Operators in all their types, ranks and options, as the interpreter computes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.one_operator import draw, runs
from tests.rebuild.test_operators import distance, outputs_of, rebuilt
from tests.rebuild.variants import collected, packed

VARIANTS = collected()
FLOAT32, FLOAT16 = 1e-5, 2.0**-10
"""Sums differ by their order; a result that lies between two halves then rounds either way."""


@pytest.mark.parametrize("operator", sorted(VARIANTS))
def test_all_variants_are_computed(operator: str, tmp_path: Path) -> None:
    cases, path = VARIANTS[operator], tmp_path / "m.tflite"
    inputs = [array for case in cases for array in draw(case, 1)]
    path.write_bytes(packed(cases, [()] * sum(case.outputs for case in cases)))
    expected = runs(path, inputs)
    path.write_bytes(packed(cases, [array.shape for array in expected[0]]))
    found = outputs_of(rebuilt(path, tmp_path)(inputs if len(inputs) > 1 else inputs[0]))
    named = [case for case in cases for _ in range(case.outputs)]
    for place, (case, value) in enumerate(zip(named, found, strict=True)):
        sides = [side[place] for side in expected]
        assert value.shape == sides[0].shape, case
        allowed = FLOAT16 if value.dtype == np.float16 else FLOAT32
        assert min(distance(value, side) for side in sides) <= allowed, case
