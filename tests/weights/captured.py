"""Operators of whole networks, with what the interpreter gave them and got, for tests of layouts.

Values are real numbers: what is quantised is dequantised by the interpreter's own parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from inspector.weights.export import arrays
from inspector.weights.layouts import Layout
from inspector.weights.names import layer_names
from inspector.weights.slots import Skipped
from tests.shared_models import ABSENT, FOLDER, rows

KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "PRELU")
KINDS += ("BATCH_MATMUL", "UNIDIRECTIONAL_SEQUENCE_LSTM", "Convolution2DTransposeBias")
MOMENT = 20
"""Milliseconds; nine of the ten networks take less with the interpreter's fastest kernels."""

ACTIVATIONS = {
    "NONE": lambda x: x,
    "RELU": lambda x: np.maximum(x, 0),
    "RELU6": lambda x: np.clip(x, 0, 6),
    "RELU_N1_TO_1": lambda x: np.clip(x, -1, 1),
    "TANH": np.tanh,
}


@dataclass
class Captured:
    """One operator of a run: its kind, its layer's name, its options, what went in and came out."""

    kind: str
    name: str
    options: dict[str, Any]
    x: np.ndarray
    expected: np.ndarray
    output: dict[str, Any]
    hybrid: bool

    def check(self, found: np.ndarray) -> None:
        """Whether a layer without an activation computes what the operator did.

        Integers within one step. Floats within what another order of the sums makes; where the
        kernel rounds its activations to 8 bits as it runs, within 3 % of the range: a step is 1/127
        of the largest, and an error of axes is of the size of the values themselves.
        """
        if self.kind != "UNIDIRECTIONAL_SEQUENCE_LSTM":
            found = ACTIVATIONS[self.options.get("fused_activation_function", "NONE")](found)
        if self.expected.dtype.kind in "iu":
            scale, zero_point = self.output["quantization"]
            ends = np.iinfo(self.expected.dtype)
            stored = np.clip(np.round(found / scale) + zero_point, ends.min, ends.max)
            assert np.abs(stored - self.expected).max() <= 1
        else:
            size = np.abs(self.expected).max() or 1
            limit = 0.03 if self.hybrid else 1e-4
            assert np.abs(found - self.expected).max() <= limit * size


def networks() -> list[Any]:
    """The networks that the interpreter runs in moments, of every kind, as parameters of a test."""
    found = [
        FOLDER / row["file"]
        for row in rows()
        if row["file"].startswith("networks/")
        and row.get("runs_in_litert")
        and row["invoke_ms"] < MOMENT
        and row["operators"] < 2000
    ]
    return [pytest.param(path, id=path.name) for path in found if path.exists()] or [ABSENT]


def captured(path: Path) -> list[Captured]:
    """The first operator of each kind, from one run on random input."""
    interpreter = ran(path)
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        names = layer_names(graph)
        wanted = {o.name: o for o in reversed(graph.operators) if o.name in KINDS}
        return [
            capture(interpreter, details, operator, names[operator.index])
            for operator in wanted.values()
        ]


def ran(path: Path) -> Interpreter:
    """The interpreter after a run, with every tensor kept."""
    mediapipe = b"Convolution2DTransposeBias" in path.read_bytes()  # only XNNPACK has it
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(
        model_path=str(path),
        experimental_op_resolver_type=OpResolverType.AUTO if mediapipe else kernels,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    rng = np.random.default_rng(0)
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], drawn(rng, detail))
    interpreter.invoke()
    return interpreter


def capture(
    interpreter: Interpreter, details: dict[int, Any], operator: Any, name: str
) -> Captured:
    """What went into an operator and came out."""
    place = 2 if operator.name == "TRANSPOSE_CONV" else 0
    image, kernel, output = (
        details[i] for i in (operator.inputs[place], operator.inputs[1], operator.outputs[0])
    )
    x = real(interpreter.get_tensor(image["index"]), image)
    expected = interpreter.get_tensor(output["index"])
    hybrid = image["dtype"] == np.float32 and kernel["dtype"] in (np.int8, np.uint8)
    return Captured(operator.name, name, operator.options, x, expected, output, hybrid)


def by_use(path: Path, layout: Layout) -> dict[str, np.ndarray]:
    """The exported arrays, by the name that each layer has for them."""
    with inspector.open(path) as model:
        pairs = [each for each in arrays(model, layout) if not isinstance(each, Skipped)]
    return {use.key: array for entry, array in pairs for use in entry.uses}


def drawn(rng: np.random.Generator, detail: dict[str, Any]) -> np.ndarray:
    """A random input; integers that index something stay small."""
    shape, dtype = detail["shape"], detail["dtype"]
    if np.issubdtype(dtype, np.floating):
        return rng.random(shape).astype(dtype)
    if detail["quantization"][0]:
        return rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape).astype(dtype)
    return rng.integers(0, 2, shape).astype(dtype)


def real(values: np.ndarray, detail: dict[str, Any]) -> np.ndarray:
    """The real numbers that values of a tensor stand for."""
    scale, zero_point = detail["quantization"]
    if values.dtype.kind in "iu" and scale:
        return ((values.astype(np.float64) - zero_point) * scale).astype(np.float32)
    return values
