"""MediaPipe's pooling with places and its reverse.

In `ai-edge-litert` XNNPACK runs them (xnnpack_delegate.cc): its windows do not overlap, and a place
is an integer in the bits of a float.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand, helpers
from rebuild.translate.padding import explicit_same
from rebuild.translate.registry import TranslationError, op

PADDING = {1: "SAME", 2: "VALID"}


class Pooling(NamedTuple):
    """The C structure TfLitePoolParams, as far as it is read."""

    padding: int
    stride_width: int
    stride_height: int
    filter_width: int
    filter_height: int
    activation: int

    @classmethod
    def of(cls, options: str) -> Pooling:
        """The structure whose bytes are these, as hexadecimal digits."""
        try:
            found = cls(*struct.unpack_from("<6i", bytearray.fromhex(options)))
        except struct.error:
            raise TranslationError(f"its options, {options!r}, are no pooling's") from None
        steps = (found.stride_width, found.stride_height)
        if steps != (found.filter_width, found.filter_height) or min(steps) < 1:
            raise TranslationError(f"its windows are not as far apart as they are large: {found}")
        if found.padding not in PADDING or found.activation:
            raise TranslationError(f"its padding or its activation is none it can have: {found}")
        return found

    @property
    def size(self) -> tuple[int, int]:
        """The window's height and width."""
        return self.filter_height, self.filter_width


@op("MaxPoolingWithArgmax2D")
def max_pooling_with_argmax(cx: Context, x: Operand, *, bytes: str = "") -> Expression:
    """The largest value of each window of x [N,H,W,C], and its place there."""
    pooling = Pooling.of(bytes)
    options: dict[str, Any] = {}
    if PADDING[pooling.padding] == "SAME":
        pads = explicit_same(x.shape[1:3], pooling.size, pooling.size, (1, 1))
        options |= {"pads": pads} if any(map(any, pads)) else {}
    return helpers.MaxPoolingWithArgmax2D(pooling.size, **options)(x)


@op("MaxUnpooling2D")
def max_unpooling(cx: Context, x: Operand, places: Operand, *, bytes: str = "") -> Expression:
    """x [N,H,W,C] put back at its places in windows; all else is 0."""
    return helpers.MaxUnpooling2D(Pooling.of(bytes).size)(x, places)
