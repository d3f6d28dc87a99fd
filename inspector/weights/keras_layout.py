"""Keras: what `layer.set_weights` takes, by operator and operand. Data and small functions.

Axes: O output channels, I input channels, D depth, H height, W width, C channels of the input,
M depth multiplier.
"""

from __future__ import annotations

import math

from inspector.errors import ModelError
from inspector.read.schema import INTEGERS
from inspector.weights.recurrent import Stacking
from inspector.weights.rules import Rule, Shaped, Weight, permuted
from inspector.weights.shuffled import unshuffled


def depthwise(weight: Weight) -> Rule:
    """[1, H, W, C*M] to [H, W, C, M]: output channel c*M + m is multiplier m of input channel c.

    The kernel takes C from its input (`depthwise_conv.cc`); the option `depth_multiplier` is what
    old runtimes took, and is asked where the input's channels are not known.
    """
    outputs = weight.shape[-1] if weight.shape else 0
    image = weight.other(0)
    channels = image[3] if len(image) == 4 else -1
    if channels < 1:
        channels = outputs // max(1, weight.operator.options.get("depth_multiplier", 1))
    if len(weight.shape) != 4 or weight.shape[0] != 1 or channels < 1 or outputs % channels:
        raise ModelError(f"has shape {list(weight.shape)}, and the input {channels} channels")
    return weight.rule(shape=(*weight.shape[1:3], channels, outputs // channels))


def bias(weight: Weight) -> Rule:
    """One number an output channel, in one axis, whatever axes of 1 the file has around it."""
    return weight.rule(shape=(math.prod(weight.shape),))


def alpha(weight: Weight) -> Rule:
    """Slopes of PReLU: the axes of the input without the batch; axes of 1 are shared."""
    rank = len(weight.other(0)) - 1
    bare = weight.shape
    while len(bare) > max(rank, 0) and bare[0] == 1:
        bare = bare[1:]
    return weight.rule(shape=(1,) * (rank - len(bare)) + bare)


def rows(weight: Weight) -> Rule:
    """A table whose rows are picked by index, [vocabulary, width]: an embedding."""
    return weight.rule(variable="embeddings" if is_table(weight) else "")


def is_table(weight: Weight) -> bool:
    """Whether GATHER picks rows of a matrix, as an embedding does."""
    options = weight.operator.options
    return len(weight.shape) == 2 and not options.get("axis") and not options.get("batch_dims")


def factor(weight: Weight) -> Rule:
    """A matrix that every row of x is multiplied by: the kernel [K, N] of a Dense without a bias.

    Stored [N, K] where `adj_y` is set. Axes of 1 before the two are left out where x has as many
    axes, so that the product keeps its shape; a constant of another shape is no layer's kernel.
    """
    if not is_factor(weight):
        return weight.rule()
    *batch, rows, columns = range(len(weight.shape))
    turned = weight.operator.options.get("adj_y", False)
    order = (*batch, columns, rows) if turned else ()
    shape = weight.shape[-2:][::-1] if turned else weight.shape[-2:]
    return weight.rule(order, shape, variable="kernel")


def is_factor(weight: Weight) -> bool:
    """Whether the right side of BATCH_MATMUL is one matrix of real numbers for the whole batch."""
    tensor = weight.tensors[weight.operator.inputs[weight.operand]]
    real = tensor.dtype not in INTEGERS or tensor.quantization is not None
    batch = weight.shape[:-2]
    wide = not batch or len(weight.other(0)) >= len(weight.shape)
    return real and len(weight.shape) >= 2 and set(batch) <= {1} and wide


KERNELS: dict[str, Shaped] = {
    "CONV_2D": permuted(1, 2, 3, 0),  # OHWI to HWIO
    "CONV_3D": permuted(0, 1, 2, 3, 4),  # DHWIO both
    "CONV_3D_TRANSPOSE": permuted(0, 1, 2, 3, 4),  # DHWOI both
    "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": unshuffled(permuted(1, 0), (1, 3, 0, 2)),  # OI to IO
    "TRANSPOSE_CONV": permuted(1, 2, 0, 3),  # OHWI to HWOI
    "Convolution2DTransposeBias": permuted(1, 2, 0, 3),
}
RULES: dict[tuple[str, str], Shaped] = {
    **{(name, "kernel"): shaped for name, shaped in KERNELS.items()},
    **{(name, "bias"): bias for name in KERNELS},
    ("BATCH_MATMUL", "y"): factor,
    ("GATHER", "params"): rows,
    ("PRELU", "alpha"): alpha,
}

STACKING = Stacking(
    "Keras",
    permutation=(1, 0),  # [4U, I] to [I, 4U]
    axis=1,
    variables={"input": "kernel", "recurrent": "recurrent_kernel", "bias": "bias"},
    ways={"fw_": "forward_{}", "bw_": "backward_{}"},
)
