"""Convolutions (kernels/conv.cc, depthwise_conv.cc, transpose_conv.cc, conv3d.cc)."""

from __future__ import annotations

import struct
from typing import Any

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, layers
from rebuild.translate.padding import explicit_same
from rebuild.translate.registry import ComputedError, TranslationError, op

Sizes = tuple[int, ...]


@op("CONV_2D")
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
    """x [N,H,W,I] * kernel [O,h,w,I/groups]: groups are implied by the channel counts."""
    filters, height, width, channels = kernel.shape
    if not channels or x.shape[3] % channels:
        raise TranslationError(
            f"{x.shape[3]} input channels are no multiple of the kernel's {channels}"
        )
    check_bias(bias, filters)
    strides, dilation = (stride_h, stride_w), (dilation_h_factor, dilation_w_factor)
    size = (height, width)
    check_window(x, padding, size, dilation)
    options = {
        **sized("dilation_rate", dilation),
        **({"groups": x.shape[3] // channels} if channels != x.shape[3] else {}),
        **activated(cx, fused_activation_function),
        **({} if bias else {"use_bias": False}),
    }
    if max(strides) > 1 and max(dilation) > 1:  # Keras refuses them together
        made = cx.layer(layers.Conv2D(filters, square(size), **options), kernel, bias)
        return stepped(made(bordered(x, padding, size, strides, dilation)), strides)
    options = {**sized("strides", strides), **padded(padding, size), **options}
    return cx.layer(layers.Conv2D(filters, square(size), **options), kernel, bias)(x)


@op("DEPTHWISE_CONV_2D")
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
    """x [N,H,W,C] * kernel [1,h,w,C*M]: output channel m + c*M is of input channel c.

    TensorFlow's kernel takes one stride for both axes and none beside a dilation: strides that
    differ are taken from the output of the finer one, by slicing.
    """
    _, height, width, outputs = kernel.shape
    check_bias(bias, outputs)
    multiplier = outputs // x.shape[3]
    strides, dilation = (stride_h, stride_w), (dilation_h_factor, dilation_w_factor)
    check_window(x, padding, (height, width), dilation)
    options = {
        **({"depth_multiplier": multiplier} if multiplier > 1 else {}),
        **sized("dilation_rate", dilation),
        **activated(cx, fused_activation_function),
        **({} if bias else {"use_bias": False}),
    }
    if stride_h == stride_w and max(dilation) == 1:
        options = {**sized("strides", strides), **padded(padding, (height, width)), **options}
        return cx.layer(layers.DepthwiseConv2D(square((height, width)), **options), kernel, bias)(x)
    made = cx.layer(layers.DepthwiseConv2D(square((height, width)), **options), kernel, bias)
    value = made(bordered(x, padding, (height, width), strides, dilation))
    return stepped(value, strides) if max(strides) > 1 else value


@op("TRANSPOSE_CONV")
def transpose_conv(
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
    """x [N,H,W,I] to the shape that the first operand says; kernel [O,h,w,I]."""
    shape = cx.integers(output_shape, "output shape")
    check_reached(x, shape[1:3], padding, kernel.shape[1:3], (stride_h, stride_w))
    return transposed(
        cx, x, kernel, bias, shape, padding, (stride_h, stride_w), fused_activation_function
    )


def check_reached(x: Operand, shape: Sizes, padding: str, window: Sizes, strides: Sizes) -> None:
    """Refuse a size of which a convolution would make another than x [N,H,W,C] has."""
    same = padding == "SAME"
    sides = zip(shape, window, strides, strict=True)
    back = tuple((n + s - (1 if same else w)) // s for n, w, s in sides)
    if not x.is_open and back != x.shape[1:3]:
        raise TranslationError(
            f"it makes {list(shape)} of {list(x.shape[1:3])}, and its kernel only of {list(back)}"
        )


@op("Convolution2DTransposeBias")
def convolution_2d_transpose_bias(
    cx: Context, x: Operand, kernel: Operand, bias: Operand, *, bytes: str = ""
) -> Expression:
    """MediaPipe's transposed convolution, whose output shape is its output tensor's.

    Its options are the C structure TfLiteTransposeConvParams: padding, stride width and height.
    """
    try:
        padding, stride_w, stride_h = struct.unpack_from("<3i", bytearray.fromhex(bytes))
    except struct.error:
        raise TranslationError(f"its options, {bytes!r}, are not padding and strides") from None
    name = {1: "SAME", 2: "VALID"}.get(padding, str(padding))
    return transposed(cx, x, kernel, bias, cx.output.shape, name, (stride_h, stride_w), "NONE")


def transposed(
    cx: Context,
    x: Operand,
    kernel: Operand,
    bias: Operand | None,
    shape: Sizes,
    padding: str,
    strides: Sizes,
    fused: str,
) -> Expression:
    """`Conv2DTranspose`, with the `output_padding` that gives the size that is wanted, if any does.

    TensorFlow's kernel, below Keras, takes the output's size as TFLite does; Keras makes that of
    the input's: (n - 1) * stride + window + output_padding, where SAME counts window modulo 2.
    """
    solid = x.rank == 5  # a kernel of three dimensions is [d,h,w,O,I]
    filters, window = (kernel.shape[3 if solid else 0], kernel.shape[not solid : 3])
    same = padding == "SAME"
    sides = list(zip(x.shape[1:-1], shape[1:-1], strides, window, strict=True))
    natural = tuple(n * s + (0 if same else max(w - s, 0)) for n, _, s, w in sides)
    extra = tuple(new - (n - 1) * s - (w % 2 if same else w) for n, new, s, w in sides)
    output_padding = () if natural == tuple(shape[1:-1]) else extra
    if any(not 0 <= more < s for more, s in zip(output_padding, strides, strict=False)):
        raise ComputedError(f"it makes {shape[1:-1]} of {x.shape[1:-1]}; Keras makes {natural}")
    options = {
        **sized("strides", strides),
        **padded(padding, window),
        **({"output_padding": square(output_padding)} if output_padding else {}),
        **activated(cx, fused),
        **({} if bias else {"use_bias": False}),
    }
    layer = layers.Conv3DTranspose if solid else layers.Conv2DTranspose
    return cx.layer(layer(filters, square(window), **options), kernel, bias)(x)


@op("CONV_3D")
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
    check_bias(bias, kernel.shape[4])
    if kernel.shape[3] != x.shape[4]:
        raise TranslationError(f"its kernel is of {kernel.shape[3]} channels, x of {x.shape[4]}")
    strides, size = (stride_d, stride_h, stride_w), kernel.shape[:3]
    dilation = (dilation_d_factor, dilation_h_factor, dilation_w_factor)
    check_window(x, padding, size, dilation)
    options = {
        **sized("dilation_rate", dilation),
        **activated(cx, fused_activation_function),
        **({} if bias else {"use_bias": False}),
    }
    if max(strides) > 1 and max(dilation) > 1:  # Keras refuses them together
        made = cx.layer(layers.Conv3D(kernel.shape[4], square(size), **options), kernel, bias)
        return stepped(made(bordered(x, padding, size, strides, dilation)), strides)
    options = {**sized("strides", strides), **padded(padding, size), **options}
    return cx.layer(layers.Conv3D(kernel.shape[4], square(size), **options), kernel, bias)(x)


def bordered(x: Operand, padding: str, size: Sizes, strides: Sizes, dilation: Sizes) -> Expression:
    """x [N,...,C] with the border that SAME has for these strides."""
    if padding != "SAME":
        return x
    pads = explicit_same(x.shape[1:-1], size, strides, dilation)
    made = layers.ZeroPadding3D(pads) if x.rank == 5 else layers.ZeroPadding2D(pads)
    return made(x) if any(map(any, pads)) else x


def stepped(value: Expression, strides: Sizes) -> Expression:
    """Each `strides`-th element of value [N,...,C] along the axes between."""
    return value[(slice(None), *(slice(None, None, stride) for stride in strides))]


def square(sizes: Sizes) -> int | Sizes:
    """One number where all are the same."""
    return sizes[0] if len(set(sizes)) == 1 else sizes


def sized(name: str, sizes: Sizes) -> dict[str, Any]:
    """The keyword `name`, unless it says what Keras takes by itself."""
    return {} if set(sizes) == {1} else {name: square(sizes)}


def padded(padding: str, window: Sizes) -> dict[str, Any]:
    """`padding=`, unless it is Keras' own "valid", or the window is one pixel, which needs none."""
    return {"padding": "same"} if padding == "SAME" and set(window) != {1} else {}


def check_window(x: Operand, padding: str, window: Sizes, dilation: Sizes) -> None:
    """Refuse a window that does not fit into x [N,...,C], where there is no padding."""
    extents = [(size - 1) * rate + 1 for size, rate in zip(window, dilation, strict=True)]
    fits = all(extent <= size for extent, size in zip(extents, x.shape[1:-1], strict=True))
    if padding != "SAME" and not x.is_open and not fits:
        raise TranslationError(f"its window {extents} is larger than x {list(x.shape)}")


def check_bias(bias: Operand | None, units: int) -> None:
    """Refuse a bias that has not an element for each of the outputs' channels."""
    if bias and bias.elements != units:
        raise TranslationError(f"its bias is {list(bias.shape)}, and it has {units} outputs")


def activated(cx: Context, fused: str) -> dict[str, Any]:
    """`activation=` for a fused activation."""
    name = cx.limit(fused)
    return {"activation": name} if name else {}
