"""Windows and products: paddings, strides, dilations, groups, activations, biases."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from tests.one_operator import Case, Input
from tests.rebuild.variants.elementwise import ACTIVATIONS, drawn

rng = np.random.default_rng(3)
PADDINGS = SAME, VALID = 0, 1
IMAGE = Input((2, 9, 8, 4))


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def ints(*values: int) -> np.ndarray:
    return np.array(values, "int32")


def conv(strides: tuple[int, int], dilation: tuple[int, int], **options: int) -> dict[str, int]:
    steps = {"strideH": strides[0], "strideW": strides[1]}
    gaps = {"dilationHFactor": dilation[0], "dilationWFactor": dilation[1]}
    return {**steps, **gaps, **options}


def convolutions(operator: str, *kernels: tuple[int, ...]) -> list[Case]:
    """Each padding with each stride and dilation; each activation; kernels of other sizes."""
    found = []
    for padding, strides, dilation, kernel in product(
        PADDINGS, ((1, 1), (2, 2), (1, 2)), ((1, 1), (2, 2), (1, 2)), kernels
    ):
        options = conv(strides, dilation, padding=padding)
        found.append(weighted(operator, kernel, options))
    for code in ACTIVATIONS:
        options = conv((1, 1), (1, 1), fusedActivationFunction=code)
        found.append(weighted(operator, kernels[0], options))
    return found


def weighted(operator: str, kernel: tuple[int, ...], options: dict[str, int]) -> Case:
    """A convolution with a kernel and a bias."""
    units = kernel[3] if operator.startswith("DEPTHWISE") else kernel[0]
    more = {"depthMultiplier": units // 4} if operator.startswith("DEPTHWISE") else {}
    return Case(operator, [IMAGE, normal(*kernel), normal(units)], {**options, **more})


def reached(size: int, stride: int, window: int, padding: int, gap: int = 1) -> int:
    """How far a transposed convolution of `size` elements reaches."""
    return size * stride if padding == SAME else (size - 1) * stride + (window - 1) * gap + 1


def transposed() -> list[Case]:
    """Each padding with each stride, kernels larger and smaller than it, bias or none."""
    found = []
    for padding, strides, kernel, biased in product(
        PADDINGS, ((1, 1), (2, 2), (1, 2), (3, 2)), ((3, 3), (2, 2), (1, 3)), (False, True)
    ):
        sides = zip((4, 5), strides, kernel, strict=True)
        shape = ints(2, *(reached(*side, padding) for side in sides), 6)
        options = {"padding": padding, "strideH": strides[0], "strideW": strides[1]}
        found.append(turned(shape, kernel, options, biased))
    options = {"strideH": 2, "strideW": 2}
    for code in ACTIVATIONS:
        given = {**options, "fusedActivationFunction": code}
        found.append(turned(ints(2, 8, 10, 6), (3, 3), given, biased=True))
    return found


def turned(
    shape: np.ndarray, kernel: tuple[int, int], options: dict[str, int], biased: bool
) -> Case:
    """A transposed convolution."""
    operands = [shape, normal(6, *kernel, 3), Input((2, 4, 5, 3))]
    operands += [normal(6)] if biased else []
    return Case("TRANSPOSE_CONV", operands, options, output_dtype="float32", version=4)


def solid(operator: str) -> list[Case]:
    """CONV_3D and its transpose: paddings, strides, dilations, activations."""
    found = []
    for padding, strides, dilation in product(
        PADDINGS, ((1, 1, 1), (2, 2, 2), (1, 2, 1)), ((1, 1, 1), (2, 2, 2), (1, 1, 2))
    ):
        found.append(cubic(operator, padding, strides, dilation, 0))
    return found + [cubic(operator, SAME, (1, 1, 1), (1, 1, 1), code) for code in ACTIVATIONS]


def cubic(
    operator: str, padding: int, strides: tuple[int, ...], dilation: tuple[int, ...], code: int
) -> Case:
    """One of them, on a block of 5 by 6 by 7."""
    options: dict[str, Any] = {"padding": padding, "fusedActivationFunction": code}
    options |= {f"stride{axis}": s for axis, s in zip("DHW", strides, strict=True)}
    options |= {f"dilation{axis}Factor": d for axis, d in zip("DHW", dilation, strict=True)}
    x, size = Input((1, 5, 6, 7, 2)), (2, 3, 3)
    if operator == "CONV_3D":
        return Case(operator, [x, normal(*size, 2, 4), normal(4)], options)
    sides = zip((5, 6, 7), strides, size, dilation, strict=True)
    shape = [reached(n, s, w, padding, gap) for n, s, w, gap in sides]
    operands = [ints(1, *shape, 4), normal(*size, 4, 2), x, normal(4)]
    return Case(operator, operands, options, output_dtype="float32")


def pools(operator: str) -> list[Case]:
    """Each padding with windows smaller and larger than the stride and than the image."""
    found = []
    for padding, strides, size in product(
        PADDINGS, ((1, 1), (2, 2), (2, 3)), ((2, 2), (3, 3), (1, 3), (9, 8), (12, 12))
    ):
        found.append(Case(operator, [IMAGE], pool(strides, size, padding=padding)))
    for code in ACTIVATIONS:
        options = pool((2, 2), (2, 2), fusedActivationFunction=code)
        found.append(Case(operator, [IMAGE], options))
    return [*found, Case(operator, [Input((0, 9, 8, 3))], pool((2, 2), (2, 2)))]


def pool(strides: tuple[int, int], size: tuple[int, int], **options: int) -> dict[str, int]:
    steps = {"strideH": strides[0], "strideW": strides[1]}
    return {**steps, "filterHeight": size[0], "filterWidth": size[1], **options}


def dense() -> list[Case]:
    """Ranks from one to four, flattened or not, each activation, bias or none, computed kernels."""
    found = [
        Case(
            "FULLY_CONNECTED",
            [Input(shape), normal(5, 4), normal(5) if biased else None],
            {"keepNumDims": keep},
        )
        for shape in ((3, 4), (2, 3, 4), (4,), (2, 1, 3, 4), (0, 4))
        for keep in (False, True)
        for biased in (False, True)
    ]
    found += [
        Case("FULLY_CONNECTED", [Input(shape), Input((5, 4)), None], {"keepNumDims": keep})
        for shape in ((4,), (2, 3, 4), (2, 6))
        for keep in (False, True)
        if shape[-1] == 4 or not keep
    ]
    for code in ACTIVATIONS[:4]:  # its kernel refuses the others
        options = {"fusedActivationFunction": code}
        found.append(Case("FULLY_CONNECTED", [Input((3, 4)), normal(5, 4), normal(5)], options))
        found.append(Case("FULLY_CONNECTED", [Input((3, 4)), Input((5, 4)), None], options))
    return found


PRODUCTS = (
    *(((2, 3), (3, 4)), ((2, 2, 3), (2, 3, 4)), ((2, 2, 3), (3, 4))),
    *(((2, 1, 2, 3), (1, 4, 3, 2)), ((1, 2, 2, 2, 3), (1, 2, 2, 3, 2)), ((0, 2, 3), (0, 3, 4))),
)


def products() -> list[Case]:
    """Batches that broadcast, each side turned or not, constant or computed."""
    found = []
    for (left, right), x, y in product(PRODUCTS, (False, True), (False, True)):
        sides = [swapped(left) if x else left, swapped(right) if y else right]
        options = {"adjX": x, "adjY": y}
        found.append(Case("BATCH_MATMUL", [Input(shape) for shape in sides], options))
        found.append(Case("BATCH_MATMUL", [Input(sides[0]), normal(*sides[1])], options))
        found.append(Case("BATCH_MATMUL", [normal(*sides[0]), Input(sides[1])], options))
    return found


def swapped(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:-2], shape[-1], shape[-2])


GRIDS: tuple[dict[str, bool], ...] = ({}, {"alignCorners": True}, {"halfPixelCenters": True})
BOTH = {"alignCorners": True, "halfPixelCenters": True}


def resized(operator: str, *types: str) -> list[Case]:
    """Each grid, larger, smaller, to one pixel, and to the same size; each type."""
    grids = GRIDS if operator == "RESIZE_BILINEAR" else (*GRIDS, BOTH)
    return [
        Case(operator, [drawn((2, 7, 9, 3), kind), ints(*size)], grid)
        for kind in types
        for grid in grids
        for size in ((14, 18), (5, 11), (1, 1), (7, 9))[: 4 if kind == "float32" else 2]
        if not (
            kind == "uint8" and "alignCorners" in grid
        )  # halves, which float sums round by order
    ]


VARIANTS = {
    "CONV_2D": convolutions("CONV_2D", (6, 3, 3, 4), (6, 3, 3, 2), (6, 2, 3, 4), (6, 1, 1, 4)),
    "DEPTHWISE_CONV_2D": convolutions("DEPTHWISE_CONV_2D", (1, 3, 3, 8), (1, 2, 3, 4)),
    "TRANSPOSE_CONV": transposed(),
    "CONV_3D": solid("CONV_3D"),
    "CONV_3D_TRANSPOSE": solid("CONV_3D_TRANSPOSE"),
    **{operator: pools(operator) for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D")},
    "FULLY_CONNECTED": dense(),
    "BATCH_MATMUL": products(),
    "RESIZE_BILINEAR": resized("RESIZE_BILINEAR", "float32", "int8", "uint8", "int16"),
    "RESIZE_NEAREST_NEIGHBOR": resized(
        "RESIZE_NEAREST_NEIGHBOR", "float32", "float16", "int8", "uint8", "int16", "int32"
    ),
    "LOCAL_RESPONSE_NORMALIZATION": [
        Case(
            "LOCAL_RESPONSE_NORMALIZATION",
            [Input((2, 3, 3, 8))],
            {"radius": radius, "bias": bias, "alpha": alpha, "beta": beta},
        )
        for radius, bias, alpha, beta in (
            *((1, 1.0, 1.0, 0.5), (0, 2.0, 0.1, 0.75), (5, 0.5, 0.01, 1.0), (20, 1.0, 0.1, 0.5)),
        )
    ],
}
VARIANTS["CONV_2D"].append(
    Case(
        "CONV_2D",
        [Input((0, 5, 5, 4)), normal(6, 3, 3, 4), normal(6)],
        conv((1, 1), (1, 1)),
    )
)
