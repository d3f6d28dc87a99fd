"""Matrix products."""

from __future__ import annotations

import math

import numpy as np

from rebuild.coreml.operators.activation import softmax
from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("linear")
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """`x` (*D, in) times `weight` (out, in) transposed, plus `bias` (out)."""
    product = x @ weight.T
    return product if bias is None else product + bias


@mil("matmul")
def matmul(x: Array, y: Array, transpose_x: bool, transpose_y: bool) -> Array:
    """x @ y over the last two axes, each transposed first if asked for; the rest broadcasts."""
    return turned(x, transpose_x) @ turned(y, transpose_y)


def turned(x: Array, wanted: bool) -> Array:
    """`x` with its last two axes exchanged, if `wanted` and if it has two."""
    return x.swapaxes(-1, -2) if wanted and x.ndim > 1 else x


@mil("einsum")
def einsum(values: tuple[Array, ...], equation: str) -> Array:
    """Einstein's sum of the two `values`."""
    return np.einsum(equation, *values, optimize=True)


@mil("scaled_dot_product_attention")
def attention(query: Array, key: Array, value: Array, attn_mask: Array | None = None) -> Array:
    """softmax(query (..., L, E) @ key (..., S, E)^T / sqrt(E) + mask) @ value (..., S, EV)."""
    scores = query @ key.swapaxes(-1, -2) / math.sqrt(query.shape[-1])
    if attn_mask is not None and attn_mask.dtype == bool:
        scores = np.where(attn_mask, scores, -np.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return softmax(scores, -1) @ value
