"""Resizing of images (kernels/resize_bilinear.cc, resize_nearest_neighbor.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers, layers, ops
from rebuild.translate.ops.convolution import square
from rebuild.translate.registry import TranslationError, op


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
    if align_corners and half_pixel_centers:
        raise TranslationError("it has align_corners and half_pixel_centers, and its kernel one")
    target = cx.output.shape[1:3]
    if target == x.shape[1:3]:
        return x
    if not x.is_float:
        return resized_integers(x, target, **corners(align_corners, half_pixel_centers))
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
    if target == x.shape[1:3] and not (align_corners and half_pixel_centers):
        return x
    kind = {} if x.suits_layers else {"dtype": x.dtype}
    whole = all(new % old == 0 for new, old in zip(target, x.shape[1:3], strict=True))
    if whole and not align_corners:
        factors = tuple(new // old for new, old in zip(target, x.shape[1:3], strict=True))
        return layers.UpSampling2D(square(factors), **kind)(x)
    options = {**corners(align_corners, half_pixel_centers), **kind}
    return helpers.Resize(target, "nearest", **options)(x)


def resized_integers(x: Operand, target: tuple[int, ...], **grid: bool) -> Expression:
    """Integers that stand for themselves: signed ones are rounded from zero on, others upwards."""
    if x.dtype != "uint8":
        value = helpers.IntegerResize(target, **grid)(ops.cast(x, "float32"))
        return ops.cast(value + ops.sign(value) * 0.5, x.dtype)
    value = helpers.Resize(target, "bilinear", **grid)(ops.cast(x, "float32"))
    return ops.cast(value + 0.5, x.dtype)


def corners(align_corners: bool, half_pixel_centers: bool) -> dict[str, bool]:
    """The keywords that are set."""
    return {
        name: True
        for name, value in (("align_corners", align_corners), ("half_pixel", half_pixel_centers))
        if value
    }
