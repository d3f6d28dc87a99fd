"""Numbers as other numbers: bits, buckets, grids (kernels/bitcast.cc, bucketize.cc, ...)."""

from __future__ import annotations

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op


@op("BITCAST", needs_tensorflow=True)
def bitcast(cx: Context, x: Operand) -> Expression:
    """The same bytes as another type; the last axis is split, or goes, where sizes differ."""
    if "string" in (x.dtype, cx.output.dtype):
        raise TranslationError("it takes texts for numbers")
    sizes = [np.dtype(each.dtype).itemsize * each.elements for each in (x, cx.output)]
    if sizes[0] != sizes[1]:
        raise TranslationError(f"it makes {sizes[1]} bytes of {sizes[0]}")
    return tensorflow("bitcast", x, type=cx.output.dtype)


@op("DENSIFY")
def densify(cx: Context, x: Operand) -> Expression:
    """x itself: a sparse constant has all its elements in the script (kernels/densify.cc)."""
    return x


@op("BUCKETIZE")
def bucketize(cx: Context, x: Operand, *, boundaries: tuple[float, ...] = ()) -> Expression:
    """How many of the sorted boundaries are not above each element."""
    edges = [number(np.float32(edge)) for edge in boundaries]
    if edges != sorted(edges):
        raise TranslationError("its boundaries are not sorted (kernels/bucketize.cc)")
    return layers.Discretization(edges)(x if x.is_float else ops.cast(x, "float32"))


@op("FAKE_QUANT", needs_tensorflow=True)
def fake_quant(
    cx: Context,
    x: Operand,
    *,
    min: float = 0.0,
    max: float = 0.0,
    num_bits: int = 0,
    narrow_range: bool = False,
) -> Expression:
    """x on the grid of `num_bits` between two limits, moved so that 0 is on it."""
    if narrow_range:
        raise TranslationError("it has narrow_range, which its kernel refuses")
    low, high = (number(np.float32(edge)) for edge in (min, max))
    return tensorflow(
        "quantization.fake_quant_with_min_max_args", x, min=low, max=high, num_bits=num_bits
    )


@op("NumericVerify")
def numeric_verify(cx: Context, x: Operand, reference: Operand) -> Expression:
    """How far x is from the floats that it was quantised from (kernels/numeric_verify.cc)."""
    return (x if x.dtype == "float32" else ops.cast(x, "float32")) - reference
