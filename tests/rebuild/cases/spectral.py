"""Spectra and complex numbers."""

from __future__ import annotations

import numpy as np

from tests.one_operator import Case, Input

Z = Input((2, 3), "complex64")

CASES = {
    **{
        f"rfft2d {shape} {lengths}": Case(
            "RFFT2D", [Input(shape), np.array(lengths, "int32")], output_dtype="complex64"
        )
        for shape, lengths in (
            ((4, 8), (4, 8)),
            ((2, 1, 16), (1, 16)),
            ((3, 6), (4, 8)),
            ((2, 2, 9, 9), (8, 4)),
        )
    },
    "rfft2d computed": Case(
        "RFFT2D", [Input((3, 5)), Input((2,), "int32", 4, 5)], output_dtype="complex64"
    ),
    "complex abs": Case("COMPLEX_ABS", [Z], output_dtype="float32"),
    "real": Case("REAL", [Z], output_dtype="float32"),
    "imag": Case("IMAG", [Z], output_dtype="float32"),
}
