"""Recurrent operators on integers, call after call: what they hold is what their kernels hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import inspector
from rebuild.translate.quantized import EXACT, FLOAT
from rebuild.translate.translator import translate
from tests.quantized_operator import QuantizedCase, draw, packed, write
from tests.rebuild.cases.quantized_recurrent import (
    HYBRID_RECURRENT,
    INTEGER_RECURRENT,
    basic,
    hybrid,
    lstm,
)
from tests.rebuild.cases.recurrent import CASES as FLOATS
from tests.rebuild.stepping import built, compiled, invoked, opened, outputs_of

STEPPED = (
    "hybrid lstm all features",
    "hybrid lstm step all features asymmetric",
    "hybrid lstm both ways unlike asymmetric",
    "hybrid rnn step",
    "hybrid rnn both ways unlike",
    "hybrid svdf rank asymmetric",
)


@pytest.mark.parametrize("name", INTEGER_RECURRENT)
def test_integers_stay_equal_for_eight_calls(name: str, tmp_path: Path) -> None:
    case = INTEGER_RECURRENT[name]
    path = write(case, tmp_path / "m.tflite")
    _, model = built(path, tmp_path, EXACT)
    called, interpreter = compiled(model), opened(path)
    for seed in range(8):
        inputs = draw(case, seed)
        pairs = zip(outputs_of(called(inputs)), invoked(interpreter, inputs), strict=True)
        for found, expected in pairs:
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", STEPPED)
def test_hybrid_kernels_stay_equal_for_eight_calls(name: str, tmp_path: Path) -> None:
    case = HYBRID_RECURRENT[name]
    path = write(case, tmp_path / "m.tflite")
    _, model = built(path, tmp_path, EXACT)
    called, interpreter = compiled(model), opened(path)
    for seed in range(8):
        inputs = draw(case, seed)
        pairs = zip(outputs_of(called(inputs)), invoked(interpreter, inputs), strict=True)
        for found, expected in pairs:
            # Sums of float32 in another order; a step of the rounded state is 100 times as large.
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=5e-6)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_rows_of_zeros_have_a_grid_too(asymmetric: bool, tmp_path: Path) -> None:
    case = hybrid(FLOATS["lstm step"], asymmetric)
    path = write(case, tmp_path / "m.tflite")
    _, model = built(path, tmp_path, EXACT)
    interpreter, (x,) = opened(path), draw(case, 0)
    for zeros in ([0], [0, 1], [1]):
        inputs = x.copy()
        inputs[zeros] = 0
        (expected,) = invoked(interpreter, [inputs])
        np.testing.assert_allclose(model(inputs), expected, rtol=1e-5, atol=5e-6)


def reason(case: QuantizedCase, path: Path, width: int = 4) -> str:
    """Why an operator is not translated that gives [2, width]."""
    path.write_bytes(packed(case, [(2, width)]))
    with inspector.open(path) as model:
        (found,) = translate(model, reading=EXACT).unsupported
    return found.reason


def test_what_the_integer_kernel_cannot_do_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    case = lstm((2, 3), 4, "LSTM", peephole=True, projection=3)
    assert "the cells of one sequence for those of another" in reason(case, path, 3)
    case = lstm((2, 3), 4, "LSTM")
    case.operands[19].scale = 2.0**-8
    assert "a tanh for 2**-15 to 2**-9" in reason(case, path)
    case = lstm((2, 3), 4, "LSTM")
    case.operands[13].scale = 0.01
    assert "the scale of its forget_gate_bias is 0.01" in reason(case, path)
    case = lstm((2, 3), 4, "LSTM")
    case.intermediates = case.intermediates[:3]
    assert "3 intermediate tensors" in reason(case, path)
    case = basic(2, 3, 4)
    case.operands[1].variable = True
    case.outputs = case.outputs[:1]
    assert "begins at the integer 0" in reason(case, path)
    case = lstm((2, 3), 4, "LSTM")
    case.intermediates = [case.intermediates[0]] * 12
    assert "reads past its table of scales" in reason(case, path)


def test_what_the_hybrid_kernel_computes_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    assert "once for each step" in reason(hybrid(FLOATS["rnn both ways time major"]), path)
    assert "as wide as its input" in reason(hybrid(FLOATS["rnn both ways aux"]), path)
    case = hybrid(FLOATS["lstm step"])
    case.operands[2].dtype = "uint8"
    assert "is uint8 with 1 scales" in reason(case, path)
    case = hybrid(FLOATS["lstm"])
    case.operands[6] = hybrid(FLOATS["lstm diagonal"]).operands[6]
    assert "recurrent_to_forget_weights is float32 with 0 scales" in reason(case, path)


@pytest.mark.parametrize("name", ["int8 lstm", "int8 lstm normalised", "int8 svdf"])
def test_gradients_go_through_all_that_is_rounded(name: str, tmp_path: Path) -> None:
    import tensorflow as tf

    case = INTEGER_RECURRENT[name]
    path = write(case, tmp_path / "m.tflite")
    _, model = built(path, tmp_path, EXACT)
    cell = next(layer for layer in model.layers if layer.trainable_weights)
    with tf.GradientTape() as tape:
        found = real_output(model)(draw(case, 0))
        loss = tf.reduce_sum(found)
    for gradient in tape.gradient(loss, cell.trainable_weights):
        assert np.isfinite(gradient).all()
        assert np.any(gradient != 0)


def real_output(model):
    """The model up to the real numbers that its output's integers stand for."""
    from rebuild.execute import import_keras

    last = next(layer for layer in model.layers if type(layer).__name__ == "Quantize")
    return import_keras().Model(model.inputs, last.input)


@pytest.mark.parametrize("name", ["int8 lstm", "int8 lstm all features", "int8 svdf"])
def test_in_floats_they_are_the_layers_of_floats(name: str, tmp_path: Path) -> None:
    case = INTEGER_RECURRENT[name]
    path = write(case, tmp_path / "m.tflite")
    _, model = built(path, tmp_path, FLOAT)
    source = (tmp_path / "model.py").read_text()
    assert not {"Integer", "Quantize"} & set(source.replace("(", " ").split())
    assert [value.dtype for value in (*model.inputs, *model.outputs)] == ["float32"] * 2
