"""Many small matrices side by side: the kernels of a convolution."""

from __future__ import annotations

import numpy as np

GAP = 1


def tiled(stack: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices (N, H, W) on one sheet (R, C) of at most `columns`, and where on it they are."""
    count, height, width = stack.shape
    across = max(1, min(count, (columns + GAP) // (width + GAP)))
    down = -(-count // across)
    shape = down * (height + GAP) - GAP, across * (width + GAP) - GAP
    sheet, inside = np.zeros(shape), np.zeros(shape, bool)
    for index, tile in enumerate(stack):
        top, left = divmod(index, across)
        y, x = top * (height + GAP), left * (width + GAP)
        sheet[y : y + height, x : x + width] = tile
        inside[y : y + height, x : x + width] = True
    return sheet, inside


def enlarged(values: np.ndarray, times: int) -> np.ndarray:
    """Each number of (R, C, ...) as a square of `times` by `times`."""
    return values.repeat(times, 0).repeat(times, 1)
