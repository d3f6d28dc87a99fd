"""Activations (kernels/activations.cc, elementwise.cc)."""

from __future__ import annotations

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.registry import TranslationError, op

MOST_AXES = 5
"""What TensorFlow's softmax takes."""


@op("RELU")
def relu(cx: Context, x: Operand) -> Expression:
    """max(x, 0)."""
    return layers.ReLU()(x) if x.is_float else ops.relu(x)


@op("RELU6")
def relu6(cx: Context, x: Operand) -> Expression:
    """min(max(x, 0), 6)."""
    return layers.ReLU(6)(x)


@op("RELU_N1_TO_1")
def relu_n1_to_1(cx: Context, x: Operand) -> Expression:
    """min(max(x, -1), 1)."""
    return layers.Activation("hard_tanh")(x)


@op("RELU_0_TO_1")
def relu_0_to_1(cx: Context, x: Operand) -> Expression:
    """min(max(x, 0), 1)."""
    return layers.ReLU(1)(x)


@op("LEAKY_RELU")
def leaky_relu(cx: Context, x: Operand, *, alpha: float = 0.0) -> Expression:
    """x where positive, else alpha * x."""
    return layers.LeakyReLU(number(np.float32(alpha)))(x)


@op("PRELU")
def prelu(cx: Context, x: Operand, alpha: Operand) -> Expression:
    """x where positive, else alpha * x; alpha broadcasts, mostly over height and width."""
    shape = (1,) * (x.rank - alpha.rank) + alpha.shape
    if any(size not in (1, whole) for size, whole in zip(shape, x.shape, strict=True)):
        raise TranslationError(f"its alpha {list(alpha.shape)} does not fit x {list(x.shape)}")
    if not alpha.is_static or x.rank < 2 or shape[0] != 1:
        return ops.maximum(x, 0) + alpha * ops.minimum(x, 0)
    shared = tuple(axis for axis in range(1, x.rank) if shape[axis] == 1 and x.shape[axis] > 1)
    made = layers.PReLU(shared_axes=shared) if shared else layers.PReLU()
    return cx.layer(made, alpha)(x)


@op("ELU")
def elu(cx: Context, x: Operand) -> Expression:
    """x where positive, else exp(x) - 1."""
    return layers.ELU()(x)


@op("TANH")
def tanh(cx: Context, x: Operand) -> Expression:
    """The hyperbolic tangent."""
    return layers.Activation("tanh")(x) if x.suits_layers else ops.tanh(x)


@op("LOGISTIC")
def logistic(cx: Context, x: Operand) -> Expression:
    """1 / (1 + exp(-x))."""
    return layers.Activation("sigmoid")(x) if x.suits_layers else ops.sigmoid(x)


@op("HARD_SWISH")
def hard_swish(cx: Context, x: Operand) -> Expression:
    """x * min(max(x + 3, 0), 6) / 6."""
    return layers.Activation("hard_swish")(x)


@op("GELU")
def gelu(cx: Context, x: Operand, *, approximate: bool = False) -> Expression:
    """x * Φ(x), by tanh where `approximate`."""
    return ops.gelu(x, approximate=approximate)


@op("SOFTMAX")
def softmax(cx: Context, x: Operand, *, beta: float = 1.0) -> Expression:
    """softmax(beta * x) over the last axis (kernels/internal/reference/softmax.h)."""
    scaled = x if beta == 1.0 else x * number(np.float32(beta))
    if x.rank > MOST_AXES:
        flat = ops.reshape(scaled, (-1, x.shape[-1]))
        return ops.reshape(ops.softmax(flat), x.shape)
    if not x.suits_layers:  # the kernel computes with float32, and rounds once
        return ops.cast(ops.softmax(ops.cast(scaled, "float32")), x.dtype)
    return layers.Softmax()(scaled)


@op("LOG_SOFTMAX")
def log_softmax(cx: Context, x: Operand) -> Expression:
    """log(softmax(x)) over the last axis."""
    return layers.Activation("log_softmax")(x)


@op("L2_NORMALIZATION")
def l2_normalization(
    cx: Context, x: Operand, *, fused_activation_function: str = "NONE"
) -> Expression:
    """x / max(‖x‖, 1e-6) over the last axis (kernels/internal/reference/l2normalization.h)."""
    norm = ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True))
    return cx.activate(x / ops.maximum(norm, 1e-6), fused_activation_function)


@op("LOCAL_RESPONSE_NORMALIZATION")
def local_response_normalization(
    cx: Context,
    x: Operand,
    *,
    radius: int = 0,
    bias: float = 0.0,
    alpha: float = 0.0,
    beta: float = 0.0,
) -> Expression:
    """x / (bias + alpha * sum of squares over 2 * radius + 1 channels) ** beta."""
    padded = ops.pad(ops.square(x), ((0, 0),) * (x.rank - 1) + ((radius, radius),))
    channels = x.shape[-1]
    total = padded[..., 0:channels]
    for offset in range(1, 2 * radius + 1):
        total = total + padded[..., offset : offset + channels]
    scale = total * number(np.float32(alpha)) + number(np.float32(bias))
    return x / ops.power(scale, number(np.float32(beta)))
