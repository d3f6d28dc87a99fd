"""Many small matrices side by side: the kernels of a convolution."""

from __future__ import annotations

import numpy as np

GAP = 1


def tiled(stack: np.ndarray, columns: int) -> np.ndarray:
    """Matrices (N, H, W) on one (R, C), as square as `columns` allows, NaN-free gaps of 1 masked.

    What lies between the tiles is a masked element.
    """
    count, height, width = stack.shape
    across = max(1, min(count, (columns + GAP) // (width + GAP)))
    down = -(-count // across)
    shape = down * (height + GAP) - GAP, across * (width + GAP) - GAP
    sheet = np.ma.masked_all(shape, np.float64)
    for index, tile in enumerate(stack):
        top, left = divmod(index, across)
        y, x = top * (height + GAP), left * (width + GAP)
        sheet[y : y + height, x : x + width] = tile
    return sheet


def enlarged(values: np.ndarray, times: int) -> np.ndarray:
    """Each number of (R, C) as a square of `times` by `times`."""
    return values.repeat(times, 0).repeat(times, 1)
