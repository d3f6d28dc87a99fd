"""Sums of products of integers with constant kernels, and how each kernel scales them.

The layer that an operator became adds up integers that float32 holds, or float64 where the sums may
grow too large for it; the layer behind it brings them to the output's scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from rebuild.translate.expression import Call, Operand, helpers, replace, walk
from rebuild.translate.fixed_point import (
    BYTES,
    EXACT_FLOAT32,
    SHORT,
    Kernel,
    multiplier_of,
    scale_of,
)
from rebuild.translate.grids import grid_of
from rebuild.translate.rescaling import adds_32_bits
from rebuild.translate.steps import factors, with_variables

SMALL = (*BYTES, TensorType.INT4, TensorType.INT2)
"""Types of kernels; those below a byte are unpacked to bytes before they are used."""


def convolved(kernel: Kernel, value: Any) -> Any:
    """Sums of products, each channel's times its multiplier.

    Signed kernels have one of doubles (kernel_util.cc, `PopulateConvolutionQuantizationParams`),
    unsigned ones of float32 (`GetQuantizedConvolutionMultipler`).
    """
    place = 2 if kernel.operator.name == "TRANSPOSE_CONV" else 0
    scales = kernel_scales(kernel, place)
    if not scales:
        return None
    source, target = scale_of(kernel.tensor(place)), scale_of(kernel.output)
    found = [multiplier_of(source * scale / target) for scale in scales]
    if kernel.output.dtype is TensorType.UINT8:
        product = float(np.float32(source) * np.float32(scales[0]))
        found = [multiplier_of(product / target)]
    options = kernel.limits() | ({"wide": True} if has_wide_sums(kernel) else {})
    if len(found) == 1:
        made = helpers.FixedPoint(**found[0].keywords, **options)
        return scaled(kernel, value, place, made)
    variables = [
        factors(name, numbers, "int32")
        for name, numbers in zip(("multiplier", "shift"), zip(*found, strict=True), strict=True)
    ]
    made = helpers.FixedPoint(channels=len(found), **options)
    return scaled(kernel, value, place, with_variables(made, variables))


def has_wide_sums(kernel: Kernel) -> bool:
    """Whether a convolution of 16-bit integers adds up 64 bits: unless it says otherwise."""
    if kernel.output.dtype is not TensorType.INT16:
        return False
    depthwise = kernel.operator.name == "DEPTHWISE_CONV_2D"
    return depthwise or not adds_32_bits(kernel.subgraph, kernel.operator)


def dense(kernel: Kernel, value: Any) -> Any:
    """Sums of products times a double (reference/integer_ops/fully_connected.h)."""
    scales = kernel_scales(kernel, 0)
    if not scales:
        return None
    source, target = scale_of(kernel.tensor(0)), scale_of(kernel.output)
    found = [source * scale / target for scale in scales]
    if len(found) == 1:
        return scaled(kernel, value, 0, helpers.RoundedProduct(found[0], **kernel.limits()))
    made = helpers.RoundedProduct(channels=len(found), **kernel.limits())
    return scaled(kernel, value, 0, with_variables(made, [factors("factor", found, "float64")]))


def kernel_scales(kernel: Kernel, place: int) -> list[float]:
    """The scales of a constant kernel of small integers, one or one a channel; else none.

    `place` is that of the operand that it is multiplied with.
    """
    weights = kernel.tensor(1)
    quantization = weights.quantization
    if not kernel.holds(SHORT, place) or quantization is None or weights.dtype not in SMALL:
        return []
    scales = [float(np.float32(scale)) for scale in quantization.scale]
    channels = kernel.output.shape[-1] if kernel.output.shape else 1
    # a kernel of bytes with signs has no zero point, and who multiplies it does not look at one
    centred = weights.dtype is TensorType.UINT8 or not any(quantization.zero_point)
    plain = not quantization.block_size and all(0 < scale < math.inf for scale in scales)
    return scales if centred and plain and len(scales) in (1, channels) else []


def scaled(kernel: Kernel, value: Any, place: int, scaling: Call) -> Any:
    """The value with the sums of its layer scaled; None where no layer holds the kernel.

    The kernel is multiplied with the operand at a place.
    """
    found = [node for node in walk(value) if holds(node, kernel.operator.inputs[1])]
    if len(found) != 1:
        return None
    made, called = found[0].function, found[0]
    keywords = {key: item for key, item in made.keywords.items() if key != "activation"}
    channels = -1 if kernel.operator.name == "DEPTHWISE_CONV_2D" else 0
    if largest_sum(made.weights, channels, kernel.tensor(place)) >= EXACT_FLOAT32:
        keywords["dtype"] = "float64"
    sums = Call(Call(made.function, made.arguments, keywords, made.weights), called.arguments)
    return replace(value, lambda node: scaling(sums) if node is called else node, Call)


def holds(node: Any, tensor: int) -> bool:
    """Whether a node is the call of a layer whose first weight is a constant."""
    made = node.function if isinstance(node, Call) else None
    return isinstance(made, Call) and bool(made.weights) and made.weights[0].tensor == tensor


def largest_sum(weights: Sequence[Operand], channels: int, source: Tensor) -> int:
    """What no sum of a layer can pass, whatever comes in; `channels` is an axis of its kernel."""
    _, low, high = grid_of(source).limits
    kernel, *bias = (np.abs(np.asarray(leaf.static, np.int64)) for leaf in weights)
    products = np.moveaxis(kernel, channels, 0).reshape(kernel.shape[channels], -1).sum(axis=1)
    most = int(products.max(initial=0)) * max(-low, high)
    return most + sum(int(each.max(initial=0)) for each in bias)
