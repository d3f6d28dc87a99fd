"""Convolutions in one, two and three dimensions: `x` (N, C, *D), weights (out, in/groups, *K).

Each position of the kernel is one matrix product over all places of the output, so that memory is
that of one shifted view of the input.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rebuild.coreml.registry import mil
from rebuild.coreml.spatial import padded, paddings, shifted

Array = np.ndarray


@mil("conv")
def conv(
    x: Array,
    weight: Array,
    strides: Array,
    pad_type: str,
    pad: Array,
    dilations: Array,
    groups: int,
    bias: Array | None = None,
) -> Array:
    """Convolution; output channel o of a group sees that group's input channels alone."""
    kernel = weight.shape[2:]
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    x = padded(x, paddings(pad_type, pad, x.shape[2:], extents, strides))
    outs = [(n - e) // s + 1 for n, e, s in zip(x.shape[2:], extents, strides, strict=True)]
    batch, channels = x.shape[0], weight.shape[0]
    filters = by_group(weight, groups, channels // groups)
    total = np.zeros((batch, groups, channels // groups, int(np.prod(outs))), x.dtype)
    for position in np.ndindex(*kernel):
        view = shifted(x, position, outs, strides, dilations)
        total += filters[(..., *position)] @ view.reshape(batch, groups, -1, total.shape[-1])
    return with_bias(total.reshape(batch, channels, *outs), bias)


@mil("conv_transpose")
def conv_transpose(
    x: Array,
    weight: Array,
    strides: Array,
    pad_type: str,
    pad: Array,
    dilations: Array,
    groups: int,
    bias: Array | None = None,
    output_shape: Array | None = None,
) -> Array:
    """What a convolution's gradient is: `weight` (in, out/groups, *K); each input is spread.

    The spread values are cropped by `pad`, by nothing, or ("same") to D * stride evenly, an odd
    one at the end; `output_shape` says the size where that leaves it open.
    """
    places, kernel = x.shape[2:], weight.shape[2:]
    batch, width = x.shape[0], weight.shape[1]
    filters = by_group(weight, groups, -1).swapaxes(2, 1)
    values = x.reshape(batch, groups, -1, int(np.prod(places)))
    full = [
        (n - 1) * s + (k - 1) * d + 1
        for n, s, k, d in zip(places, strides, kernel, dilations, strict=True)
    ]
    total = np.zeros((batch, groups * width, *full), x.dtype)
    for position in np.ndindex(*kernel):
        spread = filters[(..., *position)] @ values
        view = shifted(total, position, places, strides, dilations)
        view += spread.reshape(batch, -1, *places)
    wanted = sizes(output_shape, pad_type, places, strides, full, pad)
    return with_bias(cropped(total, before(pad_type, pad, full, wanted), wanted), bias)


def by_group(weight: Array, groups: int, rows: int) -> Array:
    """(groups * a, b, *K) as (groups, a, b, *K), `rows` being a."""
    return weight.reshape(int(groups), int(rows), *weight.shape[1:])


def with_bias(x: Array, bias: Array | None) -> Array:
    """`x` (N, C, *D) plus a number for each channel."""
    return x if bias is None else x + bias.reshape(-1, *[1] * (x.ndim - 2))


def sizes(
    output_shape: Array | None,
    pad_type: str,
    places: Sequence[int],
    strides: Array,
    full: Sequence[int],
    pad: Array,
) -> list[int]:
    """The spatial sizes that a transposed convolution gives."""
    if output_shape is not None:
        return [int(n) for n in output_shape[-len(full) :]]
    if pad_type == "same":
        return [int(n * s) for n, s in zip(places, strides, strict=True)]
    if pad_type == "custom":
        return [int(n - pad[2 * i] - pad[2 * i + 1]) for i, n in enumerate(full)]
    return list(full)


def before(pad_type: str, pad: Array, full: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """How many of the spread values are cut off before each spatial axis."""
    if pad_type == "custom":
        return [int(n) for n in pad[::2]]
    if pad_type == "same":
        return [max(n - w, 0) // 2 for n, w in zip(full, wanted, strict=True)]
    return [0] * len(full)


def cropped(x: Array, starts: Sequence[int], wanted: Sequence[int]) -> Array:
    """The part of `x` from `starts` on, filled with zeros up to the `wanted` sizes."""
    part = x[(slice(None), slice(None), *map(slice, starts, np.add(starts, wanted).tolist()))]
    missing = [(0, 0), (0, 0), *((0, w - n) for w, n in zip(wanted, part.shape[2:], strict=True))]
    return np.pad(part, missing)
