"""Convolutions whose kernels are computed while the model runs: operations, not layers."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Call, Expression, Operand, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.ops.convolution import Sizes, bordered, padded, sized, stepped
from rebuild.translate.ops.transposed import finished
from rebuild.translate.registry import op


@op("CONV_2D", computed=True)
def conv_2d(
    cx: Context,
    x: Operand,
    kernel: Operand,
    bias: Operand | None = None,
    *,
    padding: str = "SAME",
    stride_h: int = 1,
    stride_w: int = 1,
    dilation_h_factor: int = 1,
    dilation_w_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Expression:
    """x [N,H,W,I] * kernel [O,h,w,I/groups]."""
    steps = (stride_h, stride_w), (dilation_h_factor, dilation_w_factor)
    turned = ops.transpose(cx.tensor(kernel), (1, 2, 3, 0))
    if kernel.shape[3] != x.shape[3]:  # groups, which Keras knows in layers alone
        options = {"strides": steps[0], "padding": padding, "dilations": steps[1]}
        value: Expression = tensorflow("nn.conv2d", x, filters=turned, **options)
        return finished(cx, value, bias, fused_activation_function)
    value = strided("conv", x, turned, kernel.shape[1:3], padding, *steps)
    return finished(cx, value, bias, fused_activation_function)


@op("DEPTHWISE_CONV_2D", computed=True)
def depthwise_conv_2d(
    cx: Context,
    x: Operand,
    kernel: Operand,
    bias: Operand | None = None,
    *,
    padding: str = "SAME",
    stride_h: int = 1,
    stride_w: int = 1,
    dilation_h_factor: int = 1,
    dilation_w_factor: int = 1,
    fused_activation_function: str = "NONE",
) -> Expression:
    """x [N,H,W,C] * kernel [1,h,w,C*M]."""
    _, height, width, outputs = kernel.shape
    steps = (stride_h, stride_w), (dilation_h_factor, dilation_w_factor)
    shaped = ops.reshape(cx.tensor(kernel), (height, width, x.shape[3], outputs // x.shape[3]))
    value = strided("depthwise_conv", x, shaped, (height, width), padding, *steps)
    return finished(cx, value, bias, fused_activation_function)


def strided(
    function: str,
    x: Operand,
    kernel: Expression,
    size: Sizes,
    padding: str,
    strides: Sizes,
    dilation: Sizes,
) -> Expression:
    """`ops.function`; strides that Keras refuses are taken from the output of step 1."""
    uneven = function == "depthwise_conv" and len(set(strides)) > 1
    if not uneven and (max(strides) == 1 or max(dilation) == 1):
        options = {**sized("strides", strides), **padded(padding, size)}
        options |= sized("dilation_rate", dilation)
        return Call(f"ops.{function}", (x, kernel), options)
    value = bordered(x, padding, size, strides, dilation)
    value = Call(f"ops.{function}", (value, kernel), sized("dilation_rate", dilation))
    return stepped(value, strides)


@op("CONV_3D", computed=True)
def conv_3d(
    cx: Context,
    x: Operand,
    kernel: Operand,
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
    """x [N,D,H,W,I] * kernel [d,h,w,I,O]."""
    strides = (stride_d, stride_h, stride_w)
    dilation = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    value = strided("conv", x, cx.tensor(kernel), kernel.shape[:3], padding, strides, dilation)
    return finished(cx, value, bias, fused_activation_function)
