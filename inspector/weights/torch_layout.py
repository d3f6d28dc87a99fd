"""PyTorch: what `load_state_dict` of the same architecture takes, by operator and operand.

Axes: O output channels, I input channels, D depth, H height, W width, C channels of the input,
M depth multiplier. Values that no layer of PyTorch keeps stay as they are stored, in the axis order
of the file's tensors; so does SVDF, which neither framework has.
"""

from __future__ import annotations

import math
from dataclasses import replace

from inspector.errors import ModelError
from inspector.weights.keras_layout import bias, is_factor, is_table
from inspector.weights.recurrent import Stacking
from inspector.weights.rules import Rule, Shaped, Weight, permuted, renamed
from inspector.weights.shuffled import unshuffled


def depthwise(weight: Weight) -> Rule:
    """[1, H, W, C*M] to [C*M, 1, H, W]: the grouped kernel of `Conv2d(C, C*M, groups=C)`."""
    if len(weight.shape) != 4 or weight.shape[0] != 1:
        raise ModelError(f"has shape {list(weight.shape)}; it should be [1, H, W, channels]")
    return weight.rule((3, 0, 1, 2), variable="weight")


def slopes(weight: Weight) -> Rule:
    """Slopes of PReLU: one a channel, or one for all; others than those `PReLU` does not have."""
    if not weight.shape or math.prod(weight.shape[:-1]) == 1:
        return weight.rule(shape=(math.prod(weight.shape),), variable="weight")
    note = "PReLU of PyTorch has a slope for each channel, and these differ by place too"
    return replace(weight.rule(), note=note)


def rows(weight: Weight) -> Rule:
    """A table whose rows are picked by index, [vocabulary, width]: an embedding."""
    return weight.rule(variable="weight" if is_table(weight) else "")


def factor(weight: Weight) -> Rule:
    """The right side of BATCH_MATMUL as the weight [N, K] of a Linear without a bias.

    Stored [K, N] unless `adj_y` is set; a constant of another shape is no layer's weight.
    """
    if not is_factor(weight):
        return weight.rule()
    *batch, first, second = range(len(weight.shape))
    turned = weight.operator.options.get("adj_y", False)
    order = () if turned else (*batch, second, first)
    shape = weight.shape[-2:] if turned else weight.shape[-2:][::-1]
    return weight.rule(order, shape, variable="weight")


KERNELS: dict[str, Shaped] = {
    "CONV_2D": permuted(0, 3, 1, 2),  # OHWI to OIHW
    "CONV_3D": permuted(4, 3, 0, 1, 2),  # DHWIO to OIDHW
    "CONV_3D_TRANSPOSE": permuted(4, 3, 0, 1, 2),  # DHWOI to IODHW
    "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": unshuffled(permuted(0, 1), (0, 2, 1, 3)),  # OI both
    "TRANSPOSE_CONV": permuted(3, 0, 1, 2),  # OHWI to IOHW
    "Convolution2DTransposeBias": permuted(3, 0, 1, 2),
}
RULES: dict[tuple[str, str], Shaped] = {
    **{(name, "kernel"): renamed(shaped, "weight") for name, shaped in KERNELS.items()},
    **{(name, "bias"): bias for name in KERNELS},
    ("BATCH_MATMUL", "y"): factor,
    ("EMBEDDING_LOOKUP", "embeddings"): lambda weight: weight.rule(variable="weight"),
    ("GATHER", "params"): rows,
    ("PRELU", "alpha"): slopes,
}

STACKING = Stacking(
    "PyTorch",
    permutation=(),  # [4U, I]
    axis=0,
    variables={
        "input": "weight_ih_l0",
        "recurrent": "weight_hh_l0",
        "bias": "bias_ih_l0",
        "second_bias": "bias_hh_l0",
        "projection": "weight_hr_l0",
    },
    ways={"bw_": "{}_reverse"},
    gru=(1, 0, 2),
    resets_before=False,
)
