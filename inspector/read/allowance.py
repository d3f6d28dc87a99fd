"""How much may be made of a file.

Tables may share their parts: ten thousand tensors may point to the same million scales, and each
check of an offset holds. A file of some megabytes could so unfold to a terabyte. Writers share
little, so what is kept of a file may not outgrow it by much.
"""

from __future__ import annotations

from inspector.errors import ModelError

GROWTH = 16
"""Elements and characters that may be kept for each byte of the file; honest writers need one."""

FEW = 64
"""Parts up to this size are not counted; there are at most as many of them as records."""


class Allowance:
    """What may still be made of a file of `size` bytes."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.left = GROWTH * size

    def spend(self, amount: int) -> None:
        """Count `amount` elements that are made. Raises `ModelError` where it outgrows the file."""
        self.left -= amount
        if self.left < 0:
            raise ModelError(
                f"its parts are shared so often that a file of {self.size} bytes unfolds to over "
                f"{GROWTH} times as many values; it is made to exhaust memory, and not read further"
            )
