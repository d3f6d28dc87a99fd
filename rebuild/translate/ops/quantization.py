"""Operators that change how numbers are stored; what is real in the script passes through."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, ops
from rebuild.translate.registry import op


@op("QUANTIZE", "DEQUANTIZE")
def requantize(cx: Context, x: Operand) -> Expression:
    """x itself where both sides are real in the script; float16 is widened."""
    return x if x.dtype == cx.output.dtype else ops.cast(x, cx.output.dtype)
