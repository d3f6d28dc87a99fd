"""Multiply-accumulates of each kind of operator, from the shapes of its operands alone.

One function a family of operators, in the table `FORMULAS`; each docstring is its formula, and
where LiteRT's kernel has the loops that it counts (in `tflite/kernels/`; `reference/` is in
`internal/` there). Kernels are written with their axis letters as the file stores them: O output
and I input channels, h and w the kernel's size. What a loop may skip (padding, a sparse weight) is
counted, what it adds alone (biases, sums of rows) is not. Operators that multiply no matrix
(pooling, elementwise, resizing) have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod

from inspector.read.records import Operator, Tensor

Shape = tuple[int, ...]


class UnknownShapeError(Exception):
    """An operand that the formula needs is left out, or has another rank."""


@dataclass(frozen=True, slots=True)
class Operands:
    """The shapes of an operator's operands, in which an unknown size counts as 1."""

    operator: Operator
    tensors: Mapping[int, Tensor]

    def input(self, place: int, rank: int | None = None) -> Shape:
        """The shape of an input; `UnknownShapeError` when it is left out or of another rank."""
        return self._shape(self.operator.inputs, place, rank)

    def output(self, place: int = 0) -> Shape:
        """The shape of an output; `UnknownShapeError` when there is none."""
        return self._shape(self.operator.outputs, place, None)

    def has(self, place: int) -> bool:
        """Whether an optional input is there."""
        return place < len(self.operator.inputs) and self.operator.inputs[place] >= 0

    def _shape(self, indices: Shape, place: int, rank: int | None) -> Shape:
        tensor = self.tensors.get(indices[place]) if place < len(indices) else None
        if tensor is None or (rank is not None and len(tensor.shape) != rank):
            raise UnknownShapeError
        return tuple(map(abs, tensor.shape))  # an unknown size is -1


Formula = Callable[[Operands], int]


def lacks_macs(operator: Operator) -> bool:
    """Whether an operator for which `macs` gives None multiplies matrices all the same."""
    return operator.name in FORMULAS or operator.name in UNTOLD


def macs(operator: Operator, tensors: Mapping[int, Tensor]) -> int | None:
    """The multiply-accumulates of one invocation; None where there are none, or shapes are lacking.

    `tensors` are those of the operator's subgraph, by index. A dimension that the file leaves open
    (a batch, say) counts as 1.
    """
    formula = FORMULAS.get(operator.name)
    if formula is None:
        return None
    try:
        return formula(Operands(operator, tensors))
    except UnknownShapeError:
        return None


def conv_2d(operands: Operands) -> int:
    """output elements × h·w·I; the kernel is OhwI, I those of one group (`reference/conv.h`)."""
    return prod(operands.output()) * prod(operands.input(1, rank=4)[1:])


def depthwise_conv_2d(operands: Operands) -> int:
    """output elements × h·w; the kernel is 1hwO (`reference/depthwiseconv_float.h`)."""
    _, height, width, _ = operands.input(1, rank=4)
    return prod(operands.output()) * height * width


def transpose_conv(operands: Operands) -> int:
    """input elements × O·h·w; operands are (output shape, kernel OhwI, input).

    Each input element is multiplied into a window of the output (`reference/transpose_conv.h`).
    """
    return prod(operands.input(2, rank=4)) * prod(operands.input(1, rank=4)[:3])


def transpose_conv_bias(operands: Operands) -> int:
    """input elements × O·h·w; operands are (input, kernel OhwI, bias).

    MediaPipe's own operator: `util/tflite/operations/transpose_conv_bias.cc` there.
    """
    return prod(operands.input(0, rank=4)) * prod(operands.input(1, rank=4)[:3])


def conv_3d(operands: Operands) -> int:
    """output elements × d·h·w·I; the kernel is dhwIO (`reference/conv3d.h`)."""
    return prod(operands.output()) * prod(operands.input(1, rank=5)[:4])


def conv_3d_transpose(operands: Operands) -> int:
    """input elements × d·h·w·O; operands are (output shape, kernel dhwOI, input).

    As in two dimensions (`reference/conv3d_transpose.h`).
    """
    return prod(operands.input(2, rank=5)) * prod(operands.input(1, rank=5)[:4])


def fully_connected(operands: Operands) -> int:
    """output elements × I; the weights are OI (`reference/fully_connected.h`)."""
    return prod(operands.output()) * operands.input(1, rank=2)[1]


def batch_matmul(operands: Operands) -> int:
    """output elements × the inner dimension: the last of the left operand, or of its transpose.

    `adj_x` is an option of the operator (`batch_matmul.cc`).
    """
    left = operands.input(0)
    if len(left) < 2:
        raise UnknownShapeError
    inner = left[-2] if operands.operator.options.get("adj_x") else left[-1]
    return prod(operands.output()) * inner


def lstm(operands: Operands) -> int:
    """steps × elements of the matrices: input (1-4), recurrent (5-8), projection (16).

    A step is one row of the input, in time and in the batch. The basic kernel has one matrix, OI,
    for all gates (operand 2). Peepholes are vectors, and left out (`lstm_eval.cc`, `lstm.cc`).
    """
    if len(operands.operator.inputs) == 5:
        return rows(operands.input(0)) * prod(operands.input(2, rank=2))
    return recurrent(operands, (*range(1, 9), 16))


def bidirectional_sequence_lstm(operands: Operands) -> int:
    """As `lstm`, forwards (1-8, 16), backwards (18-25, 33), and for an auxiliary input (40-47).

    The operands are numbered in `bidirectional_sequence_lstm.cc`.
    """
    return recurrent(operands, (*range(1, 9), 16, *range(18, 26), 33, *range(40, 48)))


def rnn(operands: Operands) -> int:
    """steps × elements of the input (1) and recurrent (2) matrices (`internal/kernel_utils.cc`)."""
    return recurrent(operands, (1, 2))


def bidirectional_sequence_rnn(operands: Operands) -> int:
    """As `rnn`, forwards (1, 2), backwards (5, 6), and for an auxiliary input (10, 11).

    The operands are numbered in `bidirectional_sequence_rnn.cc`.
    """
    return recurrent(operands, (1, 2, 5, 6, 10, 11))


def svdf(operands: Operands) -> int:
    """batch × elements of the feature weights (1) and time weights (2) (`reference/svdf.h`)."""
    return recurrent(operands, (1, 2))


def recurrent(operands: Operands, matrices: tuple[int, ...]) -> int:
    """rows of the input × elements of the matrices that are there; a diagonal one is a vector."""
    steps = rows(operands.input(0))
    return steps * sum(prod(operands.input(place)) for place in matrices if operands.has(place))


def rows(shape: Shape) -> int:
    """How many vectors a tensor holds along its last axis."""
    return prod(shape[:-1])


def dot_general(operands: Operands) -> int:
    """output elements × the sizes of the contracted dimensions of the left operand.

    `dot_general` in the StableHLO specification.
    """
    left = operands.input(0)
    contracted: list[int] = operands.operator.options.get("lhs_contracting_dimensions", [])
    if any(not 0 <= axis < len(left) for axis in contracted):
        raise UnknownShapeError
    return prod(operands.output()) * prod(left[axis] for axis in contracted)


def stablehlo_convolution(operands: Operands) -> int:
    """output elements × kernel elements of one output channel.

    `convolution` in the StableHLO specification; a kernel has the input channels of one group.
    """
    kernel = operands.input(1)
    axis: int = operands.operator.options.get("kernel_output_feature_dimension", -1)
    if not 0 <= axis < len(kernel):
        raise UnknownShapeError
    return prod(operands.output()) * prod(kernel[:axis] + kernel[axis + 1 :])


FORMULAS: dict[str, Formula] = {
    "CONV_2D": conv_2d,
    "DEPTHWISE_CONV_2D": depthwise_conv_2d,
    "TRANSPOSE_CONV": transpose_conv,
    "Convolution2DTransposeBias": transpose_conv_bias,
    "CONV_3D": conv_3d,
    "CONV_3D_TRANSPOSE": conv_3d_transpose,
    "FULLY_CONNECTED": fully_connected,
    "BATCH_MATMUL": batch_matmul,
    "LSTM": lstm,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": bidirectional_sequence_lstm,
    "RNN": rnn,
    "UNIDIRECTIONAL_SEQUENCE_RNN": rnn,
    "BIDIRECTIONAL_SEQUENCE_RNN": bidirectional_sequence_rnn,
    "SVDF": svdf,
    "STABLEHLO_DOT_GENERAL": dot_general,
    "STABLEHLO_CONVOLUTION": stablehlo_convolution,
}
"""The formula of each operator that has one, by its name."""

UNTOLD = {f"Flex{name}" for name in ("Conv2D", "Conv3D", "DepthwiseConv2dNative", "Einsum")}
UNTOLD |= {f"Flex{name}" for name in ("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")}
UNTOLD |= {f"Flex{name}" for name in ("Conv2DBackpropInput", "Conv3DBackpropInputV2")}
"""Operators that multiply matrices, of which no formula tells how often."""
