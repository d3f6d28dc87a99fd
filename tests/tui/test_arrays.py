"""Parts of arrays, two axes at a time."""

import numpy as np
import pytest

import inspector
from inspector.errors import InspectorError
from inspector.tui.arrays import Held, Sheet, Stored
from inspector.weights.decode import decode, dequantize

CUBE = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
ALL = slice(0, 10_000)


def test_the_last_two_axes_are_laid_out_first():
    sheet = Sheet(Held(CUBE), "OHWI")
    assert sheet.size == (4, 5)
    assert [sheet.name(axis) for axis in sheet.others] == ["O", "H"]
    np.testing.assert_array_equal(sheet.window(ALL, ALL), CUBE[0, 0])
    sheet.step(0, 1)
    sheet.step(1, -1)
    np.testing.assert_array_equal(sheet.window(ALL, ALL), CUBE[1, 2])
    sheet.step(0, 1)  # round
    np.testing.assert_array_equal(sheet.window(slice(1, 3), slice(2, 4)), CUBE[0, 2, 1:3, 2:4])
    assert sheet.place(3, 1) == (0, 2, 3, 1)


def test_any_two_axes_in_either_order():
    sheet = Sheet(Held(CUBE))
    sheet.choose(3, 0)
    np.testing.assert_array_equal(sheet.window(ALL, ALL), CUBE[:, 0, 0, :].T)
    sheet.choose(0, 3)
    np.testing.assert_array_equal(sheet.window(ALL, ALL), CUBE[:, 0, 0, :])
    pairs = set()
    for _ in range(6):
        sheet.turn()
        pairs.add((sheet.rows, sheet.columns))
    assert len(pairs) == 6
    flat = Sheet(Held(np.ones((1, 3, 1, 4))))
    flat.turn()
    assert (flat.rows, flat.columns) == (1, 3)  # axes of one index are no rows


def test_axes_are_chosen_by_letter_or_number():
    sheet = Sheet(Held(CUBE), "1HWO")
    assert sheet.axes_named("h, o") == (1, 3)
    assert sheet.axes_named("3 1") == (3, 1)
    for wrong in ("", "H", "H H", "Q 1", "0 9", "0 1 2"):
        with pytest.raises(InspectorError, match="two different axes"):
            sheet.axes_named(wrong)


@pytest.mark.parametrize("shape", [(), (7,), (0,), (3, 0)])
def test_few_axes_and_few_elements(shape):
    sheet = Sheet(Held(np.ones(shape)))
    assert sheet.window(ALL, ALL).shape == sheet.size
    sheet.turn()
    sheet.step(0, 1)


def test_all_axes_after_the_second_are_stepped_as_digits_are():
    sheet = Sheet(Held(np.zeros((2, 2, 2, 3, 1, 1))))
    seen = []
    for _ in range(6):
        sheet.step(2, 1)
        seen.append(tuple(sheet.at[2:4]))
    assert seen == [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 0)]


def test_a_large_matrix_is_read_in_stripes():
    read = []

    class Watched(Held):
        def part(self, index):
            found = super().part(index)
            read.append(found.size)
            return found

    values = np.random.default_rng(0).normal(size=(4000, 1000)).astype(np.float32)
    values[3999, 17] = 99
    small = Sheet(Watched(values)).fitted(50, 80)
    assert small.shape == (50, 77)
    assert small.max() == 99
    assert max(read) < values.size / 3


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite", "cnn_float16.tflite"])
def test_parts_of_constants_are_those_of_the_whole(fixtures, name, real):
    with inspector.open(fixtures / name) as model:
        constants = [t for t in model.subgraphs[0].tensors if model.is_constant(t) and t.shape]
        for tensor in constants:
            whole = decode(model, tensor)
            if real and tensor.is_quantized:
                whole = dequantize(model, tensor, whole)
            index = tuple(slice(1, None) if size > 2 else 0 for size in tensor.shape)
            part = Stored(model, tensor, real=real).part(index)
            np.testing.assert_array_equal(part, whole[index])


def test_a_constant_without_values_is_an_error(fixtures):
    with inspector.open(fixtures / "cnn.tflite") as model:
        tensor = model.subgraphs[0].tensors[model.subgraphs[0].outputs[0]]
        with pytest.raises(InspectorError):
            Stored(model, tensor, real=True).part((0,))
