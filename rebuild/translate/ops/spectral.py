"""Spectra and complex numbers (kernels/rfft2d.cc, complex_support.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op

PARTS = {"COMPLEX_ABS": "abs", "IMAG": "math.imag", "REAL": "math.real"}


@op("RFFT2D", needs_tensorflow=True)
def rfft2d(cx: Context, x: Operand, length: Operand) -> Expression:
    """x [..., H, W], cut or filled with zeros to `length`, to its spectrum [..., h, w // 2 + 1]."""
    sizes = cx.integers(length, "length") if length.is_static else ()
    if any(size < 1 or size & (size - 1) for size in sizes):
        raise TranslationError(f"its lengths are {list(sizes)}, and they must be powers of two")
    return tensorflow("signal.rfft2d", x, fft_length=list(sizes) or length)


@op(*PARTS, needs_tensorflow=True)
def part(cx: Context, z: Operand) -> Expression:
    """The absolute value, the imaginary or the real part of complex numbers, as real ones."""
    return tensorflow(PARTS[cx.operator.name], z)
