"""Resizing of images (kernels/resize_bilinear.cc, resize_nearest_neighbor.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers, layers
from rebuild.translate.ops.convolution import square
from rebuild.translate.registry import op


@op("RESIZE_BILINEAR")
def resize_bilinear(
    cx: Context,
    x: Operand,
    size: Operand,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> Expression:
    """x [N,H,W,C] to `size`. Keras samples at pixel centres; the two other grids take a helper."""
    target = cx.output.shape[1:3]
    if target == x.shape[1:3]:
        return x
    if half_pixel_centers and not align_corners:
        return layers.Resizing(*target)(x)
    return helpers.Resize(target, "bilinear", **corners(align_corners, half_pixel_centers))(x)


@op("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest_neighbor(
    cx: Context,
    x: Operand,
    size: Operand,
    *,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
) -> Expression:
    """x [N,H,W,C] to `size`; whole factors repeat pixels on any grid but align_corners."""
    target = cx.output.shape[1:3]
    if target == x.shape[1:3]:
        return x
    whole = all(new % old == 0 for new, old in zip(target, x.shape[1:3], strict=True))
    if whole and not align_corners:
        factors = tuple(new // old for new, old in zip(target, x.shape[1:3], strict=True))
        return layers.UpSampling2D(square(factors))(x)
    return helpers.Resize(target, "nearest", **corners(align_corners, half_pixel_centers))(x)


def corners(align_corners: bool, half_pixel_centers: bool) -> dict[str, bool]:
    """The keywords that are set."""
    return {
        name: True
        for name, value in (("align_corners", align_corners), ("half_pixel", half_pixel_centers))
        if value
    }
