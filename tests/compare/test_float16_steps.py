"""The steps of float16, as NumPy has them."""

import numpy as np

from inspector.compare.rounding import relative


def test_a_step_is_at_least_numpys_spacing_and_less_than_twice_that():
    numbers = np.logspace(-9, 4, 500) * np.where(np.arange(500) % 2, 1, -1)
    spacing = np.abs(np.spacing(numbers.astype(np.float16))).astype(np.float64)
    steps = relative(numbers)
    normal = np.abs(numbers) > 2**-14
    assert (steps[normal] >= spacing[normal] * (1 - 2**-10)).all()  # where float16 rounds up
    assert (steps < 2.01 * spacing).all()
    np.testing.assert_array_equal(steps[~normal], 2.0**-24)


def test_zero_is_a_float16():
    assert relative(np.zeros(3)).tolist() == [0, 0, 0]
