"""MediaPipe's operators, which XNNPACK runs."""

from __future__ import annotations

import struct

import numpy as np

from tests.one_operator import Case, Input

SAME, VALID = 1, 2


def pooling(padding: int, height: int, width: int) -> bytes:
    """The C structure TfLitePoolParams."""
    return struct.pack("<10i", padding, width, height, width, height, 0, 0, 0, 0, 0)


def transposing(padding: int, height: int, width: int) -> bytes:
    """The C structure TfLiteTransposeConvParams."""
    return struct.pack("<3i", padding, width, height)


def normal(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).normal(size=shape).astype("float32")


PLACES = np.random.default_rng(4).integers(0, 6, (2, 3, 4, 2)).astype("int32").view("float32")
CASES = {
    **{
        f"pooling with places {padding} {size}": Case(
            "MaxPoolingWithArgmax2D",
            [Input((2, 6, 9, 3))],
            outputs=2,
            shapes=[(2, -(-6 // size[0]), 9 // size[1], 3)] * 2,
            custom=pooling(padding, *size),
        )
        for padding, size in ((SAME, (2, 3)), (VALID, (2, 3)), (SAME, (4, 3)))
    },
    "unpooling": Case(
        "MaxUnpooling2D",
        [Input((2, 3, 4, 2)), PLACES],
        shapes=[(2, 6, 12, 2)],
        custom=pooling(VALID, 2, 3),
    ),
    **{
        f"transposed {padding} {shape}": Case(
            "Convolution2DTransposeBias",
            [Input((1, 4, 5, 3)), normal(2, *size, 3), normal(2)],
            shapes=[(1, *shape, 2)],
            custom=transposing(padding, 2, 2),
        )
        for padding, size, shape in ((SAME, (3, 3), (8, 10)), (VALID, (2, 3), (8, 11)))
    },
}
HELPERS = {
    "MaxPoolingWithArgmax2D": "pooling with places 1 (2, 3)",
    "MaxUnpooling2D": "unpooling",
}
