"""SAME padding as numbers (kernels/padding.h): the odd pixel goes to the end."""

from __future__ import annotations

Pads = tuple[tuple[int, int], ...]


def explicit_same(
    sizes: tuple[int, ...],
    windows: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pads:
    """(before, after) for each axis, for an output of ceil(size / stride)."""
    pads = []
    for size, window, stride, rate in zip(sizes, windows, strides, dilation, strict=True):
        extent = (window - 1) * rate + 1
        total = max((-(-size // stride) - 1) * stride + extent - size, 0)
        pads.append((total // 2, total - total // 2))
    return tuple(pads)
