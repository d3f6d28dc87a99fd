"""A common mistake is recognised by what it does, whoever made it; what is none of them is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.compare.hints.activation import FUNCTIONS
from inspector.compare.hints.kernel import moved, orders
from inspector.compare.hints.suggest import suggest
from inspector.compare.passes import compare
from inspector.compare.reference import Reference, Trial
from inspector.compare.result import OperatorResult
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Verdict
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Runtime
from tests.compare.planting import Copy
from tests.written import code, model, operator, packed, subgraph, tensor

BOTH = ["cnn.tflite", "cnn_int8.tflite"]
Change = Callable[[Copy], None]


def blamed(path: Path, change: Change) -> OperatorResult:
    """The only operator that is found wrong in a changed copy."""
    copy = Copy(path)
    change(copy)
    with inspector.open(path) as opened:
        candidate = TfliteCandidate(opened, inspector.Model(copy.packed(), "copy.tflite"))
        found = compare(opened, candidate, [inputs_of(opened).read([], seed=3)])
    (only,) = (op for op in found.operators if op.verdict is Verdict.SOURCE)
    return only


def arranged(index: int, operand: int, change: Callable[[np.ndarray], Any]) -> Change:
    return lambda copy: copy.arrange(copy.tensor(index, operand), change)


def option(index: int, name: str, value: object) -> Change:
    return lambda copy: setattr(copy.options(index), name, value)


def noise(values: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(0)
    return values + random.permutation(values.ravel()).reshape(values.shape) / 2


def swap(copy: Copy) -> None:
    inputs = copy.graph.operators[6].inputs
    copy.graph.operators[6].inputs = [inputs[1], inputs[0]]


TRANSPOSED, REVERSED = "its kernel looks transposed", "its kernel looks reversed"
CASES: list[tuple[int, Change, str]] = [
    (0, arranged(0, 1, lambda k: k.swapaxes(1, 2)), f"{TRANSPOSED} (OWHI in the place of OHWI)"),
    (7, arranged(7, 1, lambda k: k.transpose(1, 2, 3, 0)), f"{TRANSPOSED} (HWIO in the place of"),
    (8, arranged(8, 1, lambda k: k.reshape(3, 3, 32, 32).transpose(3, 0, 1, 2)), "read as HWIO"),
    (12, arranged(12, 1, np.transpose), f"{TRANSPOSED} (IO in the place of OI)"),
    (1, arranged(1, 1, lambda k: k[:, ::-1, ::-1]), f"{REVERSED} in height and width"),
    (7, arranged(7, 1, lambda k: k[::-1]), f"{REVERSED} in output channels"),
    (7, arranged(7, 1, lambda k: k.ravel()[::-1]), f"{REVERSED} from end to end"),
    (0, arranged(0, 2, np.zeros_like), "its bias looks left out"),
    (0, arranged(0, 1, lambda k: k[..., ::-1]), "its input looks like BGR in the place of RGB"),
    (0, option(0, "padding", 1), "its padding looks VALID, not SAME"),
    (9, option(9, "halfPixelCenters", False), "neither half-pixel centres nor aligned corners"),
    (6, swap, "its inputs 0 and 1 look swapped"),
]
FLOATS: list[tuple[int, Change, str]] = [
    (0, option(0, "fusedActivationFunction", 0), "its activation RELU6 looks left out"),
    (0, option(0, "fusedActivationFunction", 1), "its activation looks like RELU, not RELU6"),
    (7, option(7, "fusedActivationFunction", 3), "its activation looks like RELU6, not RELU"),
    (3, option(3, "fusedActivationFunction", 1), "its activation looks like RELU, not NONE"),
    (7, arranged(7, 1, lambda k: 3 * k), "its kernel, or its input, looks multiplied by 3"),
    (13, arranged(13, 2, lambda b: b + 7), "its output looks shifted by 7"),
    (7, arranged(7, 2, noise), "its bias looks like another one"),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("index, change, words", CASES)
def test_a_mistake_is_recognised(
    fixtures: Path, name: str, index: int, change: Change, words: str
) -> None:
    found = blamed(fixtures / name, change)
    assert found.index == index and words in found.hint


@pytest.mark.parametrize("index, change, words", FLOATS)
def test_so_it_is_where_numbers_are_floats(
    fixtures: Path, index: int, change: Change, words: str
) -> None:
    found = blamed(fixtures / "cnn.tflite", change)
    assert found.index == index and words in found.hint


def test_a_scale_that_is_doubled(fixtures: Path) -> None:
    def both(copy: Copy) -> None:
        for operand in (1, 2):
            copy.arrange(copy.tensor(7, operand), lambda values: 2 * values)

    def scales(copy: Copy) -> None:
        for operand in (1, 2):
            held = copy.tensor(7, operand).quantization
            held.scale = [2 * scale for scale in held.scale]

    assert blamed(fixtures / "cnn.tflite", both).hint == "its output looks multiplied by 2"
    found = blamed(fixtures / "cnn_int8.tflite", scales)
    assert found.hint == "its kernel's scale looks multiplied by 2"


@pytest.mark.parametrize("name", BOTH)
def test_a_single_wrong_filter_is_told_by_its_channel(fixtures: Path, name: str) -> None:
    def change(kernel: np.ndarray) -> np.ndarray:
        found = kernel.copy()
        found[5] = np.roll(found[5], 1)
        return found

    assert blamed(fixtures / name, arranged(7, 1, change)).hint.startswith(
        "only its output channel 5 of 32"
    )


@pytest.mark.parametrize("name", BOTH)
def test_what_is_no_common_mistake_is_given_no_name(fixtures: Path, name: str) -> None:
    def shuffled(kernel: np.ndarray) -> np.ndarray:
        return np.random.default_rng(0).permutation(kernel.ravel())

    assert blamed(fixtures / name, arranged(7, 1, shuffled)).hint == ""


def test_all_orders_of_a_kernel_are_tried_and_each_once() -> None:
    kernel = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    made = [moved(sizes, order, kernel).ravel() for _, sizes, order in orders(kernel.shape, "")]
    assert len({m.tobytes() for m in made}) == len(made) == 10
    assert not any(np.array_equal(m, kernel.ravel()) for m in made)


class Doubtful:
    """What a single operator's suspect is made of: any values may be given for the candidate's."""

    def __init__(self, content: bytes, inputs: Sequence[np.ndarray]) -> None:
        self.model = inspector.Model(content, "one.tflite")
        self.reference = Reference(self.model, [inputs], Runtime())
        (self.unit,) = TfliteCandidate(self.model, self.model).units

    def hint(self, change: Callable[[np.ndarray], np.ndarray]) -> str:
        values: Mapping[int, np.ndarray] = self.reference.values[0]
        (output,) = self.unit.outputs
        trial = Trial(values, [values[output]], [change(values[output])])
        return suggest(self.reference, replace(self.unit, runtime=None), [trial], {})


def lone(builtin: int, shape: tuple[int, ...], **fields: Any) -> Doubtful:
    """One operator with one input and one output, of the same shape."""
    tensors = [tensor("x", shape), tensor("y", shape)]
    graph = subgraph(tensors, [operator([0], [1], **fields)], inputs=[0], outputs=[1])
    x = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
    return Doubtful(packed(model([graph], operatorCodes=[code(builtin)])), [x])


def test_another_activation_is_told_from_values_alone() -> None:
    found = lone(schema.BuiltinOperator.RELU, (1, 8, 8, 4))
    x = found.reference.values[0][0].astype(np.float64)
    assert found.hint(lambda _: x.astype(np.float32)) == "its activation RELU looks left out"
    for name, function in FUNCTIONS.items():
        if name != "RELU":
            words = found.hint(lambda _, f=function: f(x).astype(np.float32))  # type: ignore[misc]
            assert words == f"its activation looks like {name}, not RELU"


def test_an_activation_that_comes_on_top() -> None:
    found = lone(schema.BuiltinOperator.FLOOR, (1, 8, 8, 4))
    words = found.hint(lambda y: np.tanh(y.astype(np.float64)).astype(np.float32))
    assert words == "its output looks as if TANH came after it"


def test_an_output_in_nchw() -> None:
    found = lone(schema.BuiltinOperator.FLOOR, (1, 6, 5, 4))
    words = found.hint(lambda y: y.transpose(0, 3, 1, 2))
    assert words == "its output looks transposed: NCHW in the place of NHWC"


def test_another_normalisation_of_the_output() -> None:
    found = lone(schema.BuiltinOperator.FLOOR, (1, 6, 5, 4))
    words = found.hint(lambda y: (y / 2 - 1).astype(np.float32))
    assert words == "its output looks normalised otherwise: 0.5 x - 1"


def test_no_hint_is_given_where_nothing_differs() -> None:
    assert lone(schema.BuiltinOperator.FLOOR, (1, 6, 5, 4)).hint(np.copy) == ""


def conv(size: int, stride: int, padding: int) -> Doubtful:
    """A 3 by 3 convolution of three channels."""
    random = np.random.default_rng(0)
    kernel = random.normal(size=(4, 3, 3, 3)).astype(np.float32)
    shape = (1, -(-size // stride), -(-size // stride), 4)
    tensors = [tensor("x", (1, size, size, 3)), tensor("k", kernel.shape, buffer=1)]
    tensors += [tensor("b", (4,), buffer=2), tensor("y", shape)]
    options = schema.Conv2DOptionsT()
    options.padding, options.strideH, options.strideW = padding, stride, stride
    kind = schema.BuiltinOptions.Conv2DOptions
    made = operator([0, 1, 2], [3], builtinOptionsType=kind, builtinOptions=options)
    graph = subgraph(tensors, [made], inputs=[0], outputs=[3])
    constants = [kernel.tobytes(), random.normal(size=4).astype(np.float32).tobytes()]
    content = packed(
        model([graph], constants, operatorCodes=[code(schema.BuiltinOperator.CONV_2D)])
    )
    return Doubtful(content, [random.normal(size=(1, size, size, 3)).astype(np.float32)])


def test_padding_at_the_other_end_as_pytorch_has_it() -> None:
    torch = pytest.importorskip("torch")
    found = conv(8, 2, schema.Padding.SAME)
    graph, x = found.model.subgraphs[0], found.reference.values[0][0]
    kernel, bias = (found.model.data(graph.tensors[i]) for i in (1, 2))
    made = torch.nn.functional.conv2d(
        torch.tensor(x.transpose(0, 3, 1, 2)),
        torch.tensor(kernel.transpose(0, 3, 1, 2)),
        torch.tensor(np.array(bias)),
        stride=2,
        padding=1,
    )
    assert "padding looks put at the other end" in found.hint(
        lambda _: made.numpy().transpose(0, 2, 3, 1)
    )


def test_a_picture_normalised_otherwise() -> None:
    found = conv(8, 1, schema.Padding.SAME)
    x = found.reference.values[0][0]
    for words, fed in (("0.5 x + 0.5", x / 2 + 0.5), ("2 x - 1", 2 * x - 1)):
        other = Reference(found.model, [[fed.astype(np.float32)]], Runtime()).values[0][3]
        assert found.hint(lambda _, y=other: y) == f"its input looks normalised otherwise: {words}"  # type: ignore[misc]


def test_inputs_flattened_in_another_order() -> None:
    random = np.random.default_rng(0)
    kernel = random.normal(size=(5, 24)).astype(np.float32)
    tensors = [tensor("x", (1, 2, 3, 4)), tensor("shape", (2,), type=2, buffer=2)]
    tensors += [tensor("flat", (1, 24)), tensor("k", (5, 24), buffer=1), tensor("y", (1, 5))]
    dense = schema.FullyConnectedOptionsT()
    kind = schema.BuiltinOptions.FullyConnectedOptions
    operators = [
        operator([0, 1], [2], opcodeIndex=1),
        operator([2, 3, -1], [4], builtinOptionsType=kind, builtinOptions=dense),
    ]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[4])
    codes = [code(schema.BuiltinOperator.FULLY_CONNECTED), code(schema.BuiltinOperator.RESHAPE)]
    constants = [kernel.tobytes(), np.int32([1, 24]).tobytes()]
    opened = inspector.Model(packed(model([graph], constants, operatorCodes=codes)), "one.tflite")
    x = random.normal(size=(1, 2, 3, 4)).astype(np.float32)
    reference = Reference(opened, [[x]], Runtime())
    unit = TfliteCandidate(opened, opened).units[1]
    found = x.transpose(0, 3, 1, 2).reshape(1, 24) @ kernel.T
    trial = Trial(reference.values[0], [reference.values[0][4]], [found])
    words = suggest(reference, replace(unit, runtime=None), [trial], {})
    assert words == "its input looks flattened from NCHW in the place of NHWC"
