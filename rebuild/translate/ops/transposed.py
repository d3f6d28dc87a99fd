"""Transposed convolutions that are no layer of Keras, or one of three dimensions.

Source: kernels/transpose_conv.cc, conv3d_transpose.cc.
"""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.ops.convolution import Sizes, transposed
from rebuild.translate.registry import ComputedError, TranslationError, op


@op("CONV_3D_TRANSPOSE")
def conv_3d_transpose(
    cx: Context,
    output_shape: Operand,
    kernel: Operand,
    x: Operand,
    bias: Operand | None = None,
    *,
    padding: str = "SAME",
    stride_d: int = 1,
    stride_h: int = 1,
    stride_w: int = 1,
    dilation_d_factor: int = 1,
    dilation_h_factor: int = 1,
    dilation_w_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Expression:
    """x [N,D,H,W,I] to the shape that the first operand says; kernel [d,h,w,O,I]."""
    shape = cx.integers(output_shape, "output shape")
    if shape[0] != x.shape[0]:
        raise TranslationError(f"it makes {shape[0]} of a batch of {x.shape[0]}")
    if kernel.shape[3:] != (shape[-1], x.shape[-1]):
        raise TranslationError(
            f"its kernel is of {kernel.shape[4]} channels for {kernel.shape[3]}, and it makes "
            f"{shape[-1]} of {x.shape[-1]}"
        )
    if max(dilation_d_factor, dilation_h_factor, dilation_w_factor) > 1:
        raise ComputedError("it is dilated, and Keras' layer is not on processors")
    strides = (stride_d, stride_h, stride_w)
    return transposed(cx, x, kernel, bias, shape, padding, strides, fused_activation_function)


@op("CONV_3D_TRANSPOSE", computed=True)
def free_conv_3d_transpose(
    cx: Context,
    output_shape: Operand,
    kernel: Operand,
    x: Operand,
    bias: Operand | None = None,
    *,
    padding: str = "SAME",
    stride_d: int = 1,
    stride_h: int = 1,
    stride_w: int = 1,
    dilation_d_factor: int = 1,
    dilation_h_factor: int = 1,
    dilation_w_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Expression:
    """The same, for a kernel that is computed or dilated, or a size that Keras does not make.

    TensorFlow's function is not dilated on processors: the kernel gets gaps before it.
    """
    strides = (stride_d, stride_h, stride_w)
    dilation = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    spread = cx.tensor(kernel)
    if max(dilation) > 1:
        spread = helpers.Dilate((*dilation, 1, 1))(spread)
    value = free(cx, "nn.conv3d_transpose", x, spread, padding, strides)
    return finished(cx, value, bias, fused_activation_function)


@op("TRANSPOSE_CONV", computed=True)
def free_transpose_conv(
    cx: Context,
    output_shape: Operand,
    kernel: Operand,
    x: Operand,
    bias: Operand | None = None,
    *,
    padding: str = "SAME",
    stride_h: int = 1,
    stride_w: int = 1,
    fused_activation_function: str = "NONE",
) -> Expression:
    """x [N,H,W,I], kernel [O,h,w,I]; a computed output shape is the one that its tensor has."""
    turned = ops.transpose(cx.tensor(kernel), (1, 2, 0, 3))
    value = free(cx, "nn.conv2d_transpose", x, turned, padding, (stride_h, stride_w))
    return finished(cx, value, bias, fused_activation_function)


def free(
    cx: Context, function: str, x: Operand, kernel: Expression, padding: str, strides: Sizes
) -> Expression:
    """TensorFlow's function, which makes any size that TFLite's kernel makes."""
    shape, steps = list(cx.output.shape), list(strides)
    return tensorflow(
        function, x, filters=kernel, output_shape=shape, strides=steps, padding=padding
    )


def finished(cx: Context, value: Expression, bias: Operand | None, fused: str) -> Expression:
    """A convolution's value with its bias and its activation."""
    return cx.activate(value if bias is None else value + bias, fused)
