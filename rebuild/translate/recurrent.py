"""Recurrent kernels on integers: cells that compute as they do, in the place of real ones.

What a step rounds goes into the next, so that rounding its results alone would drift away.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.weights.operands import GATES, operand_name
from rebuild.translate.context import number
from rebuild.translate.expression import Call, helpers, layers, replace
from rebuild.translate.grids import Grid, grid_of
from rebuild.translate.registry import TranslationError


@dataclass(frozen=True, slots=True)
class Quantized:
    """A recurrent operator on integers, and its tensors by the names of its operands."""

    subgraph: Subgraph
    operator: Operator

    def find(self, name: str) -> Tensor | None:
        """The tensor of an operand; None where it is left out."""
        for place, tensor in enumerate(self.operator.inputs):
            if tensor >= 0 and operand_name(self.operator, place) == name:
                return self.subgraph.tensors[tensor]
        return None

    def scale(self, name: str) -> float:
        """The one scale of an operand. Raises `TranslationError` where it has none or several."""
        tensor = self.find(name)
        return one_scale(tensor, name)

    def gates(self, pattern: str) -> dict[str, float]:
        """The scale of an operand of each gate that has it, by the gate."""
        names = {gate: pattern.format(gate) for gate in GATES}
        return {gate: self.scale(name) for gate, name in names.items() if self.find(name)}

    def between(self, place: int) -> Tensor:
        """A tensor that only says on which grid the kernel holds something."""
        found = self.operator.intermediates
        if place >= len(found):
            raise TranslationError(
                f"it has {len(found)} intermediate tensors, and its integer kernel wants 5"
            )
        return self.subgraph.tensors[found[place]]

    def check_bias(self, name: str, scale: float) -> None:
        """Raise `TranslationError` where a bias is not in the steps in which its kernel adds it."""
        tensor = self.find(name)
        if tensor is None or math.isclose(one_scale(tensor, name), scale, rel_tol=1e-4):
            return
        raise TranslationError(
            f"the scale of its {name} is {one_scale(tensor, name)}; its kernel adds it in steps of "
            f"{scale}"
        )


def one_scale(tensor: Tensor | None, name: str) -> float:
    """The scale of a tensor, which may have no other and has to be symmetric if it is a weight."""
    found = tensor.quantization if tensor else None
    if found is None or len(found.scale) != 1 or not 0 < found.scale[0] < math.inf:
        scales = list(found.scale) if found else []
        raise TranslationError(f"its {name} has the scales {scales}; its kernel wants one")
    return float(number(np.float32(found.scale[0])))


def svdf(of: Quantized, call: Call) -> Call:
    """The cell of an SVDF on 8-bit integers (reference/svdf.h, `EvalIntegerSVDF`)."""
    names = ("input", "weights_feature", "state", "weights_time")
    output = grid_of(of.subgraph.tensors[of.operator.outputs[0]])
    scales = (*map(of.scale, names), output.scale)
    of.check_bias("bias", scales[2] * scales[3])
    kept = {name: value for name, value in call.keywords.items() if name != "activation"}
    zero = (output.zero_point,) if output.zero_point else ()
    made = helpers.IntegerSVDFCell(*call.arguments, scales, *zero, **kept)
    return Call(made.function, made.arguments, made.keywords, call.weights)


def lstm(of: Quantized, call: Call) -> Call:
    """A layer or cell of an LSTM as the kernel of 8-bit integers computes it.

    Raises `TranslationError` for the kernel with 12 intermediate tensors (`EvalInteger8x8_8`).
    """
    if call.function == "BasicLSTMCell":
        return basic_lstm(of, call)
    if len(of.operator.intermediates) == 12:
        raise TranslationError(
            "it is the LSTM with 12 intermediate tensors, whose kernel reads past its table of "
            "scales (LstmStepInteger8x8_8)"
        )
    options = {name: value for name, value in call.keywords.items() if name != "activation"}
    plain = Call(call.function, call.arguments, options, call.weights)
    return over(plain, "IntegerLSTMCell", lstm_options(of))


def basic_lstm(of: Quantized, call: Call) -> Call:
    """The cell of the basic LSTM on 8-bit integers, whose grids its kernel takes for granted."""
    weights, bias = of.scale("weights"), of.scale("biases")
    of.check_bias("biases", weights / 128)
    for name, wanted in BASIC_GRIDS.items():
        tensor = of.find(name)
        if tensor is None or grid_of(tensor) != wanted:
            raise TranslationError(f"its {name} is not on the grid {wanted}, as its kernel has it")
        if tensor.is_variable and name == "prev_activation":
            raise TranslationError(
                f"its {name} is a variable of unsigned integers, which the interpreter begins at "
                "the integer 0, far from the zero point"
            )
    return over(call, "IntegerBasicLSTMCell", {"kernel_scale": weights, "bias_scale": bias})


BASIC_GRIDS = {
    "input": Grid(2.0**-7, 128, "uint8"),
    "prev_activation": Grid(2.0**-7, 128, "uint8"),
    "prev_state": Grid(float(number(np.float32(2.0**-11))), 0, "int16"),
}
"""The grids of the basic LSTM's operands (optimized_ops.h, `LstmCell`)."""


def over(call: Call, cell: str, own: dict[str, Any]) -> Call:
    """A cell with options of its `own` in the place of another, or a layer over time with it."""
    if str(call.function).endswith("Cell"):
        return Call(cell, call.arguments, call.keywords | own, call.weights)
    shared = {name: value for name, value in call.keywords.items() if name == "activation"}
    rest = {name: value for name, value in call.keywords.items() if name != "activation"}
    made = layers.RNN(Call(cell, call.arguments, shared | own), **rest)
    return Call(made.function, made.arguments, made.keywords, call.weights)


def lstm_options(of: Quantized) -> dict[str, Any]:
    """The scales and zero points of the cell (lstm.cc, `PopulateQuantizedLstmParams8x8_16`)."""
    output, hidden = of.find("output_state"), of.between(4)
    scales: dict[str, Any] = {
        "input": of.scale("input"),
        "output": of.scale("output_state"),
        "cell": of.scale("cell_state"),
        "hidden": one_scale(hidden, "hidden intermediate"),
        "kernel": of.gates("input_to_{}_weights"),
        "recurrent": of.gates("recurrent_to_{}_weights"),
        "peephole": of.gates("cell_to_{}_weights"),
        "norm": of.gates("{}_layer_norm_coefficients"),
    }
    check_cell(scales["cell"])
    check_peepholes(of)
    if scales["norm"]:
        places = {gate: place for place, gate in enumerate(GATES) if gate in scales["kernel"]}
        scales["sum"] = {g: one_scale(of.between(p), f"{g} sum") for g, p in places.items()}
    if of.find("projection_weights"):
        scales["projection"] = of.scale("projection_weights")
        of.check_bias("projection_bias", scales["hidden"] * scales["projection"])
    for gate, kernel in scales["kernel"].items():
        normal = scales["norm"].get(gate)
        step = normal / 1024 if normal else kernel * scales["input"]
        of.check_bias(f"{gate}_gate_bias", step)
    assert output is not None  # it has a scale
    zeros = {
        "zero_point": grid_of(output).zero_point,
        "hidden_zero_point": grid_of(hidden).zero_point,
    }
    found = {name: value for name, value in scales.items() if value}
    return {"scales": found} | {name: zero for name, zero in zeros.items() if zero}


def check_cell(scale: float) -> None:
    """Raise `TranslationError` for cells that the kernel has no tanh for (`ApplyTanh`)."""
    power = math.log2(scale)
    if not (abs(power - round(power)) < 1e-3 and -15 <= round(power) <= -9):
        raise TranslationError(
            f"the scale of its cell_state is {scale}; its kernel has a tanh for 2**-15 to 2**-9"
        )


def check_peepholes(of: Quantized) -> None:
    """Raise `TranslationError` where the kernel takes the cells of one sequence for another's.

    It walks through them as if there were as many as outputs
    (`VectorBatchVectorCwiseProductAccumulate`), which is harmless for a single sequence.
    """
    output, cell = of.find("output_state"), of.find("cell_state")
    is_together = of.operator.name == "LSTM" or bool(of.operator.options.get("time_major"))
    if not of.find("cell_to_output_weights") or output is None or cell is None:
        return
    outputs, units = output.shape[-1], cell.shape[-1]
    if outputs > units or (outputs < units and is_together and output.shape[0] > 1):
        raise TranslationError(
            f"it has peepholes, {units} cells and {outputs} outputs: its integer kernel then takes "
            "the cells of one sequence for those of another"
        )


Form = Callable[[Quantized, Call], Call]

CELLS: dict[str, tuple[frozenset[str], Form]] = {
    "LSTM": (frozenset({"BasicLSTMCell", "LSTMCell", "layers.LSTMCell"}), lstm),
    "SVDF": (frozenset({"SVDFCell"}), svdf),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (frozenset({"LSTMCell", "layers.LSTM"}), lstm),
}
"""For each operator with an integer kernel: what it becomes for real numbers, and what then."""


def is_integer(subgraph: Subgraph, operator: Operator) -> bool:
    """Whether a recurrent operator has an integer kernel that takes its input."""
    if operator.name not in CELLS:
        return False
    source = subgraph.tensors[operator.inputs[0]]
    basic = operator.options.get("kernel_type") == "BASIC"
    return source.is_quantized and source.dtype is (TensorType.UINT8 if basic else TensorType.INT8)


def as_integers(subgraph: Subgraph, operator: Operator, value: Any) -> Any:
    """The value of a recurrent operator as its integer kernel computes it, on its grids."""
    functions, form = CELLS[operator.name]
    of = Quantized(subgraph, operator)

    def change(call: Call) -> Call:
        return form(of, call) if call.function in functions else call

    return replace(value, change, Call)
