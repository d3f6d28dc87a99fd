"""Hybrid kernels of recurrent operators: what comes in and what the last step gave are rounded.

Each row of the input, at each step, is put on a grid of its own, and so is each row of the state
before it is multiplied.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from inspector.read.model import Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.weights.operands import operand_name
from inspector.weights.recurrent import RECURRENT
from rebuild.translate.expression import Call, Operand, replace
from rebuild.translate.hybrid import rows
from rebuild.translate.recurrent import over
from rebuild.translate.registry import TranslationError

CELLS = {
    "LSTMCell": "HybridLSTMCell",
    "RNNCell": "HybridRNNCell",
    "layers.LSTM": "HybridLSTMCell",
    "layers.LSTMCell": "HybridLSTMCell",
    "layers.SimpleRNN": "HybridRNNCell",
    "layers.SimpleRNNCell": "HybridRNNCell",
}
"""For each layer and cell of real numbers the cell that rounds its state."""


def is_hybrid(subgraph: Subgraph, operator: Operator) -> bool:
    """Whether a recurrent operator takes floats and multiplies them with small integers."""
    if operator.name not in RECURRENT and operator.name != "SVDF":
        return False
    source = subgraph.tensors[operator.inputs[0]]
    return source.dtype is TensorType.FLOAT32 and any(
        tensor.is_quantized for _, tensor in matrices(subgraph, operator)
    )


def at_each_step(subgraph: Subgraph, operator: Operator, value: Any) -> Any:
    """The value of a recurrent operator with a hybrid kernel.

    Raises `TranslationError` where that kernel does not compute what the operator says.
    """
    for name, tensor in matrices(subgraph, operator):
        check_matrix(name, tensor)
    if operator.name == "BIDIRECTIONAL_SEQUENCE_RNN":
        check_both_ways(subgraph, operator)
    asymmetric = bool(operator.options.get("asymmetric_quantize_inputs"))
    own = {"asymmetric": True} if asymmetric else {}
    sources = {operator.inputs[0], *auxiliary(operator)}

    def rounded(leaf: Operand) -> Any:
        return rows(leaf, -1, own) if leaf.tensor in sources else leaf

    def change(call: Call) -> Call:
        cell = CELLS.get(str(call.function))
        return over(call, cell, own) if cell else call

    return replace(replace(value, change, Call), rounded)


def matrices(subgraph: Subgraph, operator: Operator) -> Iterator[tuple[str, Tensor]]:
    """The weights that a hybrid kernel multiplies as integers, by name."""
    for place, tensor in enumerate(operator.inputs):
        name = operand_name(operator, place)
        is_matrix = name.endswith("weights") and "cell_to_" not in name
        if tensor >= 0 and (is_matrix or name == "weights_feature"):
            yield name, subgraph.tensors[tensor]


def auxiliary(operator: Operator) -> Iterator[int]:
    """The tensor of the second input, where there is one."""
    for place, tensor in enumerate(operator.inputs):
        if tensor >= 0 and operand_name(operator, place) == "aux_input":
            yield tensor


def check_matrix(name: str, tensor: Tensor) -> None:
    """Raise `TranslationError` for weights that the kernel does not take for what they are."""
    scales = tensor.quantization.scale if tensor.quantization else ()
    if tensor.dtype is not TensorType.INT8 or len(scales) != 1 or not 0 < scales[0] < math.inf:
        raise TranslationError(
            f"its {name} is {tensor.dtype} with {len(scales)} scales; its hybrid kernel takes all "
            "weights for int8 with one"
        )
    if len(tensor.shape) != 2:
        raise TranslationError(f"its {name} is a vector, which its hybrid kernel leaves as floats")
    if tensor.sparsity is not None:
        raise TranslationError(
            f"its {name} is sparse, and its hybrid kernel then scales the state as it does the "
            "input"
        )


def check_both_ways(subgraph: Subgraph, operator: Operator) -> None:
    """Raise `TranslationError` for what `EvalHybrid` of bidirectional_sequence_rnn.cc does else."""
    x = subgraph.tensors[operator.inputs[0]]
    if operator.options.get("time_major") and x.shape[0] > 1:
        raise TranslationError(
            "its hybrid kernel runs over sequences whose first axis is time once for each step"
        )
    for other in auxiliary(operator):
        if subgraph.tensors[other].shape[-1] != x.shape[-1]:
            raise TranslationError(
                "its hybrid kernel walks through its aux_input as if it were as wide as its input"
            )
