"""Pooling over height and width (kernels/pooling.cc): padding is never counted in an average."""

from __future__ import annotations

from typing import Any

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.ops.convolution import padded, square
from rebuild.translate.registry import op


@op("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")
def pool_2d(
    cx: Context,
    x: Operand,
    *,
    padding: str = "SAME",
    stride_h: int = 1,
    stride_w: int = 1,
    filter_height: int = 1,
    filter_width: int = 1,
    fused_activation_function: str = "NONE",
) -> Expression:
    """x [N,H,W,C]; L2 pooling is sqrt(sum x² / count), the root of the squares' average."""
    size, strides = (filter_height, filter_width), (stride_h, stride_w)
    options: dict[str, Any] = {} if strides == size else {"strides": square(strides)}
    options |= padded(padding, size)
    name = cx.operator.name
    if name == "MAX_POOL_2D":
        value = layers.MaxPooling2D(square(size), **options)(x)
    elif name == "AVERAGE_POOL_2D":
        value = layers.AveragePooling2D(square(size), **options)(x)
    else:
        value = ops.sqrt(layers.AveragePooling2D(square(size), **options)(ops.square(x)))
    return cx.activate(value, fused_activation_function)
