"""Rotations that spread outliers before quantisation (kernels/hadamard_rotation.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers
from rebuild.translate.registry import TranslationError, op


@op("aeq.hadamard_rotation")
def hadamard_rotation(cx: Context, x: Operand, *, hadamard_size: int = 0) -> Expression:
    """Each `hadamard_size` neighbours of the last axis times the orthonormal Hadamard matrix.

    The kernel reads the signs of `random_binary_vector`, and does not use them.
    """
    size = int(hadamard_size)
    if size < 1 or size & (size - 1):
        raise TranslationError(f"its hadamard_size is {size}, and the kernel takes powers of two")
    if x.dtype != "float32" or x.rank not in (2, 3):
        raise TranslationError(
            f"it rotates {x.dtype}{list(x.shape)}; the kernel takes all values for float32, and "
            "counts the axes of two or three"
        )
    if x.shape[-1] % size or cx.output.shape != x.shape:
        raise TranslationError(
            f"its hadamard_size is {size}, its shapes {list(x.shape)} and {list(cx.output.shape)}, "
            "and the kernel goes on where an axis ends"
        )
    return helpers.Hadamard(size)(x)
