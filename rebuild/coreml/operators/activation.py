"""Activations."""

from __future__ import annotations

import math

import numpy as np

from rebuild.coreml.registry import mil
from rebuild.coreml.special import erf, sigmoid, softplus

Array = np.ndarray


@mil("relu")
def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


@mil("relu6")
def relu6(x: Array) -> Array:
    """x between 0 and 6."""
    return np.clip(x, 0, 6)


@mil("clamped_relu")
def clamped_relu(x: Array, alpha: Array, beta: Array) -> Array:
    """min(beta, x where x >= 0, else alpha * x)."""
    return np.minimum(beta, leaky_relu(x, alpha))


@mil("leaky_relu")
def leaky_relu(x: Array, alpha: Array) -> Array:
    """x where x >= 0, else alpha * x."""
    return np.where(x >= 0, x, alpha * x)


@mil("prelu")
def prelu(x: Array, alpha: Array) -> Array:
    """Leaky ReLU with a slope for each channel: `x` (N, C, ...), `alpha` (C,)."""
    return leaky_relu(x, alpha.reshape(-1, *[1] * (x.ndim - 2)))


@mil("thresholded_relu")
def thresholded_relu(x: Array, alpha: Array) -> Array:
    """x where x >= alpha, else 0."""
    return np.where(x >= alpha, x, 0)


@mil("elu")
def elu(x: Array, alpha: Array) -> Array:
    """x where x >= 0, else alpha * (exp(x) - 1)."""
    return np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))


@mil("gelu")
def gelu(x: Array, mode: str) -> Array:
    """x times the normal distribution's CDF: exact, or by tanh, or by sigmoid(1.702 x)."""
    if mode == "EXACT":
        return 0.5 * x * (1 + erf(x / math.sqrt(2)))
    if mode == "TANH_APPROXIMATION":
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return x * sigmoid(1.702 * x)


@mil("linear_activation")
def linear_activation(x: Array, alpha: Array, beta: Array) -> Array:
    """alpha * x + beta."""
    return alpha * x + beta


@mil("scaled_tanh")
def scaled_tanh(x: Array, alpha: Array, beta: Array) -> Array:
    """alpha * tanh(beta * x)."""
    return alpha * np.tanh(beta * x)


@mil("sigmoid_hard")
def sigmoid_hard(x: Array, alpha: Array, beta: Array) -> Array:
    """alpha * x + beta between 0 and 1."""
    return np.clip(alpha * x + beta, 0, 1)


@mil("sigmoid")
def logistic(x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    return sigmoid(x)


@mil("silu")
def silu(x: Array) -> Array:
    """x * sigmoid(x)."""
    return x * sigmoid(x)


@mil("softplus")
def soft_plus(x: Array) -> Array:
    """log(1 + exp(x))."""
    return softplus(x)


@mil("softplus_parametric")
def softplus_parametric(x: Array, alpha: Array, beta: Array) -> Array:
    """alpha * log(1 + exp(beta * x)), a pair for each channel of `x` (N, C, ...)."""
    channels = (-1, *[1] * (x.ndim - 2))
    return alpha.reshape(channels) * softplus(beta.reshape(channels) * x)


@mil("softsign")
def softsign(x: Array) -> Array:
    """x / (1 + |x|)."""
    return x / (1 + np.abs(x))


@mil("softmax")
def softmax(x: Array, axis: int) -> Array:
    """exp(x) over its sum along `axis`."""
    power = np.exp(x - x.max(axis=int(axis), keepdims=True))
    return power / power.sum(axis=int(axis), keepdims=True)
