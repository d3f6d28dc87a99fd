"""Text from a model file as identifiers, and what the words of its tensor names mean.

A converter names a tensor after the TensorFlow operation that made it, `model/conv2d_1/BiasAdd`,
and where it fused several, after all: `model/re_lu/Relu;model/bn/FusedBatchNormV3;…/Conv2D`.
"""

from __future__ import annotations

import keyword
import re
from functools import lru_cache

LONGEST = 40
MOST_CHARACTERS = 2048
MOST_PARTS = 24

HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Z][a-z])")
OUTSIDE = re.compile(r"[^a-z0-9]+")

DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")

SCOPES = re.compile(r"(model|functional|sequential|main|tower|jit_\w+)[_\d]*")
"""Scopes that say nothing but that there is a model."""

NUMBERED = re.compile(r"(tfl_\w+|arg|tensor|value|input|output|var|node|[a-z])?_*\d*")
"""Names that a compiler gave: a number, or a word for any tensor and a number."""

CALL = re.compile(r"(Stateful)?PartitionedCall(_\d+)?(:\d+)?")
"""Functions of the saved model, at any depth; they are no layers."""

OPERATION = re.compile(
    r"""(Relu6?|Elu|Selu|LeakyRelu|Sigmoid|Tanh|Softmax|BiasAdd|MatMul|BatchMatMulV[23]|Tensordot
    |Conv[123]D|Conv[123]D_Fold|Conv[23]DBackpropInput(?:V2)?|FusedBatchNorm(?:V[23])?|AddV2|Mul
    |Add|Sub|Neg|Abs|(?:Max|Avg)Pool(?:[123][dD])?|Mean|Max|Sum|Reshape|Squeeze|ExpandDims|ConcatV2|Pad(?:V2)?
    |MirrorPad|ResizeBilinear|ResizeNearestNeighbor|ReadVariableOp|Identity|resource)
    (_\d+)?\d*""",
    re.VERBOSE,
)
"""The names that TensorFlow gives to operations inside of a layer's scope.

Digits without `_` before them were added to tell equal names apart.
"""

SMALL_OPERATION = re.compile(
    r"""(add|mul|sub|neg|abs|truediv|add_fold|mul_fold|depthwise|depthwise_Fold|separable_conv2d
    |convolution|conv2d_transpose|resize|concat|stack|unstack|split|strided_slice|transpose|dot_general
    |conv2d(?!_)|depthwise_conv2d(?!_))
    (_\d+)?\d*""",
    re.VERBOSE,
)
"""The same where they are written small, as names of layers are: only the last word can be one."""

KERNEL_OPERATIONS = {
    "CONV_2D": re.compile(r"(Conv2D|Conv1D|Conv2D_Fold|convolution|separable_conv2d)\d*"),
    "DEPTHWISE_CONV_2D": re.compile(r"(depthwise|depthwise_Fold)\d*"),
    "FULLY_CONNECTED": re.compile(r"(MatMul|Tensordot)\d*"),
    "TRANSPOSE_CONV": re.compile(r"(conv2d_transpose|Conv2DBackpropInput)\d*"),
    "CONV_3D": re.compile(r"(Conv3D)\d*"),
}
"""What the word is called that stands in the scope of a layer with a kernel."""

KERAS_KINDS = {
    "ADD_N": "add",
    "AVERAGE_POOL_2D": "average_pooling2d",
    "BATCH_MATMUL": "matmul",
    "BIDIRECTIONAL_SEQUENCE_LSTM": "bidirectional",
    "BIDIRECTIONAL_SEQUENCE_RNN": "bidirectional",
    "CONCATENATION": "concatenate",
    "CONV_2D": "conv2d",
    "CONV_3D": "conv3d",
    "CONV_3D_TRANSPOSE": "conv3d_transpose",
    "Convolution2DTransposeBias": "conv2d_transpose",
    "DEPTHWISE_CONV_2D": "depthwise_conv2d",
    "DIV": "divide",
    "EMBEDDING_LOOKUP": "embedding",
    "FULLY_CONNECTED": "dense",
    "LEAKY_RELU": "leaky_re_lu",
    "LOGISTIC": "sigmoid",
    "MAX_POOL_2D": "max_pooling2d",
    "MUL": "multiply",
    "PACK": "stack",
    "PRELU": "p_re_lu",
    "RELU": "re_lu",
    "RNN": "simple_rnn",
    "SUB": "subtract",
    "TRANSPOSE_CONV": "conv2d_transpose",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "lstm",
    "UNIDIRECTIONAL_SEQUENCE_RNN": "simple_rnn",
    "UNPACK": "unstack",
}
"""What Keras calls an operator, where it is not the operator's own name in small letters."""


@lru_cache(4096)
def snake(text: str) -> str:
    """Words in small letters with `_` between them: `Conv2D_Fold` is `conv2d_fold`; ASCII only."""
    return OUTSIDE.sub("_", HUMPS.sub("_", text[:MOST_CHARACTERS]).lower()).strip("_")


def identifier(text: str) -> str:
    """An identifier in snake case, at most 40 characters; empty if nothing is left.

    It is no keyword of Python, and no word that Windows takes for a device where a file is meant.
    """
    words = snake(text)[:LONGEST].strip("_")
    if words[:1].isdigit():
        words = f"n_{words}"[:LONGEST].strip("_")
    return f"{words}_" if keyword.iskeyword(words) or DEVICES.fullmatch(words) else words


def kind(operator: str) -> str:
    """What Keras would call a layer for an operator: `conv2d`, `dense`, `reshape`."""
    return KERAS_KINDS.get(operator) or identifier(operator) or "layer"
