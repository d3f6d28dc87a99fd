"""Weights of FULLY_CONNECTED in blocks of 4x16, an order made for one kind of processor.

Source: `ShuffledFullyConnected` in `kernels/internal/reference/fully_connected.h`: blocks of four
rows and sixteen columns, one behind the other along the rows. Their bytes say uint8 with zero point
128, and hold the same numbers as int8 with zero point 0.
"""

from __future__ import annotations

from inspector.errors import ModelError, UnsupportedError
from inspector.read.records import Operator, Quantization, Tensor
from inspector.read.schema import TensorType
from inspector.weights.rules import Axes, Piece, Rule, Shaped, Weight

SHUFFLED = "SHUFFLED4x16INT8"


def is_shuffled(operator: Operator) -> bool:
    """Whether an operator's weights are in blocks. Raises `UnsupportedError` for another order."""
    found = "DEFAULT"
    if operator.name == "FULLY_CONNECTED":
        found = operator.options.get("weights_format", "DEFAULT")
    if found not in ("DEFAULT", SHUFFLED):
        raise UnsupportedError(f"{operator}: its weights are stored in the order {found}")
    return bool(found == SHUFFLED)


def as_read(operator: Operator, operand: int, tensor: Tensor) -> Tensor:
    """The constant as the kernel of its operator reads it: of weights in blocks, int8."""
    if operand != 1 or not is_shuffled(operator):
        return tensor
    if tensor.dtype is not TensorType.UINT8 or tensor.quantization is None:
        raise UnsupportedError(
            f"{operator}: its weights are in the order {SHUFFLED}, and are {tensor.dtype}"
        )
    quantization = Quantization(tensor.quantization.scale, (0,))
    return tensor._replace(dtype=TensorType.INT8, quantization=quantization)


def unshuffled(plain: Shaped, permutation: Axes) -> Shaped:
    """The rule of a kernel: `plain`, unless it is stored in blocks.

    Those are seen as [O/4, I/16, 4, 16], and `permutation` brings the four axes to the framework's
    order: the rows' two side by side, and the columns' two.
    """

    def shaped(weight: Weight) -> Rule:
        if not is_shuffled(weight.operator):
            return plain(weight)
        if len(weight.shape) != 2 or weight.shape[0] % 4 or weight.shape[1] % 16:
            raise ModelError(f"has shape {list(weight.shape)}, which no blocks of 4x16 fill")
        rows, columns = weight.shape
        shape = (rows, columns) if permutation[0] == 0 else (columns, rows)
        view = (rows // 4, columns // 16, 4, 16)
        return Rule(weight.variable, (Piece(weight.operand, view, (), permutation, shape),))

    return shaped
