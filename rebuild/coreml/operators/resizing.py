"""Resizing of the last two axes.

A resize samples a grid on each axis; `sampling_mode` says where its points lie between the first
and the last element of the input (table in the reference of `resize_bilinear`).
"""

from __future__ import annotations

import numpy as np

from inspector.errors import UnsupportedError
from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("resize_bilinear")
def resize_bilinear(
    x: Array, target_size_height: int, target_size_width: int, sampling_mode: str
) -> Array:
    """Linear interpolation between neighbours, to a given size."""
    return bilinear(x, int(target_size_height), int(target_size_width), sampling_mode)


@mil("upsample_bilinear")
def upsample_bilinear(
    x: Array,
    scale_factor_height: float,
    scale_factor_width: float,
    align_corners: bool,
    half_pixel_centers: bool | None = None,
) -> Array:
    """Linear interpolation between neighbours, to a multiple of the size, rounded down."""
    height, width = scaled(x, scale_factor_height, scale_factor_width)
    if align_corners:
        mode = "STRICT_ALIGN_CORNERS"
    elif half_pixel_centers is None or half_pixel_centers:
        mode = "UNALIGN_CORNERS"
    else:
        mode = "DEFAULT"
    return bilinear(x, height, width, mode)


@mil("resize_nearest_neighbor")
def resize_nearest_neighbor(x: Array, target_size_height: int, target_size_width: int) -> Array:
    """The element under the centre of each, as TensorFlow's with half_pixel_centers."""
    return nearest(x, int(target_size_height), int(target_size_width), 0.5)


@mil("upsample_nearest_neighbor")
def upsample_nearest_neighbor(
    x: Array, scale_factor_height: float, scale_factor_width: float
) -> Array:
    """The element at i * size / new size, rounded down, as TensorFlow's without options."""
    return nearest(x, *scaled(x, scale_factor_height, scale_factor_width), 0)


@mil("resize")
def resize(
    x: Array, shape: Array, resized_dims: int, interpolation_mode: str, sampling_mode: str
) -> Array:
    """Either interpolation, of the last `resized_dims` axes to the end of `shape`; 0 keeps one."""
    count = int(resized_dims)
    if count != 2:
        raise UnsupportedError(f"MIL's resize of {count} axes cannot be evaluated here")
    height, width = (int(n) or x.shape[at] for at, n in zip((-2, -1), shape[-2:], strict=True))
    if interpolation_mode == "LINEAR":
        return bilinear(x, height, width, sampling_mode)
    if sampling_mode not in ("DEFAULT", "UNALIGN_CORNERS"):
        raise UnsupportedError(
            f"MIL's resize to the nearest neighbour by {sampling_mode} is not documented"
        )
    return nearest(x, height, width, 0.5)


def scaled(x: Array, height: float, width: float) -> tuple[int, int]:
    """The last two sizes times their factors, rounded down."""
    return int(np.floor(x.shape[-2] * height)), int(np.floor(x.shape[-1] * width))


def nearest(x: Array, height: int, width: int, offset: float) -> Array:
    """The element at (i + offset) * size / new size, rounded down, on both axes."""
    for axis, size in ((-2, height), (-1, width)):
        points = np.floor((np.arange(size) + offset) * (x.shape[axis] / size)).astype(int)
        x = np.take(x, np.minimum(points, x.shape[axis] - 1), axis)
    return x


def bilinear(x: Array, height: int, width: int, mode: str) -> Array:
    """Linear interpolation on both of the last axes."""
    for axis, size in ((-2, height), (-1, width)):
        points = grid(x.shape[axis], size, mode)
        low = np.floor(points).astype(int)
        high = np.minimum(low + 1, x.shape[axis] - 1)
        share = (points - low).astype(np.float32).reshape(-1, *[1] * (-1 - axis))
        x = np.take(x, low, axis) * (1 - share) + np.take(x, high, axis) * share
    return x


def grid(size: int, wanted: int, mode: str) -> Array:
    """Where on an axis of `size` elements the `wanted` points of a sampling mode lie."""
    steps = np.arange(wanted)
    points: Array
    if mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        points = steps * ((size - 1) / max(wanted - 1, 1))
        if mode == "ALIGN_CORNERS" and wanted == 1:
            points = np.array([(size - 1) / 2])
    elif mode == "DEFAULT":
        points = steps * (size / wanted)
    elif mode == "OFFSET_CORNERS":
        delta = max(1, size - 1) / wanted
        points = 0.5 * delta + steps * delta
    else:
        points = (steps + 0.5) * (size / wanted) - 0.5
    return np.clip(points, 0, size - 1)
