"""Random operators draw on from call to call, as the interpreter does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.one_operator import Case, draw, write
from tests.rebuild.cases.random import CASES, LOGITS
from tests.rebuild.stepping import built, compiled, invoked, opened, outputs_of

SEEDED = ("RANDOM_UNIFORM True {'seed': 1234, 'seed2': -7}", "multinomial int64 9")


@pytest.mark.parametrize("name", SEEDED)
def test_calls_give_what_the_interpreter_gives_one_after_the_other(
    name: str, tmp_path: Path
) -> None:
    path, inputs = write(CASES[name], tmp_path / "m.tflite"), draw(CASES[name], 1)
    (_, model), interpreter = built(path, tmp_path), opened(path)
    run = compiled(model)
    for _ in range(4):
        found, expected = outputs_of(run(inputs)), invoked(interpreter, inputs)
        np.testing.assert_array_equal(found[0], expected[0])


def test_without_seeds_the_numbers_are_new_and_of_the_same_distribution(tmp_path: Path) -> None:
    case = Case("MULTINOMIAL", [LOGITS, np.int32(4000)], {}, output_dtype="int64")
    path, inputs = write(case, tmp_path / "m.tflite"), draw(case, 1)[0]
    _, model = built(path, tmp_path)
    first, second = (outputs_of(model(inputs))[0] for _ in range(2))
    assert not np.array_equal(first, second)
    odds = np.exp(inputs) / np.exp(inputs).sum(axis=1, keepdims=True)
    for row, chances in zip(first, odds, strict=True):
        shares = np.bincount(row, minlength=5) / row.size
        deviation = np.sqrt(chances * (1 - chances) / row.size)
        assert np.all(np.abs(shares - chances) < 6 * deviation)
