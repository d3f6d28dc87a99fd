"""Normalisations."""

from __future__ import annotations

import numpy as np

from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("batch_norm")
def batch_norm(
    x: Array,
    mean: Array,
    variance: Array,
    epsilon: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
) -> Array:
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, a number of each for a channel.

    `x` is (N, C, *D), or (C,)-last where it has no spatial axes.
    """
    channels = (-1, *[1] * (x.ndim - 2))
    normal = (x - mean.reshape(channels)) / np.sqrt(variance.reshape(channels) + epsilon)
    return scaled(normal, gamma, beta, channels)


@mil("instance_norm")
def instance_norm(
    x: Array, epsilon: Array, gamma: Array | None = None, beta: Array | None = None
) -> Array:
    """Each channel of each sample of `x` (N, C, *D) to mean 0, variance 1; then scaled."""
    normal = standardized(x, tuple(range(2, x.ndim)), epsilon)
    return scaled(normal, gamma, beta, (-1, *[1] * (x.ndim - 2)))


@mil("layer_norm")
def layer_norm(
    x: Array,
    epsilon: Array,
    axes: Array | None = None,
    gamma: Array | None = None,
    beta: Array | None = None,
) -> Array:
    """`x` to mean 0, variance 1 over `axes` (all without); `gamma`, `beta` have their shape."""
    over = sorted(int(a) % x.ndim for a in (range(x.ndim) if axes is None else axes))
    shape = [n if i in over else 1 for i, n in enumerate(x.shape)]
    return scaled(standardized(x, tuple(over), epsilon), gamma, beta, shape)


@mil("l2_norm")
def l2_norm(x: Array, epsilon: Array) -> Array:
    """`x` over the root of the sum of squares of its last three axes, plus epsilon."""
    return x / np.sqrt(np.square(x).sum(axis=(-3, -2, -1), keepdims=True) + epsilon)


@mil("local_response_norm")
def local_response_norm(x: Array, size: int, alpha: Array, beta: Array, k: Array) -> Array:
    """x / (k + alpha / size * the sum of squares of `size` neighbouring channels) ^ beta."""
    squares = np.square(x)
    channels, before = x.shape[1], int(size) // 2
    total = np.zeros_like(x)
    for channel in range(channels):
        first = max(channel - before, 0)
        total[:, channel] = squares[:, first : channel - before + int(size)].sum(axis=1)
    return x / (k + alpha / size * total) ** beta


def standardized(x: Array, axes: tuple[int, ...], epsilon: Array) -> Array:
    """(x - mean) / sqrt(variance + epsilon) over `axes`."""
    mean = x.mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)


def scaled(
    x: Array, gamma: Array | None, beta: Array | None, shape: tuple[int, ...] | list[int]
) -> Array:
    """x * gamma + beta, where they are given, each reshaped to `shape` first."""
    if gamma is not None:
        x = x * gamma.reshape(shape)
    return x if beta is None else x + beta.reshape(shape)
