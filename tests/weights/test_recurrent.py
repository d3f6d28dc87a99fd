"""What the frameworks' recurrent layers lack is written under its own name, and nothing is lost.

A plain LSTM in NumPy, after `kernels/lstm_eval.cc`, computes from those arrays what the interpreter
does: with coupled gates, peepholes, normalised gates and a projection.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.weights.export import Entry, arrays
from inspector.weights.layouts import Layout
from inspector.weights.slots import Skipped
from tests.one_operator import Case, Input, Variable, draw, run, write
from tests.weights.layer_cases import GATES, LACKED, normal

KERNELS = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
Arrays = Mapping[str, np.ndarray]


def exported(path: Path, layout: Layout) -> tuple[dict[str, Entry], dict[str, np.ndarray]]:
    """Entries and arrays by variable; nothing may be skipped."""
    with inspector.open(path) as opened:
        found = list(arrays(opened, layout))
    assert not any(isinstance(each, Skipped) for each in found)
    named = {key(each[0]): each for each in found}  # type: ignore[union-attr]
    return {name: e for name, (e, _) in named.items()}, {name: a for name, (_, a) in named.items()}


def key(entry: Entry) -> str:
    return entry.key.replace(".", "/").partition("/")[2]


def apart(found: Arrays) -> dict[str, np.ndarray]:
    """The arrays with the gates of a Keras layer under the kernel's names for them."""
    named = dict(found)
    for variable, name in (
        ("kernel", "input_to_{}_weights"),
        ("recurrent_kernel", "recurrent_to_{}_weights"),
        ("bias", "{}_gate_bias"),
    ):
        if variable in found:
            parts = np.split(found[variable], 4, axis=-1)
            named |= {name.format(gate): p.T for gate, p in zip(GATES, parts, strict=True)}
    return named


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm(x: np.ndarray, w: Arrays) -> np.ndarray:
    """x [batch, steps, inputs] to the outputs of all steps, with whatever features `w` has."""
    units = w["cell_gate_bias"].shape[0]
    width = w["recurrent_to_cell_weights"].shape[1]
    cell, output, outputs = np.zeros((len(x), units)), np.zeros((len(x), width)), []
    for step in np.moveaxis(x, 1, 0):
        forget = sigmoid(gate("forget", step, output, cell, w))
        coupled = "input_to_input_weights" not in w
        allowed = 1 - forget if coupled else sigmoid(gate("input", step, output, cell, w))
        cell = forget * cell + allowed * np.tanh(gate("cell", step, output, cell, w))
        output = sigmoid(gate("output", step, output, cell, w)) * np.tanh(cell)
        if "projection_weights" in w:
            output = output @ w["projection_weights"].T + w.get("projection_bias", 0)
        outputs.append(output)
    return np.stack(outputs, 1)


def gate(name: str, x: np.ndarray, output: np.ndarray, cell: np.ndarray, w: Arrays) -> np.ndarray:
    """What goes into the activation of one gate."""
    found = x @ w[f"input_to_{name}_weights"].T + output @ w[f"recurrent_to_{name}_weights"].T
    found = found + cell * w.get(f"cell_to_{name}_weights", 0)
    if (scale := w.get(f"{name}_layer_norm_coefficients")) is not None:
        centred = found - found.mean(-1, keepdims=True)
        found = centred / np.sqrt(found.var(-1, keepdims=True) + 1e-8) * scale
    return found + w[f"{name}_gate_bias"]


@pytest.mark.parametrize("name", LACKED)
def test_the_arrays_make_up_the_whole_lstm(name: str, tmp_path: Path) -> None:
    path = write(LACKED[name], tmp_path / "m.tflite")
    inputs = draw(LACKED[name], 0)
    (expected,) = run(path, inputs, KERNELS)
    _, found = exported(path, Layout.KERAS)
    output = lstm(inputs[0].astype(np.float64), apart(found))
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)  # sums in another order


@pytest.mark.parametrize("layout", [Layout.KERAS, Layout.TORCH])
@pytest.mark.parametrize("name", LACKED)
def test_what_a_layer_lacks_is_said(name: str, layout: Layout, tmp_path: Path) -> None:
    entries, _ = exported(write(LACKED[name], tmp_path / "m.tflite"), layout)
    own = {"kernel", "recurrent_kernel", "bias"}
    own |= {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "weight_hr_l0"}
    for variable, entry in entries.items():
        assert bool(entry.note) == (variable not in own)
    notes = " ".join(entry.note for entry in entries.values())
    assert name == "all" or name in notes


def test_gates_that_are_computed_leave_the_others_apart(tmp_path: Path) -> None:
    weights = [normal(4, 3) for _ in GATES]
    states = [Variable((2, 4)), Variable((2, 4))]
    operands = [Input((2, 5, 3)), *weights, *(normal(4, 4) for _ in GATES), *[None] * 3]
    operands += [Input((4,)), *(normal(4) for _ in GATES[1:]), None, None, *states]
    case = Case("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, {"fusedActivationFunction": 4})
    entries, _ = exported(write(case, tmp_path / "m.tflite"), Layout.KERAS)
    biases = [f"{gate}_gate_bias" for gate in GATES[1:]]
    assert list(entries) == ["kernel", "recurrent_kernel", *biases]
    notes = {entries[name].note for name in biases}
    assert notes == {"input_gate_bias is not in the file, and Keras stacks the gates"}


def test_svdf_stays_as_its_kernel_has_it(tmp_path: Path) -> None:
    case = Case(
        "SVDF",
        [Input((2, 3)), normal(4, 3), normal(4, 5), normal(4), Variable((2, 20))],
        {"rank": 1},
    )
    path = write(case, tmp_path / "m.tflite")
    inputs = draw(case, 0)
    (expected,) = run(path, inputs, KERNELS)
    for layout in (Layout.KERAS, Layout.TORCH):
        _, found = exported(path, layout)
        features = inputs[0] @ found["weights_feature"].T  # at the first step the older ones are 0
        output = features * found["weights_time"][:, -1] + found["bias"]
        np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)
